"""Accounts: every message read is accepted, duplicate, quarantined or noted, and none twice."""

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg

from repository.queries.snapshot import snapshot

PARTITIONS: LiteralString = """
SELECT t.name, c.partition, c.first_offset, c.next_offset, c.noted,
       (SELECT count(*) FROM event e
        WHERE e.topic_no = c.topic_no AND e.partition = c.partition),
       (SELECT count(*) FROM duplicate d
        WHERE d.topic_no = c.topic_no AND d.partition = c.partition),
       (SELECT count(*) FROM quarantine q
        WHERE q.topic_no = c.topic_no AND q.partition = c.partition AND q.status <> 'released')
FROM ingest_cursor c JOIN topic t USING (topic_no)
ORDER BY t.name, c.partition
"""
AGENCIES: LiteralString = """
SELECT agency, outcome, sum(n)::bigint FROM (
    SELECT e.agency, 'accepted' AS outcome, count(*) AS n FROM event e GROUP BY 1
    UNION ALL SELECT d.agency, 'duplicate', count(*) FROM duplicate d GROUP BY 1
    UNION ALL SELECT coalesce(q.agency, 'unattributed'), 'quarantined', count(*)
        FROM quarantine q WHERE q.status <> 'released' GROUP BY 1
    UNION ALL SELECT e.agency, 'restatement', count(*)
        FROM restatement r JOIN event_log l USING (position)
        JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id GROUP BY 1
) counted GROUP BY 1, 2 ORDER BY 1, 2
"""
REASONS: LiteralString = """
SELECT coalesce(agency, 'unattributed'), reason, count(*) FROM quarantine
WHERE status <> 'released' GROUP BY 1, 2 ORDER BY 1, 2
"""
STAGES: LiteralString = """
SELECT (SELECT count(*) FROM event), (SELECT coalesce(sum(events), 0)::bigint FROM event_queue),
       (SELECT coalesce(max(position), 0) FROM event_log), (SELECT count(*) FROM event_log),
       coalesce((SELECT position FROM stage_cursor WHERE stage = 'linker'), 0)
"""
OUTCOMES = ("accepted", "duplicate", "quarantined")

Offsets = Mapping[tuple[str, int], tuple[int, int]]
"""Kafka's (first, next) offset of each (topic, partition)."""


def accounts(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    """Return the accounts as the database alone has them; all counts are of one moment.

    A partition balances when next − first offset = accepted + duplicate + quarantined + noted. A
    released message counts as what its retry made of it.
    """
    with snapshot(connection):
        partitions = [_partition(row) for row in connection.execute(PARTITIONS)]
        agencies: dict[str, dict[str, int]] = {}
        for agency, outcome, number in connection.execute(AGENCIES):
            counts = agencies.setdefault(agency, {**dict.fromkeys(OUTCOMES, 0), "restatement": 0})
            counts[outcome] = number
        reasons = [
            {"agency": agency, "reason": reason, "messages": number}
            for agency, reason, number in connection.execute(REASONS)
        ]
        row = connection.execute(STAGES).fetchone()
    stored, queued, last, logged, linked = row or (0, 0, 0, 0, 0)
    log = {
        "stored": stored,
        "waiting": queued,
        "sequenced": logged,
        "linked": linked,
        "balanced": stored == queued + logged and last == logged,
    }
    return {
        "partitions": partitions,
        "agencies": agencies,
        "quarantined": reasons,
        "log": log,
        "kafka": "not reached",
        "balanced": log["balanced"] and all(one["balanced"] for one in partitions),
    }


def with_kafka(found: dict[str, Any], offsets: Offsets) -> dict[str, Any]:
    """Return the accounts checked against Kafka's end offsets, asked for *after* the database.

    So asked, an end can only be later than the cursor: an earlier one means that the store holds
    what Kafka never had, and so does a partition that Kafka does not know. A partition that Kafka
    has and the store has never read is shown with all its messages as lag.
    """
    partitions = []
    for one in found["partitions"]:
        end = offsets.get((one["topic"], one["partition"]), (0, None))[1]
        lag = None if end is None else end - one["next_offset"]
        sound = one["balanced"] and lag is not None and lag >= 0
        partitions.append({**one, "kafka_end": end, "lag": lag, "balanced": sound})
    known = {(one["topic"], one["partition"]) for one in partitions}
    for (topic, partition), (first, end) in sorted(offsets.items()):
        if (topic, partition) not in known and end > first:
            unread = _partition((topic, partition, first, first, 0, 0, 0, 0))
            partitions.append({**unread, "kafka_end": end, "lag": end - first})
    balanced = found["log"]["balanced"] and all(one["balanced"] for one in partitions)
    return {**found, "partitions": partitions, "kafka": "checked", "balanced": balanced}


def _partition(row: tuple[Any, ...]) -> dict[str, Any]:
    topic, partition, first, following, noted, accepted, duplicate, quarantined = row
    return {
        "topic": topic,
        "partition": partition,
        "first_offset": first,
        "next_offset": following,
        "read": following - first,
        "accepted": accepted,
        "duplicate": duplicate,
        "quarantined": quarantined,
        "noted": noted,
        "kafka_end": None,
        "lag": None,
        "balanced": accepted + duplicate + quarantined + noted == following - first,
    }
