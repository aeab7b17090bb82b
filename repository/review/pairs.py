"""The review queue: pairs that wait for a person, most valuable first."""

from typing import Any, LiteralString

import psycopg

from repository.access.audit import Who, record
from repository.linking.closure import entity_name
from repository.review.chances import Weighed, chances_of
from repository.review.value import Pair, impact, value

POOL = 2_000
"""So many of the most open pairs are valued; what is nearly certain can wait."""

# Pairs that the linker weighed high enough for a look and did not join, and those of victims across
# agencies although it joined them, these first. An officer's word takes a pair out; who was unsure
# leaves it in.
WAITING: LiteralString = """
WITH joined AS (
    SELECT x.position AS xp, x.ordinal AS xo, y.position AS yp, y.ordinal AS yo, p.weight
    FROM record x
    CROSS JOIN LATERAL (
        SELECT e.b AS other, e.weight FROM edge e WHERE e.a = x.description
        UNION ALL SELECT e.a, e.weight FROM edge e WHERE e.b = x.description
        UNION ALL SELECT d.number, d.own FROM description d WHERE d.number = x.description
    ) p
    JOIN record y ON y.description = p.other AND y.agency <> x.agency
        AND y.entity_position = x.entity_position AND y.entity_ordinal = x.entity_ordinal
    WHERE x.victim AND x.kind = 'person'
), candidate AS (
    SELECT a_position, a_ordinal, b_position, b_ordinal, weight, victim FROM review_candidate
    UNION
    SELECT CASE WHEN (xp, xo) < (yp, yo) THEN xp ELSE yp END,
           CASE WHEN (xp, xo) < (yp, yo) THEN xo ELSE yo END,
           CASE WHEN (xp, xo) < (yp, yo) THEN yp ELSE xp END,
           CASE WHEN (xp, xo) < (yp, yo) THEN yo ELSE xo END, weight, true
    FROM joined
), waiting AS (
    SELECT j.a_position, j.a_ordinal, j.b_position, j.b_ordinal, j.weight,
           j.victim AND a.agency <> b.agency AS needs_person,
           a.kind, a.agency AS a_agency, b.agency AS b_agency, a.label AS a_label,
           b.label AS b_label, a.role AS a_role, b.role AS b_role, j.victim,
           a.description AS a_description, b.description AS b_description,
           a.entity_position AS ep, a.entity_ordinal AS eo,
           b.entity_position AS fp, b.entity_ordinal AS fo
    FROM candidate j
    JOIN record a ON a.position = j.a_position AND a.ordinal = j.a_ordinal
    JOIN record b ON b.position = j.b_position AND b.ordinal = j.b_ordinal
    WHERE NOT EXISTS (
        SELECT FROM judgement p
        WHERE p.a_position = j.a_position AND p.a_ordinal = j.a_ordinal
          AND p.b_position = j.b_position AND p.b_ordinal = j.b_ordinal)
    ORDER BY needs_person DESC, abs(j.weight), 1, 2, 3, 4 LIMIT %(pool)s
)
SELECT w.*, e.agencies, e.events, e.urgencies, e.roles, u.by
FROM waiting w
CROSS JOIN LATERAL (
    SELECT count(DISTINCT r.agency) AS agencies, count(DISTINCT r.position) AS events,
           array_agg(DISTINCT v.urgency) AS urgencies, array_agg(DISTINCT r.role) AS roles
    FROM record r
    JOIN event_log l ON l.position = r.position
    JOIN event v ON v.agency = l.agency AND v.event_id = l.event_id
    WHERE (r.entity_position = w.ep AND r.entity_ordinal = w.eo)
       OR (r.entity_position = w.fp AND r.entity_ordinal = w.fo)
) e
LEFT JOIN LATERAL (
    SELECT string_agg(DISTINCT d.decided_by, ', ') AS by
    FROM review_word x JOIN review_decision d USING (decision_no)
    WHERE x.verdict = 0 AND x.a_position = w.a_position AND x.a_ordinal = w.a_ordinal
      AND x.b_position = w.b_position AND x.b_ordinal = w.b_ordinal
      AND NOT EXISTS (SELECT FROM review_decision n WHERE n.undoes = d.decision_no)
) u ON true
"""


def waiting(
    connection: psycopg.Connection[Any], who: Who, *, limit: int = 50, offset: int = 0
) -> tuple[list[dict[str, Any]], bool]:
    """Return pairs that wait for a person, as they should be taken, and whether there are more.

    What only a person may decide comes first, then by value; a pair about which somebody was
    unsure comes after all others. The look is on record before this returns.
    """
    with connection.transaction():
        rows = connection.execute(WAITING, {"pool": POOL}).fetchall()
        chances = chances_of(connection, [_stated(row) for row in rows])
        every = sorted(map(_pair, rows, chances), key=_place, reverse=True)
        found = every[offset : offset + limit]
        ids = sorted({one["entity"] for pair in found for one in pair["records"]})
        asked = {"review": limit} | ({"offset": offset} if offset else {})
        record(connection, who, "view", asked, ids=ids)
    return found, len(every) > offset + limit


def _place(one: dict[str, Any]) -> tuple[bool, bool, float]:
    return one["unsure"] is None, one["needs_person"], one["value"]


def _stated(row: Any) -> Weighed:
    weight, kind, a, b, ep, eo, fp, fo = (row[at] for at in (4, 6, 14, 15, 16, 17, 18, 19))
    return Weighed(kind, (a, (ep, eo)), (b, (fp, fo)), weight)


def _pair(row: Any, probability: float) -> dict[str, Any]:
    (ap, ao, bp, bo, weight, needs_person, kind, a_agency, b_agency, a_label, b_label, a_role,
     b_role, victim, _, _, ep, eo, fp, fo, agencies, events, urgencies, roles,
     unsure) = row  # fmt: skip
    pair = Pair(probability, agencies, events, frozenset(urgencies), frozenset(roles), needs_person)
    return {
        "pair": f"R{ap}-{ao}:R{bp}-{bo}",
        "kind": kind,
        "records": [
            {"record": f"R{ap}-{ao}", "agency": a_agency, "role": a_role, "label": a_label,
             "entity": entity_name((ep, eo))},
            {"record": f"R{bp}-{bo}", "agency": b_agency, "role": b_role, "label": b_label,
             "entity": entity_name((fp, fo))},
        ],
        "joined": (ep, eo) == (fp, fo),
        "weight": weight,
        "probability": round(probability, 6),
        "victim": victim,
        "needs_person": needs_person,
        "impact": round(impact(pair), 2),
        "value": value(pair)[1],
        "unsure": unsure,
    }  # fmt: skip
