"""Which entities several agencies report, among what was told lately.

How many agencies describe what hangs together is known before anything of it is clustered, and no
entity has more: so those alone are made that may come among the first.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, LiteralString

import psycopg

from repository.linking.closure import THRESHOLD, RecordId, entity_name
from repository.linking.clustering import COMPONENT
from repository.linking.copying import bigints
from repository.linking.store import split
from repository.queries.entity import COUNTED
from repository.queries.latest import latest_events
from repository.queries.own_entities import Own, own_entities
from repository.queries.own_parts import Parts

LATEST = 500
"""Events, the latest accepted that the reader may see, whose entities are listed."""
FURTHEST_BACK = 2_000
"""Nobody asks about more at once."""

NAMED: LiteralString = """
SELECT r.description, r.position, r.ordinal
FROM unnest(%(at)s::bigint[]) AS w(position) JOIN record r USING (position)
WHERE %(kind)s::text IS NULL OR r.kind = %(kind)s
"""
TELLING: LiteralString = """
SELECT number FROM description WHERE number = ANY(%s::bigint[]) AND own >= %s
"""
# From one agency to the next in the index: however many reports an agency has of a thing, the first
# that may be seen is enough.
DESCRIBING: LiteralString = """
SELECT w.number, ARRAY(
    WITH RECURSIVE told (agency) AS (
        (SELECT agency FROM record WHERE description = w.number
         ORDER BY agency LIMIT 1)
        UNION ALL
        SELECT (SELECT r.agency FROM record r
                WHERE r.description = w.number AND r.agency > told.agency
                ORDER BY r.agency LIMIT 1)
        FROM told WHERE told.agency IS NOT NULL
    )
    SELECT agency FROM told WHERE agency IS NOT NULL
) FROM unnest(%s::bigint[]) AS w(number)
"""
SAID_OF: LiteralString = """
SELECT r.position, r.ordinal, r.kind, r.label, r.victim, s.position IS NOT NULL
FROM unnest(%s::bigint[], %s::smallint[]) AS w(position, ordinal)
JOIN record r USING (position, ordinal) LEFT JOIN restatement s ON s.position = r.position
"""

Connection = psycopg.Connection[Any]


@dataclass(frozen=True, slots=True)
class Shared:
    """An entity that several agencies report; `events` are counted without restatements, in its
    latest COUNTED records if it has `more`.
    """

    entity: RecordId
    kind: str
    label: str
    agencies: list[str]
    events: int
    more: bool
    victim: bool


@dataclass(frozen=True, slots=True)
class _Part:
    """Records of the latest events, described so, that may be of one entity, and at most how many
    agencies'; `sure` when what says too little to join anything is not counted.
    """

    numbers: frozenset[int]
    records: list[RecordId]
    most: int
    sure: bool = False


def entities_by_agencies(
    connection: Connection,
    min_agencies: int = 2,
    *,
    kind: str | None = None,
    limit: int = 50,
    latest: int = LATEST,
) -> list[dict[str, Any]]:
    """Return the entities that at least `min_agencies` agencies report, most agencies first: those
    named in the `latest` events that the connection may see, with all that is reported of them.

    `events` counts events without restatements, in an entity's latest COUNTED records if there are
    `more`.
    """
    wanted = {"at": latest_events(connection, latest), "kind": kind}
    named: dict[int, list[RecordId]] = {}
    for number, position, ordinal in connection.execute(NAMED, wanted).fetchall():
        named.setdefault(number, []).append((position, ordinal))
    together = Parts(connection, named, COMPONENT)
    describing = _describing(connection, together.pool)
    left = _parts(together, named, describing)
    own, told_by = Own(), dict[RecordId, frozenset[str]]()
    while left and left[0].most >= min_agencies and limit > 0:
        # As many as are listed, and all that as many agencies may report.
        least = max(min_agencies, left[min(limit, len(left)) - 1].most)
        tried = [one for one in left if one.most >= least]
        tried = _surely(connection, tried, together, describing)
        left = [*(one for one in tried if one.most < least), *left[len(tried) :]]
        left.sort(key=_most_first)
        records = [record for one in tried if one.most >= least for record in one.records]
        found = own_entities(connection, records, within=together)
        own.add(found)
        told_by |= {one: found.agencies(one, describing) for one in found.entity.values()}
        told_by = _first(told_by, min_agencies, limit)
        if len(told_by) >= limit:
            least = min(map(len, told_by.values()))
            left = [one for one in left if one.most >= least]
    shared = sorted(
        _shared(connection, own, told_by),
        key=lambda one: (-len(one.agencies), -one.events, one.entity),
    )
    return [{**asdict(one), "entity": entity_name(one.entity)} for one in shared[:limit]]


def _describing(connection: Connection, pool: Collection[int]) -> dict[int, list[str]]:
    """Return which agencies use each description."""
    return dict(connection.execute(DESCRIBING, (bigints(pool),)).fetchall())


def _parts(
    together: Parts, named: Mapping[int, list[RecordId]], describing: Mapping[int, Collection[str]]
) -> list[_Part]:
    """Return the parts, those that the most agencies may report first."""
    found = [
        _Part(
            frozenset(part),
            [record for number in part for record in named.get(number, ())],
            _most(part, describing),
        )
        for part in together.parts
    ]
    return sorted(found, key=_most_first)


def _most(part: Iterable[int], describing: Mapping[int, Collection[str]]) -> int:
    agencies: set[str] = set()
    return len(agencies.union(*(describing[number] for number in part)))


def _most_first(one: _Part) -> int:
    return -one.most


def _surely(
    connection: Connection,
    parts: Iterable[_Part],
    together: Parts,
    describing: Mapping[int, Collection[str]],
) -> list[_Part]:
    """Return parts with what in them may join: what says enough, and what people spoke of. A record
    that does not is by itself.
    """
    unsure = [number for one in parts if not one.sure for number in one.numbers]
    if not unsure:
        return list(parts)
    telling = connection.execute(TELLING, (bigints(unsure), THRESHOLD))
    joining = {number for (number,) in telling}.union(*together.words.values())
    return [
        one
        if one.sure
        else replace(one, most=max(1, _most(one.numbers & joining, describing)), sure=True)
        for one in parts
    ]


def _first(
    told_by: Mapping[RecordId, frozenset[str]], least: int, limit: int
) -> dict[RecordId, frozenset[str]]:
    """Return those that at least so many agencies report, as many as are listed, and all that are
    reported by as many as the last of these.
    """
    enough = sorted((len(each) for each in told_by.values() if len(each) >= least), reverse=True)
    if len(enough) > limit:
        least = enough[limit - 1]
    return {entity: each for entity, each in told_by.items() if len(each) >= least}


def _shared(
    connection: Connection, own: Own, told_by: Mapping[RecordId, frozenset[str]]
) -> Iterable[Shared]:
    """Yield entities with what their records say."""
    records = own.records(connection, told_by, most=COUNTED + 1)
    into = {record: entity for entity, each in records.items() for record in each[:COUNTED]}
    said: dict[RecordId, list[tuple[Any, ...]]] = {}
    for position, ordinal, *rest in connection.execute(SAID_OF, split(into)).fetchall():
        said.setdefault(into[position, ordinal], []).append((position, *rest))
    for entity, rows in said.items():
        yield Shared(
            entity,
            kind=rows[0][1],
            label=min(row[2] for row in rows),
            agencies=sorted(told_by[entity]),
            events=len({row[0] for row in rows if not row[4]}),
            more=len(records[entity]) > COUNTED,
            victim=any(row[3] for row in rows),
        )
