"""What ingest tells Prometheus: conventional names, base units, no personal data in labels."""

from prometheus_client import Counter, Gauge, Histogram

MESSAGES = Counter(
    "intelbus_ingest_messages_total",
    "Messages read, by what was done with them.",
    ["topic", "agency", "outcome"],
)
REFUSALS = Counter(
    "intelbus_ingest_refusals_total", "Messages quarantined, by reason.", ["topic", "reason"]
)
STAGE_SECONDS = Histogram(
    "intelbus_ingest_stage_duration_seconds",
    "Time a batch spent in a stage: judge or store.",
    ["stage"],
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
BATCH_MESSAGES = Histogram(
    "intelbus_ingest_batch_messages",
    "Messages in a polled batch.",
    buckets=(1, 10, 50, 100, 250, 500, 1000, 2000, 5000),
)
FRESHNESS_SECONDS = Histogram(
    "intelbus_ingest_freshness_seconds",
    "From the broker's append to the commit in the store, for accepted events appended together.",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300, 3600),
)
LAG_MESSAGES = Gauge(
    "intelbus_ingest_lag_messages", "Messages not read yet.", ["topic", "partition"]
)
FENCED = Counter("intelbus_ingest_fenced_total", "Batches dropped: another worker owned them.")
STREAM_MISSING = Gauge(
    "intelbus_streams_missing_messages", "Sequence numbers not delivered, by agency.", ["agency"]
)
STREAM_GAP_AGE_SECONDS = Gauge(
    "intelbus_streams_gap_age_seconds", "How long the oldest gap has been open.", ["agency"]
)
STREAM_FORKS = Gauge(
    "intelbus_streams_forks", "Sealed batches that contradict another one.", ["agency"]
)
RECEIPTS_SENT = Counter("intelbus_receipts_sent_total", "Receipts acknowledged by the broker.")
NOTICES_SENT = Counter("intelbus_notices_sent_total", "Notices acknowledged by the broker.")
NOTICES_OUTBOX_AGE_SECONDS = Gauge(
    "intelbus_notices_outbox_age_seconds", "How long the oldest unsent notice has waited."
)
NOTICES_QUEUE = Gauge("intelbus_notices_queue", "Notices that wait for an officer.")
NOTICES_QUEUE_AGE_SECONDS = Gauge(
    "intelbus_notices_queue_age_seconds", "How long the oldest of them has waited."
)
REGISTRY_VERSION = Gauge("intelbus_ingest_registry_version", "Trust registry in force.")
