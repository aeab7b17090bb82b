"""Which events may be exported, and which of their fields: handling and marking checked, fields
allowed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg

from intelbus.contract import Kind
from intelbus.reading import read_event
from repository.access.policy import may_receive
from repository.access.redaction import redacted
from repository.access.sensitivity import sensitive_subjects
from repository.exports.recipients import Recipient
from repository.exports.refusals import ExportRefusedError
from repository.linking.closure import RecordId
from repository.queries.entity import entities_seen
from repository.queries.network import around
from repository.search.engine import COUNTED, matches
from repository.statistics.facts import case_of

_STANDING: LiteralString = """
SELECT c.position, e.agency, e.event_id, c.kind, e.grading_scheme, e.handling, e.marking, e.value
FROM counted c JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE c.stands_until IS NULL AND {} ORDER BY c.position
"""
OF_KIND: LiteralString = _STANDING.replace("{}", "c.kind = %s AND c.reported_on BETWEEN %s AND %s")
BY_GLASS: LiteralString = "SELECT cardinality(glass_positions(false)) > 0"
FOUND: LiteralString = _STANDING.replace("{}", "c.position = ANY(%s)")


@dataclass(frozen=True, slots=True)
class Exported:
    """One event that may leave, decoded; what leaves of it the writers' tables say. `case` is what
    makes steps one NRM case, which no form shows. `sheltered` are the ordinals of
    what leads to a victim, a witness or a child; `things` are numbers of what the other subjects
    are, by ordinal, the same for the same thing: of the events of a network alone.
    """

    position: int
    agency: str
    event_id: str
    kind: str
    handling: str
    event: Mapping[str, Any]
    case: str | None = None
    sheltered: frozenset[int] = frozenset()
    things: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Watermark:
    """What every copy carries, so that it can be traced."""

    export_id: str
    exported_by: str
    exported_at: datetime
    recipient: str
    purpose: str

    def line(self) -> str:
        """Return it as one line of text."""
        when = self.exported_at.isoformat(timespec="seconds")
        return (
            f"export {self.export_id} by {self.exported_by} at {when} "
            f"to {self.recipient} for {self.purpose}"
        )


def select(
    connection: psycopg.Connection[Any], kind: str, since: date, until: date, recipient: Recipient
) -> tuple[list[Exported], int]:
    """Return the current events of a kind reported in a period that the recipient may receive, and
    how many were left out because their handling or marking forbids it: an unknown code, or one
    that lets out to nobody, keeps an event inside, and so does an unknown marking.
    """
    return _permitted(connection.execute(OF_KIND, (kind, since, until)), recipient)


def select_found(
    connection: psycopg.Connection[Any],
    query: str,
    filters: Mapping[str, Sequence[str]] | None,
    recipient: Recipient,
) -> tuple[list[Exported], int]:
    """Return what `select` does of exactly the events that a search finds, of whatever kind.

    Raises QueryError, and ExportRefusedError where more are found than are counted: an export that
    held the best of them alone would pass for all.
    """
    found = matches(connection, query, filters)
    if len(found) > COUNTED:
        raise ExportRefusedError(
            f"more than {COUNTED:,} events match", hint="ask for less, or for a kind and a period"
        )
    positions = [one.position for one in found]
    return _permitted(connection.execute(FOUND, (positions,)), recipient)


def select_network(
    connection: psycopg.Connection[Any], entity: str, hops: int, recipient: Recipient
) -> tuple[list[Exported], int]:
    """Return what `select` does of the events behind the network around an entity.

    Raises NoEntityError, and ExportRefusedError while the reader sees something by a broken glass:
    what is one thing, and what is near, might be known by that alone, and that is not exported.
    """
    row = connection.execute(BY_GLASS).fetchone()
    if row and row[0]:
        raise ExportRefusedError(
            "no network leaves while its exporter sees something by a broken glass",
            hint="end it first: `ukhtc glass end`",
        )
    found = around(connection, entity, hops=hops)
    positions = sorted({one["position"] for edge in found["edges"] for one in edge["events"]})
    chosen, left_out = _permitted(connection.execute(FOUND, (positions,)), recipient)
    # What leads to a victim is nothing that another event names: that would say what it is.
    records = [
        (one.position, ordinal)
        for one in chosen
        for ordinal in range(len(one.event.get("subjects", ())))
        if ordinal not in one.sheltered
    ]
    entities = entities_seen(connection, records)
    # No ids: those of entities name events, also such as stay inside.
    numbers: dict[RecordId, int] = {}
    things: dict[int, dict[int, int]] = {}
    for position, ordinal in records:
        if (entity_id := entities.get((position, ordinal))) is not None:
            number = numbers.setdefault(entity_id, len(numbers) + 1)
            things.setdefault(position, {})[ordinal] = number
    return [replace(one, things=things.get(one.position, {})) for one in chosen], left_out


def _permitted(rows: Iterable[tuple[Any, ...]], recipient: Recipient) -> tuple[list[Exported], int]:
    chosen: list[Exported] = []
    left_out = 0
    for position, agency, event_id, kind, scheme, handling, marking, value in rows:
        if not may_receive(recipient.party, recipient.clearance, scheme, handling, marking):
            left_out += 1
            continue
        whole = read_event(bytes(value))
        # What identifies a victim or a source leaves with nobody's rights.
        event = redacted(kind, whole, victims=False, sources=False)
        case = case_of(whole) if kind == Kind.REFERRAL else None
        chosen.append(
            Exported(position, agency, str(event_id), kind, handling, event, case,
                     sensitive_subjects(whole))
        )  # fmt: skip
    return chosen, left_out


def people(event: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield (subject, its person)."""
    for subject in event.get("subjects", ()):
        if "person" in subject["details"]:
            yield subject, subject["details"]["person"]


PROTECTED = frozenset({"victim", "potential_victim", "witness", "missing_child"})


def label_of(subject: Mapping[str, Any]) -> str:
    """Return what names a subject outside: never a victim, witness or child, never a house."""
    ((kind, details),) = subject["details"].items()
    if subject["role"] in PROTECTED:
        return str(subject["role"]).replace("_", " ")
    match kind:
        case "person" if details["names"]:
            name = details["names"][0]["full"]
        case "organisation":
            name = details["name"]
        case "vehicle":
            name = details["registration"]
        case "telephone":
            name = details["number"] or details["imei"]
        case "location":
            name = details["town"] or details["kind"].replace("_", " ")
        case _:
            name = None
    return str(name or kind.replace("_", " "))
