"""The engine: candidates from the index, checked, ranked, counted, shown with what matched."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any, LiteralString

import psycopg

from intelbus.codec import read_event
from repository.access.context import Context, context_of
from repository.access.redaction import WITHHELD, redacted
from repository.linking import normalise
from repository.linking.closure import RecordId, entity_name
from repository.linking.copying import bigints
from repository.queries.entity import entities_seen
from repository.queries.snapshot import snapshot
from repository.search.finding import Found, Sought, find, matched_ordinals
from repository.search.language import FILTERS, Node, Query, QueryError, parse, unknown_filters
from repository.search.listing import line
from repository.search.matching import (
    Range,
    condition,
    denies_phrase,
    filter_ranges,
    fits,
    may_hold,
    needed,
    ranges,
    relaxed,
)
from repository.search.snippets import snippets, strings

COUNTED = 1_000
"""Results are counted exactly up to here; beyond, only that there are more."""

SHOWN: LiteralString = """
SELECT l.position, e.value, l.event_id, l.source_reference, l.reported_at
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s::bigint[])
"""
# A result with two roles counts under both. An index holds the roles of each event, in this order.
ROLES: LiteralString = """
SELECT substr(term, 7), count(*) FROM (
    SELECT DISTINCT p.position, p.term FROM posting p
    WHERE p.term >= ':role:' AND p.term < ':role;' AND p.position = ANY(%s::bigint[])
) AS of_event
GROUP BY term ORDER BY 2 DESC, 1
"""
SUBJECTS: LiteralString = """
SELECT position, ordinal, kind, role, label
FROM record WHERE position = ANY(%s) ORDER BY position, ordinal
"""


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
    versions that stand are found. A subject that matched is shown with its entity, others without:
    `ukhtc event show` has them. Raises QueryError.
    """
    query, given = _asked(text, filters)
    with snapshot(connection):
        context = context_of(connection)
        sought = _sought(query, query.node, given)
        rows, some = find(connection, sought, COUNTED, _reader_of(query, context)), False
        if not rows and query.node is not None and _all_words(query):
            sought, some = _sought(query, None, given), True
            rows = find(connection, sought, COUNTED)
        counted = rows[:COUNTED]
        page = counted[offset : offset + limit]
        shown = [one.position for one in page]
        roles = connection.execute(ROLES, (bigints(one.position for one in counted),)).fetchall()
        subjects = _subjects(connection, shown)
        told = {position: rest for position, *rest in connection.execute(SHOWN, (shown,))}
        matched = matched_ordinals(connection, sought, shown)
        named = {(at, ordinal) for at, found in matched.items() for ordinal in found}
        entities = entities_seen(connection, sorted(named & {*subjects}))
    results = []
    for one in page:
        value, *rest = told[one.position]
        event = _event(one.kind, value, context)
        results.append(line(one, *rest) | _shown(one, event, query))
    for result in results:
        result["subjects"] = [
            one
            | {
                "matched": record in named,
                "entity": entity_name(entities[record]) if record in entities else None,
            }
            for record, one in subjects.items()
            if record[0] == result["position"]
        ]
    return {
        "query": text,
        "relaxed": some,
        "count": len(counted),
        "more": len(rows) > COUNTED,
        "facets": {**_facets(counted), "role": dict(roles)},
        "results": results,
    }


def matches(
    connection: psycopg.Connection[Any],
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> list[Found]:
    """Return what has all that is asked for, best first; more than COUNTED where more does.

    Raises QueryError.
    """
    query, given = _asked(text, filters)
    with snapshot(connection):
        context = context_of(connection)
        sought = _sought(query, query.node, given)
        return find(connection, sought, COUNTED, _reader_of(query, context))


def _asked(
    text: str, filters: Mapping[str, Sequence[str]] | None
) -> tuple[Query, dict[str, tuple[str, ...]]]:
    """Return a query, and all its filters with those that stand beside it.

    Raises QueryError, also for a filter that there is not: passed over, more would be found.
    """
    query = parse(text)
    if unknown := unknown_filters(filters or ()):
        raise QueryError(f"no filter is called {unknown}", hint=f"use one of {', '.join(FILTERS)}")
    wanted = {
        name: (*query.filters.get(name, ()), *(filters or {}).get(name, ())) for name in FILTERS
    }
    given = {name: values for name, values in wanted.items() if values}
    if query.node is None and not given:
        raise QueryError("nothing is asked for", hint="for example: ionescu kind:vehicle")
    return query, given


def _all_words(query: Query) -> bool:
    """Return whether the query is plain words, so that some of them may do."""
    return len(query.words()) > 1 and not query.phrases() and "NOT" not in condition(_node(query))


def _node(query: Query) -> Node:
    assert query.node is not None  # noqa: S101  (asked only of queries that have words)
    return query.node


def _sought(query: Query, node: Node | None, filters: Mapping[str, Sequence[str]]) -> Sought:
    """Return what to look for in the index: all that `node` needs, or any of the words."""
    words: dict[int, list[Range]] = {}
    for one in ranges(query):
        words.setdefault(one.number, []).append(one)
    every = tuple(one for of_word in words.values() for one in of_word)
    asked = list(filter_ranges(filters))
    loose = relaxed(node) if node is not None else None
    if loose is not None:
        asked += needed(loose, words)
    elif every:
        asked.append(every)
    return Sought(every, tuple(asked), condition(loose) if loose is not None else "true")


def _reader_of(query: Query, context: Context) -> Callable[[Found], bool] | None:
    """Return what reads an event for the phrases asked for; None when there are none."""
    node = query.node
    if node is None or not query.phrases():
        return None

    phrases = query.phrases()
    words = [word for phrase in phrases for word in phrase.words]
    texts = frozenset(word.text for word in words)
    # No text without other signs than ASCII that is shorter than every phrase can hold one.
    least = min(sum(len(word.text) + 1 for word in phrase.words) - 1 for phrase in phrases)
    # Masking takes words out of texts and puts none in but this one: what has not even the words of
    # a phrase in one text need not be masked, which is dear, to be passed over.
    only_less = not denies_phrase(node) and all(word.text != WITHHELD for word in words)

    def told(event: Mapping[str, Any]) -> list[list[str]]:
        return [
            normalise.tokens(text)
            for text in strings(event)
            if (len(text) >= least or not text.isascii()) and may_hold(text, words)
        ]

    def reads(found: Found) -> bool:
        event = read_event(bytes(found.value or b""))
        matched = frozenset(found.matched or ())
        as_reported = told(event)
        if only_less and not fits(node, matched, as_reported, in_order=False):
            return False
        shown = redacted(
            found.kind, event, victims=context.victims, sources=context.sources, sought=texts
        )
        return fits(node, matched, as_reported if shown is event else told(shown))

    return reads


def _event(kind: str, value: bytes, context: Context) -> Mapping[str, Any]:
    event = read_event(bytes(value))
    return redacted(kind, event, victims=context.victims, sources=context.sources)


def _subjects(
    connection: psycopg.Connection[Any], positions: list[int]
) -> dict[RecordId, dict[str, Any]]:
    return {
        (position, ordinal): {"ordinal": ordinal, "kind": kind, "role": role, "label": label}
        for position, ordinal, kind, role, label in connection.execute(SUBJECTS, (positions,))
    }


def _facets(rows: Sequence[Found]) -> dict[str, dict[str, int]]:
    """Count the results by what their events are."""
    return {
        name: dict(Counter(map(attrgetter(name), rows)).most_common())
        for name in ("kind", "agency", "marking")
    }


def _shown(found: Found, event: Mapping[str, Any], query: Query) -> dict[str, Any]:
    words = query.words()
    return {
        "words": {"asked": len(words), "found": found.words},
        "score": found.score,
        "snippets": [
            {"text": one.text, "marks": one.marks}
            for one in snippets(event, {word.text for word in words})
        ],
    }
