"""Chaining the audit, and verifying it. The sequencer calls `chain_once` as it goes."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString

import psycopg

from intelbus.keys import SigningKey
from repository.access.evidence import START, Checkpoint, Fault, Row, faults, linked, signed
from repository.stages import lock_stage

BATCH = 1000
SIGN_EVERY = timedelta(seconds=10)

COLUMNS = (
    "audit_no", "at", "reader", "organisation", "os_user", "credential", "purpose", "operation",
    "asked", "outcome", "ids", "rights",
)  # fmt: skip
_CONTENT: LiteralString = """
a.audit_no, a.at, a.reader, a.organisation, a.os_user, a.credential, a.purpose, a.operation,
a.asked, a.outcome, a.ids, a.rights::text
"""
TAKE: LiteralString = """
WITH taken AS (
    DELETE FROM audit_queue WHERE audit_no = ANY (ARRAY(
        SELECT audit_no FROM audit_queue ORDER BY audit_no LIMIT %s
    )) RETURNING audit_no
)
SELECT {} FROM taken JOIN audit a USING (audit_no) ORDER BY a.audit_no
""".replace("{}", _CONTENT)
# Whether rows wait to be chained, and whether some are chained that no checkpoint covers.
TO_DO: LiteralString = """
SELECT EXISTS (SELECT FROM audit_queue),
       coalesce((SELECT max(position) FROM audit_log), 0)
           > coalesce((SELECT max(size) FROM audit_checkpoint), 0)
"""
END: LiteralString = "SELECT position, link FROM audit_log ORDER BY position DESC LIMIT 1"
SIGNED: LiteralString = """
SELECT size, link, signed_at, signature FROM audit_checkpoint ORDER BY size
"""
NEWEST: LiteralString = "SELECT size, signed_at FROM audit_checkpoint ORDER BY size DESC LIMIT 1"
CHAINED: LiteralString = """
SELECT l.position, l.audit_no, l.link, {}
FROM audit_log l LEFT JOIN audit a USING (audit_no) ORDER BY l.position
""".replace("{}", _CONTENT)
# Rows of the audit that neither the chain nor its queue knows, and what the index of ids has that
# the rows have not, or the other way round.
STRAY: LiteralString = """
SELECT audit_no, 'is in no chain' FROM audit a
WHERE NOT EXISTS (SELECT FROM audit_log l WHERE l.audit_no = a.audit_no)
  AND NOT EXISTS (SELECT FROM audit_queue q WHERE q.audit_no = a.audit_no)
UNION ALL
(SELECT audit_no, 'cannot be found by all its ids' FROM (
    SELECT audit_no, unnest(ids) AS id FROM audit EXCEPT SELECT audit_no, id FROM audit_seen) m)
UNION ALL
(SELECT audit_no, 'is found by ids that it has not' FROM (
    SELECT audit_no, id FROM audit_seen EXCEPT SELECT audit_no, unnest(ids) FROM audit) m)
"""


def chain_once(
    connection: psycopg.Connection[Any],
    *,
    key: SigningKey | None = None,
    now: datetime | None = None,
    batch: int = BATCH,
) -> int:
    """Chain up to `batch` rows of the audit that are committed and not chained; return how many.

    With the centre's key, where the chain has got to is signed every SIGN_EVERY.
    1 lock, so that no two chain at once · 2 read the chain's end, after the lock · 3 move from the
    queue to the chain · 4 sign, commit.
    """
    moment = now or datetime.now(UTC)
    waiting, unsigned = connection.execute(TO_DO).fetchone() or (False, False)
    if not waiting and not (unsigned and key):
        return 0
    with connection.transaction():
        lock_stage(connection, "audit")
        position, link = connection.execute(END).fetchone() or (0, START)
        before, link = position, bytes(link)
        rows = []
        for row in connection.execute(TAKE, (batch,)).fetchall():
            position += 1
            link = linked(link, position, dict(zip(COLUMNS, row, strict=True)))
            rows.append((position, row[0], link))
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO audit_log (position, audit_no, link) VALUES (%s, %s, %s)", rows
            )
        if key is not None:
            _sign(connection, key, position, link, moment)
    return position - before


def _sign(
    connection: psycopg.Connection[Any], key: SigningKey, size: int, link: bytes, now: datetime
) -> None:
    before, at = connection.execute(NEWEST).fetchone() or (0, None)
    if size > before and (at is None or now - at >= SIGN_EVERY):
        one = signed(key, size, link, now=now)
        connection.execute(
            "INSERT INTO audit_checkpoint (size, link, signed_at, signature)"
            " VALUES (%s, %s, %s, %s)",
            (one.size, one.link, one.signed_at, one.signature),
        )


def checkpoints(connection: psycopg.Connection[Any]) -> list[Checkpoint]:
    """Return every checkpoint, the smallest first."""
    return [
        Checkpoint(size, bytes(link), at, bytes(signature))
        for size, link, at, signature in connection.execute(SIGNED)
    ]


def stored_faults(
    connection: psycopg.Connection[Any],
    public_keys: Collection[bytes],
    kept: Checkpoint | None = None,
) -> list[Fault]:
    """Return everything that is wrong with the stored audit.

    `kept` is a checkpoint that was kept elsewhere: it finds an end that was cut off together with
    what was signed of it.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        known = checkpoints(connection)
        signed_for = [*known, kept] if kept and kept not in known else known
        found = list(faults(_chained(connection), signed_for, public_keys))
        if kept and not any(one.size == kept.size and one.link == kept.link for one in known):
            found.append(Fault(kept.size, "the checkpoint that was kept elsewhere is not here"))
        found += [
            Fault(0, f"row {audit_no} {what}")
            for audit_no, what in connection.execute(STRAY).fetchall()
        ]
    return found


def _chained(connection: psycopg.Connection[Any]) -> Iterator[Row]:
    with connection.cursor(name="audit_chain") as cursor:
        cursor.itersize = 5000
        for position, audit_no, link, *content in cursor.execute(CHAINED):
            whole = dict(zip(COLUMNS, content, strict=True))
            there = whole["audit_no"] is not None
            yield Row(position, audit_no, bytes(link), whole if there else None)
