"""Who has seen an event or an entity, as the connection's supervisor may know."""

from typing import Any

import psycopg

from repository.access.looks import looks_at
from repository.linking.closure import entity_name
from repository.queries.entity import positions_of
from repository.queries.event import show_events


def who_has_seen(connection: psycopg.Connection[Any], which: str) -> list[dict[str, Any]]:
    """Return the looks in whose answer an event (its id or position) or an entity (its id, or a
    record's) was, the oldest first. Raises NoEventError, NoEntityError, the same for what is hidden
    as for what is not there.
    """
    if which[:1] in ("E", "R"):
        entity, positions = positions_of(connection, which)
        return looks_at(connection, [entity_name(entity), *map(str, positions)])
    return looks_at(connection, [str(one["position"]) for one in show_events(connection, which)])
