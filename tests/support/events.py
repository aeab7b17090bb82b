"""Events for tests: one valid example of each kind, and Hypothesis strategies from the schemas."""

import copy
from datetime import UTC, date, datetime
from itertools import count
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from intelbus.codec import SUBJECT_TYPES, encode_event
from intelbus.contract import Kind
from intelbus.shapes import Array, Choice, Field, OneOf, Record, Scalar, Shape, event_shape
from intelbus.source_form import from_source

NOW = datetime(2009, 10, 12, 9, 30, tzinfo=UTC)
STREAM = UUID("0198f2c4-0000-7000-8000-000000000001")

_HEADER = {
    "source_reference": "GLA/2009/0001",
    "reported_at": "2009-10-12T09:30Z",
    "occurred": "2009-09",
    "marking": "restricted",
    "handling": "1",
}
_SUBJECTS = [
    {
        "local_id": "s1",
        "role": "controller",
        "person": {
            "names": [{"full": "Jonas Kazlauskas", "given": "Jonas", "family": "Kazlauskas"}],
            "sex": "male",
            "date_of_birth": "1971-02-28",
            "age_status": "adult",
            "nationalities": ["LT"],
            "documents": [{"kind": "passport", "number": "00123456", "issuer": "LT"}],
        },
    },
    {"local_id": "s2", "role": "means_of_transport", "vehicle": {"registration": "KX56 ABZ"}},
    {
        "local_id": "s3",
        "role": "residence",
        "location": {"kind": "gangmaster_house", "house": "12", "postcode": "NN16 0AA"},
    },
    {"local_id": "s4", "role": "means_of_contact", "telephone": {"number": "+447700900123"}},
]
_RELATIONS = [
    {"from_id": "s1", "to_id": "s2", "kind": "uses"},
    {"from_id": "s1", "to_id": "s3", "kind": "resides_at"},
]
_ABOUT = {"subjects": _SUBJECTS, "relations": _RELATIONS}
_EXPLOITATION = [
    {"kind": "labour", "sector": "agriculture", "means_of_control": ["withholds_documents"]}
]

# One valid body a kind, in source form. All people and places are invented.
_BODIES: dict[Kind, dict[str, Any]] = {
    Kind.INTELLIGENCE: {
        "grade": "B31",
        "title": "Vans to the packing sheds",
        "text": "Three vans leave the house at five each morning for the packing sheds.",
        "route": "agency",
        "provenance": [{"origin": "gla", "kind": "own_observation", "received": "2009-09-30"}],
        "movement": {"direction": "into_uk", "from_country": "LT", "to_country": "GB"},
        "exploitation": _EXPLOITATION,
        **_ABOUT,
    },
    Kind.OPERATION: {
        "operation_name": "Invented",
        "step": "arrest",
        "lead_agency": "gla",
        "partner_agencies": ["ukba", "northamptonshire"],
        "arrests": 8,
        **_ABOUT,
    },
    Kind.REFERRAL: {
        "nrm_reference": "NRM/2009/0123",
        "step": "referred",
        "step_on": "2009-09-30",
        "first_responder": "gla",
        "uk_nation": "england",
        "consent": {"nrm": "given", "police_disclosure": "not_asked"},
        "exploitation": _EXPLOITATION,
        **_ABOUT,
    },
    Kind.OUTCOME: {
        "case_reference": "CPS/77",
        "offence": "Trafficking into the UK for exploitation",
        "statute": "Asylum and Immigration (Treatment of Claimants, etc.) Act 2004 s.4",
        "charges": 2,
        "plea": "not_guilty",
        "result": "convicted",
        "result_on": "2009-09-30",
        "sentence_months": 60,
        "confiscation_pence": 12_500_000,
        "victims_declined": [{"reason": "fear", "count": 2}],
        "defendant_may_be_victim": False,
        **_ABOUT,
    },
    Kind.PORT_ENCOUNTER: {"place": "Dover", "person_status": "child", "carrier": "ferry", **_ABOUT},
    Kind.MISSING_CHILD: {"incident_reference": "MC/5", "step": "went_missing", **_ABOUT},
    Kind.INSPECTION: {
        "inspection_reference": "INS/9",
        "sector": "agriculture",
        "licence_status": "unlicensed",
        "workers_encountered": 31,
        "findings": [{"kind": "withheld_wages"}],
        "trafficking_indicated": True,
        **_ABOUT,
    },
    Kind.ASSESSMENT: {
        "title": "Labour exploitation in packing",
        "product": "threat_assessment",
        "period_from": "2009-04-01",
        "period_to": "2009-09-30",
        "sources": ["0198f2c4-0000-7000-8000-000000000002"],
        **_ABOUT,
    },
    Kind.VICTIM_SUPPORT: {
        "step": "entered",
        "step_on": "2009-09-30",
        "provider": "poppy",
        **_ABOUT,
    },
    Kind.NIL_RETURN: {
        "period_from": "2009-09-01",
        "period_to": "2009-09-30",
        "kinds": ["intelligence"],
    },
    Kind.WATCH: {"watch_reference": "W/1", "step": "placed", "expires_on": "2010-01-31", **_ABOUT},
    Kind.RETRACTION: {
        "target_event_id": "0198f2c4-0000-7000-8000-000000000003",
        "target_kind": "intelligence",
        "reason": "error",
    },
}

_serial = count(1)


def sample_source(kind: str, **over: Any) -> dict[str, Any]:
    """A valid event in source form, but for what is given otherwise."""
    source = {"kind": str(kind), **_HEADER, **copy.deepcopy(_BODIES[Kind(kind)])}
    return {**source, **over}


def sample_event(kind: str, **over: Any) -> dict[str, Any]:
    """A valid event of gla, ready to encode; `over` replaces header or body fields by name.

    Each call has another event_id. All else is the same, so that digests can be compared.
    """
    event = from_source(kind, sample_source(kind))
    event["header"] |= {
        "event_id": UUID(int=(0x0198F2C41000 << 80) | (0x7 << 76) | (0b10 << 62) | next(_serial)),
        "originator": "gla",
        "stream": STREAM,
        "sequence": 1,
    }
    for name, value in over.items():
        assert name in event or name in event["header"], f"{kind} has no field {name}"
        (event["header"] if name in event["header"] else event)[name] = value
    return event


def events(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Events that fit the schema of a kind and fill it in every way; few obey the strict checks."""
    return _of(event_shape(Kind(kind)))


def values() -> st.SearchStrategy[bytes]:
    """Framed values of such events, of every kind."""
    return st.sampled_from(Kind).flatmap(
        lambda kind: events(kind).map(lambda event: encode_event(kind, event))
    )


A_HUNDRED = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
"""For what is asked of `values`."""


_TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=30
).filter(str.strip)

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "string": _TEXTS,
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1).filter(lambda n: abs(n) < 10**18),
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "uuid": st.uuids(),
    "date": st.dates(date(1850, 1, 1), date(2200, 12, 31)),
    "timestamp-micros": st.datetimes(
        datetime(1850, 1, 1),  # noqa: DTZ001  (bounds are naive; the zone is added)
        datetime(2200, 12, 31),  # noqa: DTZ001
        timezones=st.just(UTC),
    ),
}


def _of(shape: Shape) -> st.SearchStrategy[Any]:
    match shape:
        case Record():
            return st.fixed_dictionaries({field.name: _field(field) for field in shape.fields})
        case Array():
            return st.lists(_of(shape.items), max_size=2)
        case Choice():
            return st.sampled_from(shape.symbols)
        case OneOf():
            names = {record: name for name, record in SUBJECT_TYPES.items()}
            return st.one_of(
                st.fixed_dictionaries({names[record.name]: _of(record)}) for record in shape.records
            )
        case Scalar():
            return _SCALARS[shape.type]


def _field(field: Field) -> st.SearchStrategy[Any]:
    inner = _of(field.shape)
    return st.none() | inner if field.nullable else inner
