"""Every export is a disclosure on record, and what was exported can be recalled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, LiteralString
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from intelbus.errors import InvalidRequestError
from repository.access.reader import CENTRE
from repository.exports.recipients import Recipient
from repository.exports.refusals import NothingFitsError, NothingMayLeaveError
from repository.exports.selection import Watermark, select, select_found, select_network
from repository.exports.writers import WRITERS

RECORD: LiteralString = """
INSERT INTO disclosure (export_id, exported_at, exported_by, recipient, party, purpose, form, kind,
                        since, until, query, filters, network, hops, left_out, organisation,
                        clearance, outside)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
RECORD_EVENTS: LiteralString = """
INSERT INTO disclosed_event (export_id, position, handling)
SELECT %s, * FROM unnest(%s::bigint[], %s::text[])
"""
# Exported, and no longer standing: retracted, corrected or erased since.
RECALLS: LiteralString = """
SELECT d.export_id, d.exported_at, d.exported_by, d.recipient, d.outside, d.purpose,
    array_agg(x.position ORDER BY x.position)
FROM disclosure d JOIN disclosed_event x USING (export_id)
LEFT JOIN LATERAL (
    SELECT position, stands_until FROM counted WHERE position = x.position OFFSET 0
) c ON true
WHERE c.stands_until IS NOT NULL OR c.position IS NULL AND EXISTS (
    SELECT FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
    WHERE l.position = x.position AND e.kind = 'erased')
GROUP BY d.export_id ORDER BY d.exported_at, d.export_id
"""


@dataclass(frozen=True, slots=True)
class OfKind:
    """An export of the events of a kind that were reported in a period."""

    kind: str
    since: date
    until: date

    def nothing(self) -> NothingFitsError:
        """Return what to say where nothing fits."""
        return NothingFitsError(
            "no event of this kind was reported in this period",
            hint="name another kind or period; `ukhtc search` finds what there is",
        )


@dataclass(frozen=True, slots=True)
class OfSearch:
    """An export of exactly the events that a search finds."""

    query: str
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def nothing(self) -> NothingFitsError:
        """Return what to say where nothing fits."""
        return NothingFitsError(
            "nothing has all of these words and filters",
            hint="an export makes do neither with some of the words nor with near spellings, as"
            " `ukhtc search` does: leave out words or filters, write what was written",
        )


@dataclass(frozen=True, slots=True)
class OfNetwork:
    """An export of the events behind what an entity is tied to, in so many steps."""

    network: str
    hops: int = 2

    def nothing(self) -> NothingFitsError:
        """Return what to say where nothing fits."""
        return NothingFitsError(
            "it is tied to nothing", hint=f"`ukhtc network show {self.network}` shows its ties"
        )


def export(
    connection: psycopg.Connection[Any],
    *,
    form: str,
    of: OfKind | OfSearch | OfNetwork,
    recipient: Recipient,
    purpose: str,
    exported_by: str,
    organisation: str = CENTRE,
) -> dict[str, Any]:
    """Return an export (`content`: bytes) after its disclosure is on record, with `export_id`,
    `positions` and `left_out`: events whose handling or marking forbids it.

    `form` is one of WRITERS. Raises InvalidRequestError without a purpose, what the selection does,
    and where nothing would leave NothingFitsError or NothingMayLeaveError: an empty file would pass
    for an answer, and its disclosure for one.
    """
    if form not in WRITERS:
        raise InvalidRequestError(f"no export as {form}", hint=f"known: {', '.join(WRITERS)}")
    if not purpose.strip():
        raise InvalidRequestError("an export needs a purpose", hint="say why")
    mark = Watermark(str(uuid4()), exported_by, datetime.now(UTC), recipient.name, purpose)
    with connection.transaction():
        asked: tuple[Any, ...]
        match of:
            case OfKind(kind, since, until):
                chosen, left_out = select(connection, kind, since, until, recipient)
                asked = (kind, since, until, None, None, None, None)
            case OfSearch(query, filters):
                chosen, left_out = select_found(connection, query, filters, recipient)
                asked = (None, None, None, query, Jsonb(dict(filters)), None, None)
            case OfNetwork(entity, hops):
                chosen, left_out = select_network(connection, entity, hops, recipient)
                asked = (None, None, None, None, None, entity, hops)
        if not chosen:
            raise NothingMayLeaveError(left_out, recipient.name) if left_out else of.nothing()
        content = WRITERS[form](chosen, mark)
        connection.execute(
            RECORD,
            (mark.export_id, mark.exported_at, exported_by, recipient.name, recipient.party,
             purpose, form, *asked, left_out, organisation, recipient.clearance,
             recipient.outside),
        )  # fmt: skip
        positions = [one.position for one in chosen]
        codes = [one.handling for one in chosen]
        connection.execute(RECORD_EVENTS, (mark.export_id, positions, codes))
    return {
        "export_id": mark.export_id,
        "positions": positions,
        "left_out": left_out,
        "content": content,
    }


def recalls(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """Return each export that holds what was corrected, retracted or erased since, and where."""
    columns = ("export_id", "exported_at", "exported_by", "recipient", "outside", "purpose",
               "positions")  # fmt: skip
    found = [dict(zip(columns, row, strict=True)) for row in connection.execute(RECALLS)]
    return [
        {**one, "export_id": str(one["export_id"]), "exported_at": one["exported_at"].isoformat()}
        for one in found
    ]
