"""The outbox: an agency's events on disk before anything is sent, so that nothing is lost or said
twice.

SQLite in WAL mode, synced at every commit. One process writes at a time. A sealed message is never
sealed again: a retry or a restart sends the same bytes.
"""

import fcntl
import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from intelbus.errors import ConfigurationError
from intelbus.message import (
    Headers,
    OutgoingMessage,
    headers_from_text,
    headers_to_text,
    stream_key,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
OUTBOX_FILE = "outbox.sqlite"

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stream (
    topic TEXT PRIMARY KEY, stream TEXT NOT NULL, next_sequence INTEGER NOT NULL,
    last_root BLOB, partition INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS identity (
    kind TEXT NOT NULL, source_reference TEXT NOT NULL, event_id TEXT NOT NULL,
    content_digest BLOB NOT NULL, topic TEXT NOT NULL,
    reported_at INTEGER NOT NULL, PRIMARY KEY (kind, source_reference)
) STRICT;
CREATE INDEX IF NOT EXISTS identity_event ON identity (event_id);
CREATE TABLE IF NOT EXISTS event (
    topic TEXT NOT NULL, sequence INTEGER NOT NULL, event_id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, source_reference TEXT NOT NULL, published_at TEXT NOT NULL,
    value BLOB NOT NULL, headers TEXT NOT NULL, sealed INTEGER NOT NULL DEFAULT 0,
    acked_offset INTEGER, outcome TEXT, reason TEXT, advice TEXT,
    revision INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (topic, sequence)
) STRICT;
CREATE TABLE IF NOT EXISTS notice (
    notice_id TEXT PRIMARY KEY, revision INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS event_unacked ON event (topic, sequence) WHERE acked_offset IS NULL;
CREATE INDEX IF NOT EXISTS event_unsealed ON event (topic, sequence) WHERE sealed = 0;
"""
HAS_REPORTED = "SELECT 1 FROM pragma_table_info('identity') WHERE name = 'reported_at'"
ADD_REPORTED = "ALTER TABLE identity ADD COLUMN reported_at INTEGER NOT NULL DEFAULT 0"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a source reference stands for: its first event, what was said last, the latest time of
    reporting.
    """

    event_id: UUID
    content_digest: bytes
    topic: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of this outbox: one a topic, its identifier random for each outbox."""

    topic: str
    stream: UUID
    next_sequence: int
    last_root: bytes | None
    partition: int | None


@dataclass(frozen=True, slots=True)
class Queued:
    """An event in the outbox, sealed or not."""

    sequence: int
    event_id: UUID
    kind: str
    value: bytes
    headers: Headers


class Outbox:
    """The outbox in one file. Every change is inside `transaction()`."""

    def __init__(self, path: Path, agency: str, *, publishing: bool = True) -> None:
        """Open or make the file. Raises ConfigurationError when it is in use or another's.

        Only one process may be `publishing`; others may look, and keep receipts, meanwhile.
        """
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._lock = path.with_suffix(".lock").open("a")
            if publishing:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigurationError(
                "another process is publishing from this outbox",
                subject=str(path),
                hint="wait for it to end, or give this one its own INTELBUS_HOME",
            ) from None
        except OSError as error:
            raise ConfigurationError(
                f"the outbox cannot be opened: {error.strerror}", subject=str(path)
            ) from error
        self._turn = threading.RLock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(SCHEMA)
            if not self._db.execute(HAS_REPORTED).fetchone():  # made by an earlier version
                self._db.execute(ADD_REPORTED)
        except sqlite3.DatabaseError as error:
            raise ConfigurationError(
                f"the outbox is damaged: {error}",
                subject=str(path),
                hint="keep the file for examination and start with an empty one: a new stream",
            ) from error
        owner = self.meta("agency")
        if owner is None:
            with self.transaction():
                self.set_meta("agency", agency)
        elif owner != agency:
            raise ConfigurationError(
                f"this outbox belongs to {owner}, not to {agency}", subject=str(path)
            )

    def close(self) -> None:
        """Close the file and give up the lock."""
        with self._turn:
            self._db.close()
        self._lock.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all changes made within, durably, or none. Inner ones join the outer."""
        with self._turn:  # one thread at a time: they share the connection
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def meta(self, name: str) -> str | None:
        """Return a kept value."""
        row = self._db.execute("SELECT value FROM meta WHERE name = ?", [name]).fetchone()
        return None if row is None else str(row[0])

    def set_meta(self, name: str, value: str) -> None:
        """Keep a value."""
        self._db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [name, value])

    def offsets(self, prefix: str) -> dict[str, int]:
        """Return the kept offsets whose names start with `prefix`, by the rest of the name."""
        rows = self._db.execute(
            "SELECT name, value FROM meta WHERE name GLOB ?", [prefix + "*"]
        ).fetchall()
        return {name.removeprefix(prefix): int(value) for name, value in rows}

    def identity(self, kind: str, source_reference: str) -> Identity | None:
        """Return what a source reference stands for, or None when it is new."""
        row = self._db.execute(
            "SELECT event_id, content_digest, topic, reported_at FROM identity"
            " WHERE kind = ? AND source_reference = ?",
            [kind, source_reference],
        ).fetchone()
        return row and Identity(UUID(row[0]), row[1], row[2], EPOCH + row[3] * MICROSECOND)

    def last_reported(self, event_id: UUID) -> datetime | None:
        """Return when the latest version of an event was reported, by any reference to it."""
        (found,) = self._db.execute(
            "SELECT max(reported_at) FROM identity WHERE event_id = ?", [str(event_id)]
        ).fetchone()
        return None if found is None else EPOCH + found * MICROSECOND

    def last_event_id(self) -> UUID | None:
        """Return the greatest event id given from here: of what is said alike the later stands."""
        (found,) = self._db.execute("SELECT max(event_id) FROM event").fetchone()
        return None if found is None else UUID(found)

    def set_identity(self, kind: str, source_reference: str, identity: Identity) -> None:
        """Keep what a source reference stands for."""
        self._db.execute(
            "INSERT OR REPLACE INTO identity VALUES (?, ?, ?, ?, ?, max(?,"
            " coalesce((SELECT max(reported_at) FROM identity WHERE event_id = ?), 0)))",
            [
                kind,
                source_reference,
                str(identity.event_id),
                identity.content_digest,
                identity.topic,
                (identity.reported_at - EPOCH) // MICROSECOND,
                str(identity.event_id),
            ],
        )

    def stream(self, topic: str) -> Stream:
        """Return the stream of a topic, making it at first use (inside a transaction)."""
        self._db.execute(
            "INSERT OR IGNORE INTO stream VALUES (?, ?, 1, NULL, NULL)", [topic, str(uuid4())]
        )
        return self.stream_of(topic)

    def stream_of(self, topic: str) -> Stream:
        """Return the stream of a topic that has one."""
        row = self._db.execute("SELECT * FROM stream WHERE topic = ?", [topic]).fetchone()
        return Stream(row[0], UUID(row[1]), *row[2:])

    def streams(self) -> list[Stream]:
        """Return every stream."""
        rows = self._db.execute("SELECT * FROM stream ORDER BY topic").fetchall()
        return [Stream(row[0], UUID(row[1]), *row[2:]) for row in rows]

    def add(self, topic: str, event: Queued, *, source_reference: str, at: str) -> None:
        """Queue an event as the next of its stream."""
        self._db.execute(
            "INSERT INTO event (topic, sequence, event_id, kind, source_reference, published_at,"
            " value, headers) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                topic,
                event.sequence,
                str(event.event_id),
                event.kind,
                source_reference,
                at,
                event.value,
                headers_to_text(event.headers),
            ],
        )
        self._db.execute(
            "UPDATE stream SET next_sequence = ? WHERE topic = ?", [event.sequence + 1, topic]
        )

    def unsealed(self, topic: str, limit: int) -> list[Queued]:
        """Return the first events of a stream that are not sealed yet."""
        return self._queued("sealed = 0", topic, limit)

    def unsent(self, topic: str, limit: int) -> list[Queued]:
        """Return the first sealed events of a stream that no broker has acknowledged."""
        return self._queued("sealed = 1 AND acked_offset IS NULL", topic, limit)

    def set_sealed(
        self, topic: str, sequences: Sequence[int], messages: Sequence[OutgoingMessage], root: bytes
    ) -> None:
        """Keep the sealed headers of a batch, and its root as the stream's last."""
        self._db.executemany(
            "UPDATE event SET sealed = 1, headers = ? WHERE topic = ? AND sequence = ?",
            [
                (headers_to_text(message.headers), topic, sequence)
                for sequence, message in zip(sequences, messages, strict=True)
            ],
        )
        self._db.execute("UPDATE stream SET last_root = ? WHERE topic = ?", [root, topic])

    def set_acked(self, topic: str, offsets: Sequence[tuple[int, int]]) -> None:
        """Keep (sequence, offset) of acknowledged messages."""
        self._db.executemany(
            "UPDATE event SET acked_offset = ? WHERE topic = ? AND sequence = ?",
            [(offset, topic, sequence) for sequence, offset in offsets],
        )

    def set_partition(self, topic: str, partition: int) -> None:
        """Keep the partition of a stream, whatever becomes of the topic's partition count."""
        self._db.execute("UPDATE stream SET partition = ? WHERE topic = ?", [partition, topic])

    def set_outcome(
        self, topic: str, first: int, last: int, outcome: str, revision: int, **why: str
    ) -> None:
        """Keep the outcome of a range of events, unless a later revision is kept already."""
        self._db.execute(
            "UPDATE event SET outcome = ?, reason = ?, advice = ?, revision = ?"
            " WHERE topic = ? AND sequence BETWEEN ? AND ? AND revision < ?",
            [
                *(outcome, why.get("reason"), why.get("advice"), revision),
                *(topic, first, last, revision),
            ],
        )

    def set_notice(self, notice_id: str, revision: int, body: str) -> None:
        """Keep a notice (JSON text), unless this revision or a later one is kept already."""
        self._db.execute(
            "INSERT INTO notice VALUES (?, ?, ?) ON CONFLICT (notice_id) DO UPDATE"
            " SET revision = excluded.revision, body = excluded.body"
            " WHERE notice.revision < excluded.revision",
            [notice_id, revision, body],
        )

    def notices(self) -> list[dict[str, Any]]:
        """Return the latest revision of every notice, the first received first."""
        rows = self._db.execute("SELECT body FROM notice ORDER BY rowid").fetchall()
        return [json.loads(body) for (body,) in rows]

    def statuses(self) -> list[dict[str, Any]]:
        """Return every event with how far it has got, oldest first."""
        rows = self._db.execute(
            "SELECT source_reference, event_id, kind, topic, sequence, published_at,"
            " CASE WHEN outcome IS NOT NULL THEN outcome"
            " WHEN acked_offset IS NOT NULL THEN 'sent' ELSE 'queued' END AS status,"
            " reason, advice FROM event ORDER BY published_at, topic, sequence"
        )
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) for row in rows]

    def depth(self) -> tuple[int, str | None]:
        """Return how many events wait for the broker, and when the oldest was published."""
        row = self._db.execute(
            "SELECT count(*), min(published_at) FROM event WHERE acked_offset IS NULL"
        ).fetchone()
        return int(row[0]), row[1]

    def _queued(self, where: str, topic: str, limit: int) -> list[Queued]:
        rows = self._db.execute(
            "SELECT sequence, event_id, kind, value, headers FROM event"  # noqa: S608
            f" WHERE topic = ? AND {where} ORDER BY sequence LIMIT ?",
            [topic, limit],
        ).fetchall()
        return [Queued(s, UUID(i), k, v, headers_from_text(h)) for s, i, k, v, h in rows]


def message_of(stream: Stream, queued: Queued) -> OutgoingMessage:
    """Return the exact message of a sealed event."""
    return OutgoingMessage(stream.topic, stream_key(stream.stream), queued.value, queued.headers)
