"""The engine: candidates from the index, checked, ranked, counted, shown with what matched."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from operator import attrgetter
from typing import Any, LiteralString

import psycopg

from intelbus.reading import read_event
from repository.access.context import Context, context_of
from repository.access.redaction import redacted
from repository.access.sensitivity import sensitive_subjects
from repository.linking.closure import RecordId, entity_name
from repository.linking.copying import bigints
from repository.queries.entity import entities_seen
from repository.queries.snapshot import snapshot
from repository.search.codes import refuse_unknown
from repository.search.finding import Found, find, matched_ordinals
from repository.search.language import (
    FILTERS,
    Node,
    Query,
    QueryError,
    denies,
    filters_of,
    parse,
    unknown_filters,
)
from repository.search.listing import line
from repository.search.matching import Range, filter_ranges, needed, ranges
from repository.search.snippets import holding, snippets
from repository.search.spelling import near_ranges, spelled
from repository.search.statement import Sought

COUNTED = 1_000
"""Results are counted exactly up to here; beyond, only that there are more."""

SHOWN: LiteralString = """
SELECT l.position, e.value, l.event_id, l.source_reference, l.reported_at
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s::bigint[])
"""
# Of each event the roles that may be seen, some of them twice; a result counts under each.
ROLES: LiteralString = """
SELECT roles, count(*) FROM (
    SELECT string_agg(w.roles, ' ') AS roles FROM wording w
    WHERE w.position = ANY(%s::bigint[]) GROUP BY w.position
) AS of_event
GROUP BY roles
"""
SUBJECTS: LiteralString = """
SELECT position, ordinal, kind, role, label
FROM record WHERE position = ANY(%s::bigint[]) ORDER BY position, ordinal
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

    If nothing has all the words, what has some of them is returned and `relaxed` is true. Where
    nothing has a word as it is written, near `spellings` of it are looked for as well. Only
    versions that stand are found. A subject that matched is shown with its entity, `entity` of the
    others is null: `ukhtc event show` has theirs. `linked` is false of an event whose subjects the
    linker has not come to yet, so that none is shown. Raises QueryError.
    """
    query, given = _asked(text, filters)
    with snapshot(connection):
        context = context_of(connection)
        near = near_ranges(connection, spelled(query))
        sought = _sought(query, query.node, given, near, postings=context.postings)
        rows, some = find(connection, sought, COUNTED), False
        if not rows and _all_words(query):
            sought = _sought(query, None, given, near, postings=context.postings)
            some = True
            rows = find(connection, sought, COUNTED, some=True)
        words = {word.text for word in query.words()} | {one.low for one in near}
        counted = rows[:COUNTED]
        page = counted[offset : offset + limit]
        shown = bigints(one.position for one in page)
        roles = _roles(connection, counted)
        subjects = _subjects(connection, shown)
        told = {position: rest for position, *rest in connection.execute(SHOWN, (shown,))}
        matched = matched_ordinals(connection, sought, shown) if page else {}
        named = {(at, ordinal) for at, found in matched.items() for ordinal in found}
        entities = entities_seen(connection, sorted(named & {*subjects}))
    known = {position for position, _ in subjects}
    results = []
    for one in page:
        value, *rest = told[one.position]
        whole = read_event(bytes(value))
        event = _as_seen(one.kind, whole, context, words)
        linked = one.position in known or not _seen_subjects(whole, context)
        results.append(line(one, *rest) | _shown(one, event, query, words) | {"linked": linked})
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
        "spellings": _spellings(near),
        "count": len(counted),
        "more": len(rows) > COUNTED,
        "facets": {**_facets(counted), "role": roles},
        "results": results,
    }


def matches(
    connection: psycopg.Connection[Any],
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> list[Found]:
    """Return what has all that is asked for as it is written, best first; more than COUNTED where
    more does.

    Raises QueryError.
    """
    return _matching(connection, text, filters, nearly=False)[0]


def matches_nearly(
    connection: psycopg.Connection[Any],
    text: str,
    filters: Mapping[str, Sequence[str]] | None = None,
) -> tuple[list[Found], list[str]]:
    """Return what `search` finds that has all that is asked for, as `matches` does, and the near
    spellings that were looked for as well. Raises QueryError.
    """
    found, near = _matching(connection, text, filters, nearly=True)
    return found, _spellings(near)


def _matching(
    connection: psycopg.Connection[Any],
    text: str,
    filters: Mapping[str, Sequence[str]] | None,
    *,
    nearly: bool,
) -> tuple[list[Found], Sequence[Range]]:
    query, given = _asked(text, filters)
    with snapshot(connection):
        near = near_ranges(connection, spelled(query)) if nearly else ()
        postings = context_of(connection).postings
        sought = _sought(query, query.node, given, near, postings=postings)
        return find(connection, sought, COUNTED), near


def _spellings(near: Iterable[Range]) -> list[str]:
    return sorted({one.low for one in near})


def _asked(
    text: str, filters: Mapping[str, Sequence[str]] | None
) -> tuple[Query, dict[str, tuple[str, ...]]]:
    """Return a query, and all its filters with those that stand beside it.

    Raises QueryError, also for a filter that there is not: passed over, more would be found.
    """
    query = parse(text, beside=any((filters or {}).values()))
    if unknown := unknown_filters(filters or ()):
        raise QueryError(f"no filter is called {unknown}", hint=f"use one of {', '.join(FILTERS)}")
    wanted = {
        name: (*query.filters.get(name, ()), *(filters or {}).get(name, ())) for name in FILTERS
    }
    given = {name: values for name, values in wanted.items() if values}
    refuse_unknown(given)
    for within in filters_of(query.node):
        refuse_unknown(dict(within.of))
    if query.node is None and not given:
        raise QueryError("nothing is asked for", hint="for example: ionescu kind:vehicle")
    return query, given


def _all_words(query: Query) -> bool:
    """Return whether the query is plain words, so that some of them may do."""
    if query.node is None:
        return False
    plain = not query.phrases() and not denies(query.node) and not any(filters_of(query.node))
    return plain and len(query.words()) > 1


def _sought(
    query: Query,
    node: Node | None,
    filters: Mapping[str, Sequence[str]],
    near: Sequence[Range] = (),
    *,
    postings: str,
) -> Sought:
    """Return what to look for in the index: all that `node` needs, or any of the words. What is
    `near` stands for words too.
    """
    words: dict[int, list[Range]] = {}
    for one in (*ranges(query), *near):
        words.setdefault(one.number, []).append(one)
    every = tuple(one for of_word in words.values() for one in of_word)
    asked = list(filter_ranges(filters))
    if node is not None:
        asked += needed(node, words)
    elif every:
        asked.append(every)
    return Sought(every, tuple(asked), node, postings)


def _seen_subjects(event: Mapping[str, Any], context: Context) -> bool:
    """Return whether an event has subjects that a reader may see."""
    every = len(event.get("subjects", ()))
    return every > 0 and (context.victims or every > len(sensitive_subjects(event)))


def _as_seen(
    kind: str, event: Mapping[str, Any], context: Context, words: Set[str]
) -> Mapping[str, Any]:
    """Return an event as far as passages are shown of it."""
    return redacted(
        kind,
        event,
        victims=context.victims,
        sources=context.sources,
        shows=holding(words),
    )


def _subjects(
    connection: psycopg.Connection[Any], positions: str
) -> dict[RecordId, dict[str, Any]]:
    return {
        (position, ordinal): {"ordinal": ordinal, "kind": kind, "role": role, "label": label}
        for position, ordinal, kind, role, label in connection.execute(SUBJECTS, (positions,))
    }


def _roles(connection: psycopg.Connection[Any], rows: Sequence[Found]) -> dict[str, int]:
    """Count the results by the roles in their events, the most frequent first."""
    counted: Counter[str] = Counter()
    for roles, count in connection.execute(ROLES, (bigints(one.position for one in rows),)):
        for role in set(roles.split()):
            counted[role] += count
    return dict(sorted(counted.items(), key=lambda one: (-one[1], one[0])))


def _facets(rows: Sequence[Found]) -> dict[str, dict[str, int]]:
    """Count the results by what their events are."""
    names = ("kind", "agency", "marking")
    alike = Counter(map(attrgetter(*names), rows))  # a thousand results, some tens of sorts
    facets: dict[str, dict[str, int]] = {}
    for at, name in enumerate(names):
        counted: Counter[str] = Counter()
        for values, count in alike.items():
            counted[values[at]] += count
        facets[name] = dict(counted.most_common())
    return facets


def _shown(found: Found, event: Mapping[str, Any], query: Query, words: Set[str]) -> dict[str, Any]:
    return {
        "words": {"asked": len(query.words()), "found": found.words},
        "score": found.score,
        "snippets": [{"text": one.text, "marks": one.marks} for one in snippets(event, words)],
    }
