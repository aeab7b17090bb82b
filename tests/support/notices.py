"""A registry of invented agencies, and events about one thing: what tests of notices need."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from intelbus.codec import decode_control
from intelbus.trust import Agency, TrustRegistry
from repository.linking.stage import link_all
from repository.notices.stage import decide_all
from repository.sequencer import sequence_once
from tests.support.store import store_event

TYPES = {
    "gla": "enforcement",
    "met": "police",
    "gmp": "police",
    "soca": "enforcement",
    "cps": "prosecutor",
    "poppy": "charity",
    "ukhtc": "centre",
}
NOW = datetime(2009, 10, 12, tzinfo=UTC)
REGISTRY = TrustRegistry(
    version=1,
    issued_at=NOW,
    expires_at=NOW.replace(year=2010),
    agencies={
        code: Agency(
            code,
            code.upper(),
            kind,
            frozenset({"victim-support" if kind == "charity" else "intelligence"}),
            contact=f"duty@{code}.example",
        )
        for code, kind in TYPES.items()
    },
    keys={},
)

TABLES = (
    "event, event_queue, event_log, first_statement, restatement, amendment, stage_cursor, record,"
    " description, link_key, stop_key, edge, parting, judgement, entity_redirect, posting, wording,"
    " holding, held_event, watch_step, notice_recheck, notice_decision, notice_outbox,"
    " notice_stream, notice, telling, citation, relay, stated_relation, passage, passage_band,"
    " telling_subject, formula"
)


def subject(kind: str, role: str, details: dict[str, Any], local_id: str = "s1") -> dict[str, Any]:
    """A subject ready to encode."""
    return {"local_id": local_id, "role": role, "details": {kind: details}, "text": None}


def vehicle(mark: str, role: str = "means_of_transport", local_id: str = "s1") -> dict[str, Any]:
    """A vehicle known by its registration mark."""
    blank = dict.fromkeys(("country", "vin", "make", "model", "colour"))
    return subject("vehicle", role, {"registration": mark, **blank}, local_id)


def person(passport: str, role: str = "suspect", local_id: str = "s1", **over: Any) -> Any:
    """A person known by a passport."""
    details = {
        "names": [],
        "sex": "unknown",
        "date_of_birth": None,
        "age_from": None,
        "age_to": None,
        "age_on": None,
        "age_status": "adult",
        "nationalities": [],
        "documents": [{"kind": "passport", "number": passport, "issuer": "LT", "expires": None}],
        **over,
    }
    return subject("person", role, details, local_id)


def place(
    house: str, kind: str = "brothel", role: str = "exploitation_site", local_id: str = "s1"
) -> dict[str, Any]:
    """A place known by house and postcode."""
    blank = dict.fromkeys(("name", "street", "town", "country", "latitude", "longitude"))
    details = {"kind": kind, "house": house, "postcode": "NN16 0AA", **blank}
    return subject("location", role, details, local_id)


def telephone(number: str, local_id: str = "s1") -> dict[str, Any]:
    """A telephone known by its number."""
    details = {"number": number, "imei": None, "imsi": None}
    return subject("telephone", "means_of_contact", details, local_id)


def online(service: str, identifier: str, local_id: str = "s1") -> dict[str, Any]:
    """An e-mail address, or a name on a site."""
    details = {"service": service, "identifier": identifier}
    return subject("online_identity", "means_of_contact", details, local_id)


def account(number: str, local_id: str = "s1") -> dict[str, Any]:
    """A bank account known by its number."""
    blank = dict.fromkeys(("iban", "bank", "holder"))
    details = {"kind": "bank_account", "sort_code": "200000", "account_number": number, **blank}
    return subject("account", "means_of_payment", details, local_id)


def charity(kind: str = "charity", local_id: str = "s1") -> dict[str, Any]:
    """An organisation: a charity, or of another kind."""
    blank = {"aliases": [], "registration_number": None, "gla_licence": None}
    details = {"name": "Harbour Light", "kind": kind, **blank}
    return subject("organisation", "associate", details, local_id)


def relation(first: str, second: str, kind: str) -> dict[str, Any]:
    """A relation that an event states between two of its subjects."""
    return {"from_id": first, "to_id": second, "kind": kind, "text": None}


def tell(
    connection: psycopg.Connection[Any], agency: str, *subjects: Any, kind: str = "intelligence",
    **over: Any,
) -> UUID:  # fmt: skip
    """Store an agency's event about these subjects, from its own observation."""
    fields = {"subjects": list(subjects), "relations": [], **over}
    if kind == "intelligence":
        fields.setdefault("provenance", [])
    return store_event(connection, kind, agency, **fields)


def catch_up(connection: psycopg.Connection[Any], batch: int = 500) -> None:
    """Number, link and decide on everything stored."""
    while sequence_once(connection, batch=batch):
        pass
    link_all(connection, batch=batch)
    decide_all(connection, lambda _: REGISTRY, batch=batch)


def told(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str, str, int]]:
    """Return (receiver, whom to call, state, strength, revision) of all messages, in order."""
    rows = connection.execute("SELECT body FROM notice_outbox ORDER BY message_no").fetchall()
    said = [decode_control("Notice", bytes(body)) for (body,) in rows]
    return [
        (one["agency"], one["contact_agency"], one["state"], one["strength"], one["revision"])
        for one in said
    ]


def statuses(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str, str]]:
    """Return (receiver, holder, status, reason) of every notice, by receiver and holder."""
    return connection.execute(
        "SELECT receiver, holder, status, reason FROM notice ORDER BY 1, 2, 3, 4"
    ).fetchall()
