"""What the demonstration reads back from the database and from Kafka, as plain numbers."""

from datetime import date
from typing import Any, LiteralString

from intelbus.kafka_topics import end_offsets
from intelbus.settings import Settings
from intelbus.topics import Topics
from producers.generator.agencies import AGENCIES
from repository.database import Connection
from repository.queries import accounts as books
from repository.queries.corroboration import corroboration
from repository.statistics.nrm import nrm_table

OUTCOMES: LiteralString = """
SELECT agency, 'accepted', count(*) FROM event GROUP BY agency
UNION ALL SELECT agency, 'duplicate', count(*) FROM duplicate GROUP BY agency
UNION ALL SELECT coalesce(agency, 'unattributed'), 'quarantined', count(*)
FROM quarantine WHERE status <> 'released' GROUP BY 1
"""
ACCOUNTS: LiteralString = """
SELECT t.name, m.outcome, count(*) FROM topic t JOIN (
    SELECT topic_no, 'accepted' AS outcome FROM event
    UNION ALL SELECT topic_no, 'duplicate' FROM duplicate
    UNION ALL SELECT topic_no, 'quarantined' FROM quarantine WHERE status <> 'released'
) m USING (topic_no) GROUP BY t.name, m.outcome
"""
CURSORS: LiteralString = """
SELECT t.name, c.partition, c.next_offset FROM ingest_cursor c JOIN topic t USING (topic_no)
"""
WAITING: LiteralString = """
SELECT (SELECT coalesce(sum(events), 0)::bigint FROM event_queue),
       (SELECT coalesce(max(position), 0) FROM event_log)
       - coalesce((SELECT position FROM stage_cursor WHERE stage = 'linker'), 0),
       (SELECT coalesce(max(position), 0) FROM event_log)
       - coalesce((SELECT position FROM stage_cursor WHERE stage = 'statistics'), 0),
       (SELECT coalesce(max(position), 0) FROM event_log)
       - coalesce((SELECT position FROM stage_cursor WHERE stage = 'notices'), 0),
       (SELECT coalesce(max(position), 0) FROM event_log)
       - coalesce((SELECT position FROM stage_cursor WHERE stage = 'relays'), 0),
       (SELECT coalesce(max(position), 0) FROM event_log)
       - coalesce((SELECT position FROM stage_cursor WHERE stage = 'terms'), 0),
       (SELECT count(*) FROM notice_recheck),
       (SELECT count(*) FROM receipt_outbox WHERE sent_at IS NULL),
       (SELECT count(*) FROM notice_outbox WHERE sent_at IS NULL)
"""
# No label of a victim is shown: who may see one is not this table's to decide.
SHARED_ENTITIES: LiteralString = """
SELECT kind, min(label) FILTER (WHERE NOT victim), bool_or(victim),
       array_agg(DISTINCT agency), count(*)
FROM record GROUP BY entity_position, entity_ordinal, kind
HAVING count(DISTINCT agency) > 1
ORDER BY count(DISTINCT agency) DESC, count(*) DESC, entity_position, entity_ordinal
LIMIT %s
"""
SHARED_BY_KIND: LiteralString = """
SELECT kind, count(*) FROM (
    SELECT kind FROM record GROUP BY entity_position, entity_ordinal, kind
    HAVING count(DISTINCT agency) > 1
) e GROUP BY kind ORDER BY kind
"""
RUMOUR: LiteralString = """
SELECT r.of_position, array_agg(DISTINCT r.position) FROM relay r
JOIN telling t ON t.position = r.position
WHERE r.verdict = 1
GROUP BY r.of_position ORDER BY count(DISTINCT t.agency) DESC, r.of_position LIMIT 1
"""
TOLD: LiteralString = """
SELECT t.position, t.agency, t.reported_at,
       coalesce(array_agg(DISTINCT r.kind) FILTER (WHERE r.verdict = 1), '{}')
FROM telling t LEFT JOIN relay r ON r.position = t.position AND r.of_position = ANY(%(all)s)
WHERE t.position = ANY(%(all)s) GROUP BY t.position ORDER BY t.reported_at, t.position
"""
LANDED: LiteralString = """
SELECT q.reason, q.detail, q.agency FROM quarantine q JOIN topic t USING (topic_no)
WHERE t.name = %s AND q.partition = %s AND q."offset" = %s
UNION ALL
SELECT 'duplicate', 'already stored: nothing changed', d.agency
FROM duplicate d JOIN topic t USING (topic_no)
WHERE t.name = %s AND d.partition = %s AND d."offset" = %s
"""


def outcomes(connection: Connection) -> dict[str, dict[str, int]]:
    """Return {agency: {outcome: events}}."""
    table: dict[str, dict[str, int]] = {}
    for agency, outcome, count in connection.execute(OUTCOMES):
        table.setdefault(agency, {})[outcome] = count
    return table


def accounts(connection: Connection, settings: Settings) -> dict[str, dict[str, int]]:
    """Return, by event topic, the messages Kafka holds (`kafka`) and each outcome's count."""
    table: dict[str, dict[str, int]] = {}
    topics = Topics(settings.topic_prefix).events
    for (topic, _), (first, following) in end_offsets(settings, topics).items():
        row = table.setdefault(topic, {"kafka": 0})
        row["kafka"] += following - first
    for topic, outcome, count in connection.execute(ACCOUNTS):
        table.setdefault(topic, {"kafka": 0})[outcome] = count
    return table


def in_balance(connection: Connection, settings: Settings) -> bool:
    """Return whether the centre's own accounts balance, partition by partition (`ukhtc accounts`).

    The database is asked first, Kafka after it.
    """
    found = books.accounts(connection)
    ends = end_offsets(settings, {one["topic"] for one in found["partitions"]})
    return bool(books.with_kafka(found, ends)["balanced"])


def waiting(connection: Connection, settings: Settings) -> dict[str, int]:
    """Return what each stage has still to do: messages unread, events unnumbered, unlinked and
    uncounted, receipts unsent.
    """
    read = {(name, part): after for name, part, after in connection.execute(CURSORS)}
    ends = end_offsets(settings, Topics(settings.topic_prefix).events)
    row = connection.execute(WAITING).fetchone()
    assert row is not None  # noqa: S101  (an aggregate always has a row)
    unread = sum(end - read.get(place, first) for place, (first, end) in ends.items())
    names = (
        *("sequencer", "linker", "statistics", "notices", "relays", "terms", "rechecks"),
        *("receipts", "told"),
    )
    stages = dict(zip(names, row, strict=True))
    return {"ingest": unread, **stages}


def referrals(connection: Connection, since: date, until: date) -> dict[str, Any]:
    """Return the centre's bulletin of a period (`ukhtc statistics nrm`)."""
    types = {code: row.type for code, row in AGENCIES.items()}
    return nrm_table(connection, since, until, types=types)


def shared_entities(connection: Connection, limit: int = 10) -> list[tuple[Any, ...]]:
    """Return (kind, label or None, victim, agencies, records) of entities of several agencies."""
    return connection.execute(SHARED_ENTITIES, (limit,)).fetchall()


def shared_by_kind(connection: Connection) -> list[tuple[Any, ...]]:
    """Return (kind, entities) of those that more than one agency reported."""
    return connection.execute(SHARED_BY_KIND).fetchall()


def rumour(connection: Connection) -> tuple[list[tuple[Any, ...]], int]:
    """Return the report that most agencies repeat with those that do (position, agency, when, by
    what evidence), and how many independent origins they have.
    """
    found = connection.execute(RUMOUR).fetchone()
    if found is None:
        return [], 0
    positions = [found[0], *found[1]]
    told = connection.execute(TOLD, {"all": positions}).fetchall()
    return told, corroboration(connection, positions).independent


def fate(
    connection: Connection, topic: str, partition: int, offset: int
) -> tuple[str, str, str] | None:
    """Return (reason, detail, agency) of a message that was not accepted, or None."""
    found = connection.execute(LANDED, (topic, partition, offset) * 2).fetchone()
    return (found[0], found[1], found[2] or "unattributed") if found else None


def receipts(connection: Connection) -> list[tuple[Any, ...]]:
    """Return (agency, receipts written, receipts sent)."""
    return connection.execute(
        "SELECT agency, count(*), count(sent_at) FROM receipt_outbox GROUP BY agency ORDER BY 1"
    ).fetchall()
