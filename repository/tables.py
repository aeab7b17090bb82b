"""The tables of the store, as SQLAlchemy sees them. Migrations make them; nothing else does.

A message that the repository has read lies in exactly one of `event`, `duplicate` and `quarantine`
(ADR 4). `event.value` is the record itself: what is queried is copied beside it, and the rest is
decoded when it is read.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import INT8MULTIRANGE, TIMESTAMP, UUID

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

NOW = text("clock_timestamp()")
Moment = TIMESTAMP(timezone=True)

topic = Table(
    "topic",
    metadata,
    Column("topic_no", SmallInteger, Identity(), primary_key=True),
    Column("name", Text, nullable=False, unique=True),
)

# Where ingest has got to. Owning a partition means having raised its epoch last.
ingest_cursor = Table(
    "ingest_cursor",
    metadata,
    Column("topic_no", SmallInteger, ForeignKey("topic.topic_no"), primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("cluster_id", Text, nullable=False),
    Column("topic_id", Text, nullable=False),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Column("first_offset", BigInteger, nullable=False),
    Column("next_offset", BigInteger, nullable=False),
    # Heartbeats change a stream's state and leave no row of their own.
    Column("noted", BigInteger, nullable=False, server_default="0"),
)

event = Table(
    "event",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("topic_no", SmallInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("offset", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
    # the same for a whole transaction, so that COPY may write a page at a time
    Column("stored_at", Moment, nullable=False, server_default=text("now()")),
    Column("stream", UUID(as_uuid=True), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("schema_id", Integer, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("content_digest", LargeBinary, nullable=False),
    Column("corrects", UUID(as_uuid=True)),
    Column("source_reference", Text, nullable=False),
    Column("reported_at", Moment, nullable=False),
    Column("occurred_from", Moment),
    Column("occurred_to", Moment),
    Column("urgency", Text, nullable=False),
    Column("marking", Text, nullable=False),
    Column("grading_scheme", Text, nullable=False),
    Column("source_grade", Text),
    Column("information_grade", Text),
    Column("handling", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("value", LargeBinary, nullable=False),
    # as Kafka's record format has them (intelbus.message.headers_to_bytes): the seal is one of them
    Column("headers", LargeBinary, nullable=False),
    UniqueConstraint("topic_no", "partition", "offset"),
)

duplicate = Table(
    "duplicate",
    metadata,
    Column("topic_no", SmallInteger, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("agency", Text, nullable=False),
    Column("event_id", UUID(as_uuid=True), nullable=False),
    Column("stream", UUID(as_uuid=True), nullable=False),
    Column("sequence", BigInteger, nullable=False),
    Column("received_at", Moment, nullable=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("topic_no", SmallInteger, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("offset", BigInteger, primary_key=True),
    Column("quarantine_id", BigInteger, Identity(), nullable=False, unique=True),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    # Whose it is only where the seal held; otherwise unattributed.
    Column("agency", Text),
    Column("stream", UUID(as_uuid=True)),
    Column("sequence", BigInteger),
    Column("received_at", Moment, nullable=False),
    Column("quarantined_at", Moment, nullable=False, server_default=NOW),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    # [[name, base64], …] as JSON text: a person may have to read them
    Column("headers", Text, nullable=False),
    Column("status", Text, nullable=False, server_default="held"),
    Column("decided_by", Text),
    Column("decided_at", Moment),
    Column("decision_note", Text),
    Column("attempts", Integer, nullable=False, server_default="1"),
    Index("ix_quarantine_status_reason", "status", "reason"),
)

stream = Table(
    "stream",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("stream", UUID(as_uuid=True), primary_key=True),
    Column("topic_no", SmallInteger, nullable=False),
    Column("partition", Integer, nullable=False),
    # Every sequence number whose seal held, whatever its outcome (ADR 5).
    Column("seen", INT8MULTIRANGE, nullable=False, server_default="{}"),
    # One above the highest number the agency has ever vouched for.
    Column("announced_next", BigInteger, nullable=False, server_default="1"),
    Column("last_heard_at", Moment, nullable=False),
    Column("gap_since", Moment),
    Column("receipt_revision", BigInteger, nullable=False, server_default="0"),
)

stream_batch = Table(
    "stream_batch",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("stream", UUID(as_uuid=True), primary_key=True),
    Column("first_sequence", BigInteger, primary_key=True),
    Column("root", LargeBinary, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("previous_root", LargeBinary),
    Column("key_id", Text, nullable=False),
    Column("signed_at", Moment, nullable=False),
)

receipt_outbox = Table(
    "receipt_outbox",
    metadata,
    Column("receipt_no", BigInteger, Identity(), primary_key=True),
    Column("agency", Text, nullable=False),
    Column("stream", UUID(as_uuid=True), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    # Null until sealed; from then on a resend sends these very bytes.
    Column("sealed_topic", Text),
    Column("sealed_key", LargeBinary),
    Column("sealed_headers", Text),
    Column("sent_at", Moment),
    UniqueConstraint("agency", "stream", "revision"),
    Index("ix_receipt_outbox_unsent", "receipt_no", postgresql_where=text("sent_at IS NULL")),
)

# The centre's own stream of receipts to one agency.
receipt_stream = Table(
    "receipt_stream",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("stream", UUID(as_uuid=True), nullable=False),
    Column("next_sequence", BigInteger, nullable=False, server_default="1"),
    Column("last_root", LargeBinary),
)

registry = Table(
    "registry",
    metadata,
    Column("version", BigInteger, primary_key=True),
    Column("signed", LargeBinary, nullable=False),
    Column("accepted_at", Moment, nullable=False, server_default=NOW),
)

# Accepted and not yet numbered: filled by ingest and retry, emptied by the sequencer. One row a
# partition and transaction: which of its offsets hold events that were accepted in it.
event_queue = Table(
    "event_queue",
    metadata,
    # the order in which rows are taken; `received_at` is the earliest of the row's events
    Column("received_at", Moment, primary_key=True),
    Column("topic_no", SmallInteger, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("first_offset", BigInteger, primary_key=True),
    Column("offsets", INT8MULTIRANGE, nullable=False),
    Column("events", Integer, nullable=False),
)

event_log = Table(
    "event_log",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("agency", Text, nullable=False),
    Column("event_id", UUID(as_uuid=True), nullable=False),
    # Who may read it (repository/access/policy.py), and who may read what replaced it, where that
    # is somebody else: only who is among both reads it.
    Column("audience", SmallInteger, nullable=False),
    Column("also", SmallInteger),
    # What a search says of each result, so that it need not open a thousand events.
    Column("kind", Text, nullable=False),
    Column("marking", Text, nullable=False),
    Column("source_reference", Text, nullable=False),
    Column("reported_at", Moment, nullable=False),
    UniqueConstraint("agency", "event_id"),
)
