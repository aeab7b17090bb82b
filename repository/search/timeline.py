"""What a search finds, in time."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from repository.queries.snapshot import snapshot
from repository.queries.timeline import in_time
from repository.search.engine import COUNTED, matches_nearly


def found_in_time(
    connection: psycopg.Connection[Any],
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Return the events that have all that is asked for in the order in which they happened: the
    COUNTED best, if there are `more`; near `spellings` are looked for as by a search. Raises
    QueryError.
    """
    with snapshot(connection):
        found, spellings = matches_nearly(connection, text, filters)
        positions = [one.position for one in found[:COUNTED]]
        told = in_time(connection, positions, more=len(found) > COUNTED)
        return {"query": text, "spellings": spellings, **told}
