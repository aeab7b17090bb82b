"""Corroboration: the independent origins behind reports, as the connection's reader sees them.

Plain SQL over the caller's connection: relays, citations and versions that the reader may not see
are not there, and a cited report that is not there counts as its agency's, held or not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, LiteralString

import psycopg

from repository.amendments import Status, standing_of
from repository.relays.origins import Cites, Corroboration, Graph, Repeats, Version
from repository.relays.suggestion import Graded, suggestions

ROUNDS = 6
MOST = 5_000
"""Reports reached from those asked about: so many steps of repeating, and so many in all."""

# Both ways, since a report told first may stand in a row as the one that repeats: its correction.
REACHED: LiteralString = """
SELECT r.of_position FROM relay r JOIN telling t ON t.position = r.of_position
WHERE r.position = ANY(%(at)s) AND r.verdict = 1
UNION SELECT r.position FROM relay r JOIN telling t ON t.position = r.position
WHERE r.of_position = ANY(%(at)s) AND r.verdict = 1
UNION SELECT v.position FROM telling t
JOIN telling v ON v.agency = t.agency AND v.root_event_id = t.root_event_id
WHERE t.position = ANY(%(at)s)
UNION SELECT s.first_position FROM restatement s JOIN telling t ON t.position = s.first_position
WHERE s.position = ANY(%(at)s)
"""
VERSIONS: LiteralString = """
SELECT position, agency, root_event_id, event_id, name, reported_at, asserts, source
FROM telling WHERE position = ANY(%s)
"""
RELAYS: LiteralString = """
SELECT position, of_position, kind, verdict FROM relay
WHERE position = ANY(%(at)s) AND of_position = ANY(%(at)s)
"""
CITATIONS: LiteralString = """
SELECT position, name, event_id FROM citation WHERE position = ANY(%s) ORDER BY position, ordinal
"""
RESTATEMENTS: LiteralString = """
SELECT position, first_position FROM restatement WHERE position = ANY(%s)
"""
GRADES: LiteralString = """
SELECT l.position, e.grading_scheme, e.information_grade
FROM event_log l JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE l.position = ANY(%s)
"""


def read_graph(connection: psycopg.Connection[Any], positions: Iterable[int]) -> Graph:
    """Return who repeats whom around these positions, a few steps far."""
    reached = set(positions)
    new = reached
    for _ in range(ROUNDS):
        rows = connection.execute(REACHED, {"at": sorted(new)}).fetchall()
        new = {position for (position,) in rows} - reached
        if not new:
            break
        reached |= new
        if len(reached) > MOST:
            break
    at = sorted(reached)
    rows = connection.execute(VERSIONS, (at,)).fetchall()
    families = sorted({(agency, root) for _, agency, root, *_ in rows})
    standing = standing_of(connection, families)
    return Graph(
        [
            Version(
                position=position,
                agency=agency,
                root_event_id=root,
                event_id=event_id,
                name=name,
                reported_at=reported_at,
                asserts=asserts,
                source=source,
                stands=standing.get(position) is Status.CURRENT,
            )
            for position, agency, root, event_id, name, reported_at, asserts, source in rows
        ],
        [Repeats(*row) for row in connection.execute(RELAYS, {"at": at})],
        [Cites(*row) for row in connection.execute(CITATIONS, (at,))],
        dict(connection.execute(RESTATEMENTS, (at,)).fetchall()),
    )


def corroboration(connection: psycopg.Connection[Any], positions: Iterable[int]) -> Corroboration:
    """Return what stands behind the reports at these positions."""
    asked = list(positions)
    return read_graph(connection, asked).corroboration(asked)


def corroborations(
    connection: psycopg.Connection[Any], groups: Mapping[Any, Iterable[int]]
) -> dict[Any, Corroboration]:
    """Return what stands behind each group of positions; the database is asked once for all."""
    asked = {key: list(positions) for key, positions in groups.items()}
    graph = read_graph(connection, {p for positions in asked.values() for p in positions})
    return {key: graph.corroboration(positions) for key, positions in asked.items()}


def shown(found: Corroboration) -> dict[str, Any]:
    """Return a corroboration as readers see it.

    Nothing is told of an agency's own sources, nor who is cited whose report is not here: that is
    for whoever may read the provenance itself. That one report repeats another is told to all who
    may see both, or they would count an echo.
    """
    return {
        "independent": found.independent,
        "origins": [
            {
                "agency": origin.agency if origin.held else None,
                "held": origin.held,
                "positions": list(origin.positions),
            }
            for origin in found.origins
        ],
        "echoes": [
            {"position": position, "of": list(of)} for position, of in sorted(found.echoes.items())
        ],
        "unsure": [list(pair) for pair in found.unsure],
        "without_origin": list(found.baseless),
    }


def entity_corroboration(
    connection: psycopg.Connection[Any], members: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Return what stands behind an entity's members (as `show_entity` lists them): in all, for each
    role that it is given, and what may be suggested of its reports' evaluations.
    """
    positions = {one["position"] for one in members}
    roles: dict[str, set[int]] = {}
    for one in members:
        roles.setdefault(one["role"], set()).add(one["position"])
    graph = read_graph(connection, positions)
    claims = {role: graph.corroboration(at) for role, at in sorted(roles.items())}
    graded = {
        row[0]: Graded(*row) for row in connection.execute(GRADES, (sorted(positions),)).fetchall()
    }
    return {
        **shown(graph.corroboration(positions)),
        "claims": [
            {"role": role, "independent": found.independent, "positions": sorted(roles[role])}
            for role, found in claims.items()
        ],
        "suggestions": [
            {"role": role, **asdict(one)}
            for role, found in claims.items()
            for one in suggestions(found, [graded[p] for p in sorted(roles[role]) if p in graded])
        ],
    }
