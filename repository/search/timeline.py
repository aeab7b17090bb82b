"""What a search finds, in time."""

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from repository.queries.snapshot import snapshot
from repository.queries.timeline import in_time
from repository.search.engine import COUNTED, matches


def found_in_time(
    connection: psycopg.Connection[Any],
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Return the events that have all that is asked for in the order in which they happened: the
    COUNTED best, if there are `more`. Raises QueryError.
    """
    with snapshot(connection):
        found = matches(connection, text, filters)
        positions = [one.position for one in found[:COUNTED]]
        return {"query": text, **in_time(connection, positions, more=len(found) > COUNTED)}
