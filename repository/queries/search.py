"""Search: which records and events hold the words asked for, by postings."""

from typing import Any, LiteralString

import psycopg

from repository.linking import normalise
from repository.linking.closure import entity_name

# A word with a digit is likely part of an identifier, so that a few characters are enough.
PREFIX_LENGTH_OF_WORDS = 4
PREFIX_LENGTH_OF_NUMBERS = 3
LAST = "\U0010ffff"

# `words` numbers what was asked; a range `term >= low AND term < high` finds a prefix by index.
SEARCH: LiteralString = """
WITH word AS (
    SELECT * FROM unnest(%(numbers)s::int[], %(lows)s::text[], %(highs)s::text[])
        AS w(number, low, high)
), hit AS (
    SELECT p.position, p.ordinal, count(DISTINCT w.number) AS matched,
           count(DISTINCT w.number) FILTER (WHERE p.term = w.low) AS exact
    FROM word w JOIN posting p ON p.term >= w.low AND p.term < w.high
    GROUP BY p.position, p.ordinal
)
SELECT h.position, h.ordinal, h.matched, e.agency, e.event_id, e.kind, e.source_reference,
       e.reported_at, r.kind, r.role, r.label, r.entity_position, r.entity_ordinal
FROM hit h
JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
LEFT JOIN record r ON r.position = h.position AND r.ordinal = h.ordinal
WHERE (%(kind)s::text IS NULL OR e.kind = %(kind)s OR r.kind = %(kind)s)
  AND (%(agency)s::text IS NULL OR e.agency = %(agency)s)
ORDER BY h.matched DESC, h.exact DESC, e.reported_at DESC, h.position, h.ordinal
LIMIT %(limit)s
"""


def words_of(query: str) -> list[tuple[int, str, str]]:
    """Return (number, low, high) for each word of a query: terms from `low` to before `high`.

    All the words run together are one more way to match, so that `AB12 CDE` finds `ab12cde`, and
    it counts as all of them.
    """
    words = normalise.tokens(query)
    found = []
    for number, word in enumerate(words):
        long_enough = len(word) >= (
            PREFIX_LENGTH_OF_NUMBERS if any(c.isdigit() for c in word) else PREFIX_LENGTH_OF_WORDS
        )
        found.append((number, word, word + (LAST if long_enough else "\x01")))
    if len(words) > 1:
        joined = "".join(words)
        found += [(number, joined, joined + LAST) for number in range(len(words))]
    if words and "".join(words).isdigit() and (telephone := normalise.telephone(query)):
        digits = telephone.lstrip("+")
        found += [(number, digits, digits + LAST) for number in range(len(words))]
    return found


def search(
    connection: psycopg.Connection[Any],
    query: str,
    *,
    kind: str | None = None,
    agency: str | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """Return what matches, most words first, then whole words before beginnings, then newest.

    `kind` is a kind of event or of subject. Only versions that stand are found.
    """
    words = words_of(query)
    wanted = {
        "numbers": [number for number, _, _ in words],
        "lows": [low for _, low, _ in words],
        "highs": [high for _, _, high in words],
        "kind": kind,
        "agency": agency,
        "limit": limit,
    }
    return [
        {
            "position": position,
            "matched": matched,
            "words": len({number for number, _, _ in words}),
            "agency": of_agency,
            "event_id": str(event_id),
            "event_kind": event_kind,
            "source_reference": reference,
            "reported_at": reported_at.isoformat(),
            "subject": subject,
            "role": role,
            "label": label,
            "entity": entity_name((ep, eo)) if subject else None,
        }
        for position, ordinal, matched, of_agency, event_id, event_kind, reference, reported_at,
        subject, role, label, ep, eo in connection.execute(SEARCH, wanted)
    ]  # fmt: skip
