"""Numbering costs the same however much is stored: it looks each event up, and scans nothing."""

from repository.database import connect
from repository.sequencer import NUMBER
from tests.support.bus import Bus
from tests.support.plans import steps

# Rows as long as stored events, so that reading them all would be seen to cost more.
GROWN = """
INSERT INTO event (agency, event_id, kind, topic_no, partition, "offset", received_at, stream,
    sequence, schema_id, digest, content_digest, source_reference, reported_at, urgency, marking,
    grading_scheme, handling, key, value, headers)
SELECT 'met', gen_random_uuid(), 'intelligence_report', 1, n % 6, n / 6, now(), gen_random_uuid(),
       n, 1, sha256(n::text::bytea), sha256(n::text::bytea), 'r' || n, now(), 'routine',
       'restricted', 'five_by_five_by_five', '1', '', decode(repeat('00ff', 400), 'hex'), ''
FROM generate_series(0, 29999) AS n
"""
QUEUED = """
INSERT INTO event_queue (received_at, topic_no, partition, first_offset, offsets, events)
SELECT now() + n * interval '1 second', 1, n % 6, 100 * (n / 6),
       int8multirange(int8range(100 * (n / 6), 100 * (n / 6) + 100)), 100
FROM generate_series(0, 299) AS n
"""


def test_the_sequencer_never_reads_the_events_whole(bus: Bus) -> None:
    with connect(bus.settings.require_database()) as connection:
        connection.execute("INSERT INTO topic (name) VALUES ('grown')")
        connection.execute(GROWN)
        connection.execute(QUEUED)
        for state in ("fresh", "analysed"):
            row = connection.execute(
                f"EXPLAIN (FORMAT JSON) {NUMBER}", {"batch": 2000, "last": 0}
            ).fetchone()
            assert row is not None
            read = {
                step.get("Relation Name")
                for step in steps(row[0][0]["Plan"])
                if step["Node Type"] == "Seq Scan"
            }
            assert "event" not in read, state
            connection.execute("ANALYZE")
