"""Valid events to begin from: every kind, plain, as agencies write them, and filled to the brim."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import islice
from random import Random
from typing import Any
from uuid import UUID

from intelbus.checks import check_event
from intelbus.codec import SUBJECT_TYPES, encode_event
from intelbus.contract import Kind
from intelbus.message import Headers, event_headers
from intelbus.shapes import Array, Choice, Field, OneOf, Record, Scalar, Shape, event_shape
from intelbus.source_form import from_source
from producers.generator.stream import endless
from tests.fuzz.spans import Span, spans_of
from tests.support.events import sample_event
from tests.support.sealed import STREAM

AGENCY = "gmp"
SEQUENCES = range(1, 64)  # each is one byte on the wire, so that a template can be numbered anew
PER_KIND = 6


@dataclass(frozen=True, slots=True)
class Template:
    """A valid event as bytes, and where its parts are. `reported_at` is the header's."""

    kind: Kind
    value: bytes
    spans: tuple[Span, ...]
    reported_at: datetime

    def numbered(self, sequence: int, event_id: UUID) -> bytes:
        """Return the value with this number and identifier; `spans` fit it as they are."""
        value = bytearray(self.value)
        identifier, number = self.spans[1], self.spans[6]
        value[identifier.start : identifier.end] = str(event_id).encode()
        value[number.start] = sequence << 1
        return bytes(value)

    def headers(self, event_id: UUID, *, originator: str = AGENCY) -> Headers:
        """Return the CloudEvents headers that belong to it."""
        header = {
            "event_id": event_id,
            "originator": originator,
            "stream": STREAM,
            "reported_at": self.reported_at,
        }
        return event_headers(self.kind, header)


@lru_cache(maxsize=1)
def templates() -> tuple[Template, ...]:
    """Return the templates, the same at every call; each opens as it stands."""
    random = Random(2009)
    made = [_template(kind, sample_event(kind)) for kind in Kind]
    for kind in Kind:
        made += [_template(kind, _filled(random, kind)) for _ in range(PER_KIND)]
    for told in islice(endless(2009), 60):
        kind = Kind(told.source["kind"])
        source = {k: v for k, v in told.source.items() if k not in ("corrects", "retracts")}
        made.append(_template(kind, from_source(kind, source)))
    return tuple(made)


def _template(kind: Kind, event: dict[str, Any]) -> Template:
    event["header"] |= {
        "event_id": UUID(int=7 << 76 | 2 << 62),
        "originator": AGENCY,
        "stream": STREAM,
        "sequence": 1,
    }
    value = encode_event(kind, event)
    spans = spans_of(value)
    assert [s.path for s in spans[1:7:5]] == ["header.event_id", "header.sequence"]
    return Template(kind, value, spans, event["header"]["reported_at"])


def _filled(random: Random, kind: Kind) -> dict[str, Any]:
    """Return a valid event with nearly every field filled, drawn until the checks accept it."""
    while True:
        event: dict[str, Any] = _fill(random, "", event_shape(kind))
        header = sample_event(kind)["header"]
        event["header"] |= {
            name: header[name]
            for name in ("marking", "grading_scheme", "handling", "handling_conditions")
        }
        event["header"] |= {"source_grade": "B", "information_grade": "2"}
        event["header"]["originator"] = AGENCY
        event["header"]["sequence"] = 1
        if kind is Kind.RETRACTION:
            event["header"]["corrects"] = None
        for number, subject in enumerate(event.get("subjects", ()), start=1):
            subject["local_id"] = f"s{number}"
        if not event.get("subjects"):
            event |= {"relations": []} if "relations" in event else {}
        for relation in event.get("relations", ()):
            relation |= {"from_id": "s1", "to_id": "s1"}
        if not check_event(kind, event, ceiling="confidential"):
            return event


_TEXTS = ("B", "Jonas Kazlauskas", "ул. Лесная 4", "阮氏", "N\u0303ez 🚐", "GB", "A" * 80)
_NAMED: dict[str, Any] = {
    **dict.fromkeys(("country", "from_country", "to_country", "issuer", "nationalities"), "LT"),
    "script": "Latn",
    "target_kind": "intelligence",
}


def _fill(random: Random, name: str, shape: Shape) -> Any:
    match shape:
        case Record():
            record = {field.name: _field(random, field) for field in shape.fields}
            if "earliest" in record:
                record["latest"] = record["earliest"]
            return record
        case Array():
            return [_fill(random, name, shape.items) for _ in range(random.randint(0, 3))]
        case Choice():
            return random.choice(shape.symbols)
        case OneOf():
            record = random.choice(shape.records)
            known = {of: key for key, of in SUBJECT_TYPES.items()}
            return {known[record.name]: _fill(random, name, record)}
        case Scalar():
            return _scalar(random, name, shape.type)


def _field(random: Random, field: Field) -> Any:
    if field.nullable and random.random() < 0.15:
        return None
    return _fill(random, field.name, field.shape)


def _scalar(random: Random, name: str, kind: str) -> Any:
    match kind:
        case "string":
            return _NAMED.get(name) or random.choice(_TEXTS)
        case "int" | "long":
            return {"year": 1971, "month": 2, "day": 28, "age_from": 17, "age_to": 30}.get(
                name, random.choice((0, 1, 63, 64, 5000, 2**31 - 1))
            )
        case "double":
            return random.choice((0.0, 51.5074, 89.5))
        case "boolean":
            return random.random() < 0.5
        case "uuid":
            return UUID(int=random.getrandbits(128), version=4)
        case "date":
            return date(2009, 1, 1) + timedelta(days=0 if name == "period_from" else 30)
        case "timestamp-micros":
            return datetime(2009, 3, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(10**6))
        case other:
            raise AssertionError(f"no value for {other}")
