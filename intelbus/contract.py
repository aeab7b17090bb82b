"""The contract: the schemas in `schemas/avro`, and the ids that are pinned to them.

`shared/`, `events/` and `control/` hold the sources, one named type a file. `released/` holds each
released version, self-contained and frozen: what is encoded and decoded is always a released one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fastavro.schema import fullname, parse_schema

from intelbus.errors import ConfigurationError

NAMESPACE = "uk.intelbus"
PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})

# Header fields before this one identify a statement; this one and all that follow are its content.
FIRST_CONTENT_FIELD = "occurred"


class Kind(StrEnum):
    """The twelve kinds of event."""

    INTELLIGENCE = "intelligence"
    OPERATION = "operation"
    REFERRAL = "referral"
    OUTCOME = "outcome"
    PORT_ENCOUNTER = "port-encounter"
    MISSING_CHILD = "missing-child"
    INSPECTION = "inspection"
    ASSESSMENT = "assessment"
    VICTIM_SUPPORT = "victim-support"
    NIL_RETURN = "nil-return"
    WATCH = "watch"
    RETRACTION = "retraction"


@dataclass(frozen=True, slots=True)
class Released:
    """One released schema: its id, its name, and the kind of event it is of (None for control)."""

    schema_id: int
    name: str
    kind: Kind | None
    version: int
    text: str
    parsed: Any


class UnknownSchemaError(KeyError):
    """No released schema has this id."""


class Contract:
    """All released schemas, by id, by kind and by name."""

    def __init__(self, released: Mapping[int, Released]) -> None:
        self._released = MappingProxyType(dict(released))
        current: dict[str, Released] = {}
        for one in sorted(released.values(), key=lambda one: one.version):
            current[one.name] = one
        self._current = MappingProxyType(current)
        self._of_kind = {one.kind: one for one in current.values() if one.kind is not None}

    def released(self, schema_id: int) -> Released:
        """Return the released schema with this id. Raises UnknownSchemaError."""
        try:
            return self._released[schema_id]
        except KeyError:
            raise UnknownSchemaError(schema_id) from None

    def current(self, name: str) -> Released:
        """Return the newest release of a named record, for example `Receipt`."""
        try:
            return self._current[name]
        except KeyError:
            raise UnknownSchemaError(name) from None

    def of_kind(self, kind: str) -> Released:
        """Return the newest release of a kind of event."""
        return self._of_kind[Kind(kind)]

    def schema(self, schema_id: int) -> Any:
        """Return a schema as fastavro has parsed it."""
        return self.released(schema_id).parsed

    def id_of(self, kind: str) -> int:
        """Return the id that new events of a kind are written with."""
        return self.of_kind(kind).schema_id

    def kind_of(self, schema_id: int) -> Kind | None:
        """Return the kind of event an id stands for; None for a control message."""
        return self.released(schema_id).kind

    def canonical_json(self, schema_id: int) -> str:
        """Return a released schema's text, self-contained: what a schema registry would serve."""
        return self.released(schema_id).text

    def all(self) -> tuple[Released, ...]:
        """Return every released schema, by id."""
        return tuple(self._released[key] for key in sorted(self._released))


def schema_folder() -> Path:
    """Return the schemas' folder, read by path so that no copy ever shadows an edit."""
    import schemas

    return Path(schemas.__path__[0]) / "avro"


def load_sources(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the source of every named type, by its short name."""
    sources: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*/*.avsc")):
        if path.parent.name != "released":
            source = json.loads(path.read_text(encoding="utf-8"))
            if source["name"] != path.stem:
                raise ConfigurationError(
                    f"the schema file names {source['name']}",
                    subject=str(path),
                    hint="name the file after the type it defines",
                )
            sources[source["name"]] = source
    return sources


def self_contained(name: str, sources: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a source with every type it names written out where it is first used."""
    written: set[str] = set()

    def expand(node: Any) -> Any:
        if isinstance(node, str):
            short = node.removeprefix(NAMESPACE + ".")
            if node in PRIMITIVES:
                return node
            if short in written:
                return f"{NAMESPACE}.{short}"
            return expand(sources[short])
        if isinstance(node, list):
            return [expand(part) for part in node]
        out = dict(node)
        if node["type"] in {"record", "enum", "fixed"}:
            written.add(node["name"])
            if node["type"] == "record":
                out["fields"] = [{**f, "type": expand(f["type"])} for f in node["fields"]]
        elif node["type"] == "array":
            out["items"] = expand(node["items"])
        return out

    expanded: dict[str, Any] = expand(sources[name])
    return expanded


@lru_cache(maxsize=1)
def load_contract() -> Contract:
    """Return the contract. Raises ConfigurationError when a file is missing or damaged."""
    folder = schema_folder()
    released: dict[int, Released] = {}
    try:
        ids = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
        for name, entry in ids.items():
            kind = Kind(entry["kind"]) if entry.get("kind") else None
            for version, schema_id in enumerate(entry["ids"], start=1):
                text = (folder / "released" / f"{name}.{schema_id}.avsc").read_text("utf-8")
                source = json.loads(text)
                parsed = parse_schema(source)
                if fullname(source) != f"{NAMESPACE}.{name}" or schema_id in released:
                    raise ValueError(f"id {schema_id} is not {name}'s alone")
                released[schema_id] = Released(schema_id, name, kind, version, text, parsed)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigurationError(
            f"the schemas cannot be read: {error}",
            subject=str(folder),
            hint="install intelbus again; its schemas are incomplete",
        ) from error
    return Contract(released)
