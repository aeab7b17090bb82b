"""Everything that `intelbus schemas check` finds: lint, unreleased changes, incompatibilities."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from intelbus.contract import Contract, load_sources, self_contained
from schemas.lint import Finding, lint


def check_sources(folder: Path, contract: Contract) -> list[Finding]:
    """Return what is wrong with the schemas as they stand and as they were released."""
    found: list[Finding] = []
    sources = load_sources(folder)
    for path in sorted(folder.glob("*/*.avsc")):
        if path.parent.name not in {"events", "control"}:
            continue
        schema = self_contained(path.stem, sources)
        found += lint(schema, event=path.parent.name == "events")
        newest = {one.name: one for one in contract.all()}.get(path.stem)
        if newest is None or json.loads(newest.text) != schema:
            found.append(
                Finding(path.stem, "differs from its newest release", "python -m schemas.release")
            )
    return found


def versions_of(folder: Path, contract: Contract) -> dict[str, dict[str, Mapping[str, Any]]]:
    """Return every version of each record: the released ones, and the source as it stands."""
    sources = load_sources(folder)
    versions: dict[str, dict[str, Mapping[str, Any]]] = {}
    for one in contract.all():
        label = f"{one.name} version {one.version}"
        versions.setdefault(one.name, {})[label] = json.loads(one.text)
    for name, released in versions.items():
        if name in sources:
            current = self_contained(name, sources)
            if current not in released.values():
                released[f"{name} as edited"] = current
    return versions


def check_compatibility(folder: Path, contract: Contract) -> list[Finding]:
    """Return every incompatibility. Raises ImportError where Apache `avro` is not installed."""
    from schemas.compatibility import incompatibilities

    found: list[Finding] = []
    for versions in versions_of(folder, contract).values():
        found += incompatibilities(versions)
    return found
