"""Writing the audit: one row a look, in the transaction of whoever looks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

# One row an operation, with the operation of the Data Protection Act 2018 s. 62 that it is.
OPERATIONS: Mapping[str, str] = {
    "collection": "collection",
    "view": "consultation",
    "search": "consultation",
    "expansion": "consultation",
    "statistic": "consultation",
    "audit": "consultation",
    "export": "disclosure",
    "notice": "disclosure",
    "link": "combination",
    "split": "combination",
    "reader": "alteration",
    "correction": "alteration",
    "erasure": "erasure",
    "glass": "disclosure",
    "administration": "alteration",
}

RECORD: LiteralString = """
INSERT INTO audit (reader, organisation, os_user, credential, purpose, operation, asked, outcome,
                   ids, rights)
VALUES (%(reader)s, %(organisation)s, %(os_user)s, %(credential)s, %(purpose)s, %(operation)s,
        %(asked)s, %(outcome)s, %(ids)s, %(rights)s::bit varying)
"""


@dataclass(frozen=True, slots=True)
class Who:
    """Who looks, and why."""

    reader: str
    organisation: str
    purpose: str
    os_user: str
    credential: str
    # As repository.access.policy.rights has them: which supervisors may read of it.
    rights: str


def record(
    connection: psycopg.Connection[Any],
    who: Who,
    operation: str,
    asked: Mapping[str, Any],
    *,
    outcome: str = "answered",
    ids: Iterable[str] = (),
) -> None:
    """Put one look on record, in the connection's transaction. `operation` is in OPERATIONS."""
    if operation not in OPERATIONS:
        raise ValueError(f"{operation!r} is no operation of the audit")
    connection.execute(
        RECORD,
        {
            "reader": who.reader,
            "organisation": who.organisation,
            "os_user": who.os_user,
            "credential": who.credential,
            "purpose": who.purpose,
            "operation": operation,
            "asked": Jsonb(dict(asked)),
            "outcome": outcome,
            "ids": list(ids),
            "rights": who.rights,
        },
    )


def position_of(name: str) -> int | None:
    """Return the position in an event's, an entity's or a record's id, as the audit has it."""
    digits = name.lstrip("ER").partition("-")[0]
    return int(digits) if digits.isdecimal() and len(digits) < 19 else None
