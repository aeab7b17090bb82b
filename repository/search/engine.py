"""The engine: candidates from the index, checked, ranked, counted, shown with what matched."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import psycopg
from psycopg import sql

from intelbus.codec import decode_event
from repository.access.context import Context, context_of
from repository.access.redaction import redacted
from repository.linking import normalise
from repository.linking.closure import entity_name
from repository.queries.entity import entities_seen
from repository.queries.snapshot import snapshot
from repository.search.language import FILTERS, Node, Query, QueryError, parse
from repository.search.matching import condition, fits, ranges, relaxed
from repository.search.snippets import snippets, strings

COUNTED = 1_000
"""Results are counted exactly up to here; beyond, only that there are more."""

FACETS = ("kind", "agency", "marking", "role")

FOUND = sql.SQL(
    """
WITH hit AS (
    SELECT position, ordinal, number, max(weight) AS weight FROM ({hits}) AS every
    GROUP BY position, ordinal, number
), best AS (
    SELECT position, number, max(weight) AS weight FROM hit GROUP BY position, number
), fitting AS (
    SELECT position, array_agg(number) AS matched, sum(weight) AS score FROM best
    GROUP BY position
), candidate AS (
    SELECT l.position, e.agency, e.event_id, e.kind, e.marking, e.source_reference, e.reported_at,
           e.value, f.matched, f.score
    FROM {source}
    JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
    WHERE {conditions}
    ORDER BY f.score DESC NULLS LAST, e.reported_at DESC, l.position
    LIMIT %(most)s
)
SELECT c.*, (SELECT array_agg(DISTINCT h.ordinal) FROM hit h WHERE h.position = c.position)
FROM candidate c ORDER BY c.score DESC NULLS LAST, c.reported_at DESC, c.position
"""
)
# One a range of terms, its bounds known to the planner: joined with a list of ranges, it would
# guess that each holds a two-hundredth of all postings, and read them all.
HITS = sql.SQL(
    "SELECT p.position, p.ordinal, {number}::int AS number, {weight}::int AS weight"
    " FROM posting p WHERE p.term >= {low} AND p.term < {high}"
)
NO_HIT = sql.SQL(
    "SELECT NULL::bigint AS position, NULL::int AS ordinal, NULL::int AS number,"
    " NULL::int AS weight WHERE false"
)
BY_WORDS = sql.SQL("fitting f JOIN event_log l USING (position)")
# Without a word, the newest of what the filters leave; only versions that stand have postings.
BY_FILTERS = sql.SQL(
    "event_log l LEFT JOIN (SELECT NULL::int[] AS matched, NULL::bigint AS score) f ON true"
)
SUBJECTS = """
SELECT position, ordinal, kind, role, label
FROM record WHERE position = ANY(%s) ORDER BY position, ordinal
"""
# One row a filter: the condition, with the filter's values as `%(name)s`.
CONDITIONS: Mapping[str, str] = {
    "kind": "(e.kind = ANY(%(kind)s) OR EXISTS (SELECT FROM record r"
    " WHERE r.position = l.position AND r.kind = ANY(%(kind)s)))",
    "role": "EXISTS (SELECT FROM record r"
    " WHERE r.position = l.position AND r.role = ANY(%(role)s))",
    "agency": "e.agency = ANY(%(agency)s)",
    "from": "e.reported_at >= %(from)s",
    "to": "e.reported_at < %(to)s",
    "exploitation": "EXISTS (SELECT FROM posting p WHERE p.position = l.position"
    " AND p.term = ANY(%(exploitation)s))",
    "grade": "EXISTS (SELECT FROM unnest(%(grade)s::text[]) g WHERE starts_with("
    "coalesce(e.source_grade, '') || coalesce(e.information_grade, '') || e.handling, g))",
    "marking": "e.marking = ANY(%(marking)s)",
    "urgency": "e.urgency = ANY(%(urgency)s)",
}
STANDS = "EXISTS (SELECT FROM posting p WHERE p.position = l.position)"


def search(
    connection: psycopg.Connection[Any],
    text: str,
    *,
    limit: int = 20,
    offset: int = 0,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Any]:
    """Return what matches a query: a page of `results`, their count and facets, all words first.

    If nothing has all the words, what has some of them is returned and `relaxed` is true. Only
    versions that stand are found. Raises QueryError.
    """
    query = parse(text)
    wanted = {
        name: (*query.filters.get(name, ()), *(filters or {}).get(name, ())) for name in FILTERS
    }
    given = {name: values for name, values in wanted.items() if values}
    if query.node is None and not given:
        raise QueryError("nothing is asked for", hint="for example: ionescu kind:vehicle")
    with snapshot(connection):
        rows = _rows(connection, query, query.node, given)
        some = False
        if not rows and query.node is not None and _all_words(query):
            rows, some = _rows(connection, query, None, given), True
        page = rows[offset : offset + limit]
        subjects = _subjects(connection, [row["position"] for row in rows[:COUNTED]])
        shown = [one for row in page for one in subjects.get(row["position"], ())]
        entities = entities_seen(connection, [one["record"] for one in shown])
        context = context_of(connection)
    for one in shown:
        one["entity"] = entity_name(entities[one.pop("record")])
    counted = rows[:COUNTED]
    for row in counted:
        row["subjects"] = subjects.get(row["position"], [])
    words = {word.text for word in query.words()}
    return {
        "query": text,
        "relaxed": some,
        "count": len(counted),
        "more": len(rows) > COUNTED,
        "facets": _facets(counted),
        "results": [_shown(row, words, len(query.words()), context) for row in page],
    }


def _all_words(query: Query) -> bool:
    """Return whether the query is plain words, so that some of them may do."""
    return len(query.words()) > 1 and not query.phrases() and "NOT" not in condition(_node(query))


def _node(query: Query) -> Node:
    assert query.node is not None  # noqa: S101  (asked only of queries that have words)
    return query.node


def _rows(
    connection: psycopg.Connection[Any],
    query: Query,
    node: Node | None,
    filters: Mapping[str, Sequence[str]],
) -> list[dict[str, Any]]:
    """Return at most COUNTED + 1 events that fit, best first."""
    terms = list(ranges(query))
    loose = relaxed(node) if node is not None else None
    conditions = [CONDITIONS[name] for name in filters]
    if loose is not None:
        conditions.append(condition(loose, "f.matched"))
    if not terms:
        conditions.append(STANDS)
    hits = [
        HITS.format(
            number=sql.Literal(one.number),
            weight=sql.Literal(one.weight),
            low=sql.Placeholder(f"low{at}"),
            high=sql.Placeholder(f"high{at}"),
        )
        for at, one in enumerate(terms)
    ]
    statement = FOUND.format(
        hits=sql.SQL(" UNION ALL ").join(hits) if hits else NO_HIT,
        source=BY_WORDS if terms else BY_FILTERS,
        conditions=sql.SQL(" AND ".join(conditions) or "true"),
    )
    parameters = _parameters(filters) | {"most": COUNTED + 1}
    for at, one in enumerate(terms):
        parameters |= {f"low{at}": one.low, f"high{at}": one.high}
    columns = (
        "position", "agency", "event_id", "kind", "marking", "source_reference", "reported_at",
        "value", "matched", "score", "ordinals",
    )  # fmt: skip
    found = [
        dict(zip(columns, row, strict=True)) for row in connection.execute(statement, parameters)
    ]
    if node is None or not query.phrases():
        return found
    context = context_of(connection)
    return [
        row for row in found if fits(node, frozenset(row["matched"]), list(_texts(row, context)))
    ]


def _texts(row: Mapping[str, Any], context: Context) -> Iterator[list[str]]:
    for text in strings(_event(row, context)):
        yield normalise.tokens(text)


def _event(row: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    event = decode_event(bytes(row["value"])).event
    return redacted(row["kind"], event, victims=context.victims, sources=context.sources)


def _parameters(filters: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    made: dict[str, Any] = {name: list(values) for name, values in filters.items()}
    if "from" in made:
        made["from"] = max(_day("from", value) for value in made["from"])
    if "to" in made:
        made["to"] = min(_day("to", value) for value in made["to"]) + timedelta(days=1)
    if "exploitation" in made:
        made["exploitation"] = [f"exploitation:{value}" for value in made["exploitation"]]
    if "grade" in made:
        made["grade"] = [value.upper() for value in made["grade"]]
    return made


def _day(name: str, text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise QueryError(f"{name}:{text} is no date", hint=f"write {name}:2009-06-30") from None


def _subjects(
    connection: psycopg.Connection[Any], positions: list[int]
) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for position, ordinal, kind, role, label in connection.execute(SUBJECTS, (positions,)):
        found.setdefault(position, []).append(
            {
                "ordinal": ordinal,
                "kind": kind,
                "role": role,
                "label": label,
                "record": (position, ordinal),
            }
        )
    return found


def _facets(rows: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Count the results by their values; a result with two roles counts under both."""
    counted: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    for row in rows:
        for name in ("kind", "agency", "marking"):
            counted[name][row[name]] += 1
        counted["role"].update({subject["role"] for subject in row["subjects"]})
    return {name: dict(found.most_common()) for name, found in counted.items()}


def _shown(row: Mapping[str, Any], words: set[str], asked: int, context: Context) -> dict[str, Any]:
    event = _event(row, context)
    ordinals = set(row["ordinals"] or ())
    return {
        "position": row["position"],
        "event_id": str(row["event_id"]),
        "agency": row["agency"],
        "kind": row["kind"],
        "marking": row["marking"],
        "source_reference": row["source_reference"],
        "reported_at": row["reported_at"].isoformat(),
        "words": {"asked": asked, "found": len(row["matched"] or ())},
        "score": int(row["score"] or 0),
        "subjects": [one | {"matched": one["ordinal"] in ordinals} for one in row["subjects"]],
        "snippets": [asdict(one) for one in snippets(event, words)],
    }
