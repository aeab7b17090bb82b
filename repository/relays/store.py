"""The relays stage's SQL: writing tellings, and finding what may be alike."""

from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.types.json import Jsonb

from repository.relays.bands import bands_of
from repository.relays.evidence import WINDOW, Likeness
from repository.relays.formulas import COMMON
from repository.relays.telling import Telling
from repository.relays.wording import Passage

# A version is compared with at most so many others a band, and so many before and after it in time
# a subject, so that the hottest hotel in the country costs a batch no more than any other.
COMPARED_PER_BAND = 64
COMPARED_PER_SUBJECT = 32

COPY_TELLING: LiteralString = """
COPY telling (position, agency, root_event_id, event_id, name, reported_at, asserts, source,
              subjects) FROM STDIN
"""
BY_BAND: LiteralString = """
SELECT DISTINCT n.position, o.position
FROM unnest(%(bands)s::bigint[], %(positions)s::bigint[]) AS n(band, position)
CROSS JOIN LATERAL (
    SELECT k.position FROM passage_band k
    WHERE k.band = n.band AND k.position <> n.position
    ORDER BY k.position DESC LIMIT %(limit)s
) o
"""
BY_SUBJECT: LiteralString = """
SELECT DISTINCT n.position, o.position
FROM unnest(%(subjects)s::bigint[], %(moments)s::timestamptz[], %(positions)s::bigint[])
     AS n(subject, reported_at, position)
CROSS JOIN LATERAL (
    (SELECT k.position FROM telling_subject k
     WHERE k.subject = n.subject
       AND (k.reported_at, k.position) < (n.reported_at, n.position)
       AND k.reported_at >= n.reported_at - %(window)s
     ORDER BY k.reported_at DESC, k.position DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT k.position FROM telling_subject k
     WHERE k.subject = n.subject
       AND (k.reported_at, k.position) > (n.reported_at, n.position)
       AND k.reported_at <= n.reported_at + %(window)s
     ORDER BY k.reported_at, k.position LIMIT %(limit)s)
) o
"""
TELLINGS: LiteralString = """
SELECT t.position, t.agency, t.root_event_id, t.event_id, t.name, t.reported_at, t.asserts,
       t.source, t.subjects
FROM telling t WHERE t.position = ANY(%s)
"""
PASSAGES: LiteralString = """
SELECT position, words, digest, shingles FROM passage WHERE position = ANY(%s)
ORDER BY position, digest
"""
# Both ways: whom the new versions cite, and who has cited them before they came.
CITED: LiteralString = """
SELECT c.position, t.position FROM citation c JOIN telling t ON t.name = c.name
WHERE c.position = ANY(%(positions)s) AND t.position <> c.position
UNION SELECT c.position, t.position FROM citation c JOIN telling t ON t.event_id = c.event_id
WHERE c.position = ANY(%(positions)s) AND t.position <> c.position
UNION SELECT c.position, t.position FROM telling t JOIN citation c ON c.name = t.name
WHERE t.position = ANY(%(positions)s) AND t.position <> c.position
UNION SELECT c.position, t.position FROM telling t JOIN citation c ON c.event_id = t.event_id
WHERE t.position = ANY(%(positions)s) AND t.position <> c.position
"""
WRITE_RELAY: LiteralString = """
INSERT INTO relay (position, of_position, kind, verdict, score, why)
VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""
KNOWN_FORMULAS: LiteralString = "SELECT digest FROM formula WHERE digest = ANY(%s)"
NEW_FORMULAS: LiteralString = """
INSERT INTO formula (digest)
SELECT digest FROM passage WHERE digest = ANY(%s)
GROUP BY digest HAVING count(DISTINCT subject) >= %s
RETURNING digest
"""
HOLDERS: LiteralString = "SELECT position, shingles FROM passage WHERE digest = ANY(%s)"
DROP_BANDS: LiteralString = """
DELETE FROM passage_band b USING unnest(%s::bigint[], %s::bigint[]) AS d(band, position)
WHERE b.band = d.band AND b.position = d.position
"""
DROP_LIKENESSES: LiteralString = """
DELETE FROM relay WHERE kind <> 'cited' AND (position = ANY(%(at)s) OR of_position = ANY(%(at)s))
RETURNING position, of_position
"""

FORGET: tuple[LiteralString, ...] = (
    """DELETE FROM passage_band b USING telling t
    WHERE t.position = ANY(%(positions)s) AND b.position = t.position""",
    """DELETE FROM telling_subject s USING telling t WHERE t.position = ANY(%(positions)s)
    AND s.subject = ANY(t.subjects) AND s.reported_at = t.reported_at
    AND s.position = t.position""",
    "DELETE FROM passage WHERE position = ANY(%(positions)s)",
    "DELETE FROM stated_relation WHERE position = ANY(%(positions)s)",
    "DELETE FROM citation WHERE position = ANY(%(positions)s)",
    "DELETE FROM relay WHERE position = ANY(%(positions)s) OR of_position = ANY(%(positions)s)",
    "DELETE FROM telling WHERE position = ANY(%(positions)s)",
)

Pairs = set[tuple[int, int]]


def known_formulas(
    connection: psycopg.Connection[Any], tellings: Iterable[Telling]
) -> frozenset[int]:
    """Return which of the tellings' passages are known to be formulas."""
    digests = sorted({one.digest for telling in tellings for one in telling.passages})
    return frozenset(row[0] for row in connection.execute(KNOWN_FORMULAS, (digests,)))


def write(connection: psycopg.Connection[Any], tellings: Sequence[Telling]) -> Pairs:
    """Copy tellings in, then return the pairs that may be alike: by a band or a subject."""
    with connection.cursor() as cursor:
        with cursor.copy(COPY_TELLING) as copy:
            for one in tellings:
                copy.write_row((
                    *(one.position, one.agency, one.root_event_id, one.event_id, one.name),
                    *(one.reported_at, one.asserts, one.source, sorted(one.subjects)),
                ))  # fmt: skip
        with cursor.copy("COPY citation (position, ordinal, name, event_id) FROM STDIN") as copy:
            for one in tellings:
                for ordinal, cited in enumerate(one.citations):
                    copy.write_row((one.position, ordinal, cited.name, cited.event_id))
        with cursor.copy(
            "COPY stated_relation (position, from_ordinal, to_ordinal, kind) FROM STDIN"
        ) as copy:
            for one in tellings:
                for relation in one.relations:
                    copy.write_row((one.position, *relation))
        worded = [one for one in tellings if one.passages]
        with cursor.copy(
            "COPY passage (position, digest, words, subject, shingles) FROM STDIN"
        ) as copy:
            for one in worded:
                least = min(one.subjects, default=None)
                for p in one.passages:
                    copy.write_row((one.position, p.digest, p.words, least, sorted(p.shingles)))
        with cursor.copy("COPY telling_subject (subject, reported_at, position) FROM STDIN") as copy:  # fmt: skip # noqa: E501
            for one in worded:
                for subject in one.subjects:
                    copy.write_row((subject, one.reported_at, one.position))
        bands = _bands(worded)
        with cursor.copy("COPY passage_band (band, position) FROM STDIN") as copy:
            for band, position in bands:
                copy.write_row((band, position))
    return _candidates(connection, worded, bands)


def _bands(tellings: Sequence[Telling]) -> list[tuple[int, int]]:
    passages = [(one.position, p) for one in tellings for p in one.passages]
    made = bands_of(p.shingles for _, p in passages)
    pairs = zip(passages, made, strict=True)
    return sorted({(band, position) for (position, _), bands in pairs for band in bands})


def _candidates(
    connection: psycopg.Connection[Any],
    worded: Sequence[Telling],
    bands: Sequence[tuple[int, int]],
) -> Pairs:
    by_band = {
        "bands": [band for band, _ in bands],
        "positions": [position for _, position in bands],
        "limit": COMPARED_PER_BAND,
    }
    subjects = [(subject, one) for one in worded for subject in sorted(one.subjects)]
    by_subject = {
        "subjects": [subject for subject, _ in subjects],
        "moments": [one.reported_at for _, one in subjects],
        "positions": [one.position for _, one in subjects],
        "window": WINDOW,
        "limit": COMPARED_PER_SUBJECT,
    }
    found = connection.execute(BY_BAND, by_band).fetchall()
    found += connection.execute(BY_SUBJECT, by_subject).fetchall()
    return {(min(pair), max(pair)) for pair in found}


def read_tellings(
    connection: psycopg.Connection[Any], positions: Iterable[int]
) -> dict[int, Telling]:
    """Return stored tellings with their passages; citations, matched in SQL, are left out."""
    wanted = sorted(positions)
    passages: dict[int, list[Passage]] = {}
    for position, words, digest, shingles in connection.execute(PASSAGES, (wanted,)):
        one = Passage(words, digest, frozenset(shingles))
        passages.setdefault(position, []).append(one)
    return {
        position: Telling(
            position=position,
            agency=agency,
            root_event_id=root,
            event_id=event_id,
            name=name,
            reported_at=reported_at,
            asserts=asserts,
            source=source,
            subjects=frozenset(subjects),
            citations=(),
            passages=tuple(passages.get(position, ())),
        )
        for position, agency, root, event_id, name, reported_at, asserts, source, subjects in (
            connection.execute(TELLINGS, (wanted,))
        )
    }


def cited(connection: psycopg.Connection[Any], positions: Sequence[int]) -> Pairs:
    """Return (citing, cited) wherever one of the two is at these positions."""
    return set(connection.execute(CITED, {"positions": list(positions)}).fetchall())


def write_relays(
    connection: psycopg.Connection[Any], found: Iterable[tuple[tuple[int, int], Likeness]]
) -> None:
    """Store what was found of (relaying, relayed) pairs."""
    with connection.cursor() as cursor:
        cursor.executemany(
            WRITE_RELAY,
            [
                (*pair, one.kind, int(one.verdict), one.score, Jsonb(dict(one.why)))
                for pair, one in found
            ],
        )


def drop_new_formulas(connection: psycopg.Connection[Any], tellings: Sequence[Telling]) -> Pairs:
    """Take out passages that have become formulas; return the pairs to be compared again."""
    digests = sorted({one.digest for telling in tellings for one in telling.passages})
    new = [row[0] for row in connection.execute(NEW_FORMULAS, (digests, COMMON))]
    if not new:
        return set()
    holders = connection.execute(HOLDERS, (new,)).fetchall()
    at = [position for position, _ in holders]
    bands = bands_of(shingles for _, shingles in holders)
    dropped = [(band, position) for position, own in zip(at, bands, strict=True) for band in own]
    connection.execute(DROP_BANDS, ([band for band, _ in dropped], [p for _, p in dropped]))
    connection.execute("DELETE FROM passage WHERE digest = ANY(%s)", (new,))
    return set(connection.execute(DROP_LIKENESSES, {"at": at}).fetchall())
