"""The store: cursor, events, duplicates, quarantine, streams, receipts, trust, queue and log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate",
        sa.Column("topic_no", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("stream", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("topic_no", "partition", "offset", name=op.f("pk_duplicate")),
    )
    op.create_table(
        "event",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("topic_no", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "stored_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("stream", sa.UUID(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("schema_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("corrects", sa.UUID(), nullable=True),
        sa.Column("source_reference", sa.Text(), nullable=False),
        sa.Column("reported_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("occurred_from", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("occurred_to", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("urgency", sa.Text(), nullable=False),
        sa.Column("marking", sa.Text(), nullable=False),
        sa.Column("grading_scheme", sa.Text(), nullable=False),
        sa.Column("source_grade", sa.Text(), nullable=True),
        sa.Column("information_grade", sa.Text(), nullable=True),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "event_id", name=op.f("pk_event")),
        sa.UniqueConstraint(
            "topic_no", "partition", "offset", name=op.f("uq_event_topic_no_partition_offset")
        ),
    )
    op.create_table(
        "event_log",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_event_log")),
        sa.UniqueConstraint("agency", "event_id", name=op.f("uq_event_log_agency_event_id")),
    )
    op.create_table(
        "event_queue",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "event_id", name=op.f("pk_event_queue")),
    )
    op.create_table(
        "quarantine",
        sa.Column("topic_no", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("quarantine_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=True),
        sa.Column("stream", sa.UUID(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column(
            "quarantined_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("key", sa.LargeBinary(), nullable=True),
        sa.Column("value", sa.LargeBinary(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="held", nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("decision_note", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("topic_no", "partition", "offset", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("quarantine_id", name=op.f("uq_quarantine_quarantine_id")),
    )
    op.create_index("ix_quarantine_status_reason", "quarantine", ["status", "reason"], unique=False)
    op.create_table(
        "receipt_outbox",
        sa.Column("receipt_no", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("stream", sa.UUID(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_topic", sa.Text(), nullable=True),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=True),
        sa.Column("sealed_headers", sa.Text(), nullable=True),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("receipt_no", name=op.f("pk_receipt_outbox")),
        sa.UniqueConstraint(
            "agency", "stream", "revision", name=op.f("uq_receipt_outbox_agency_stream_revision")
        ),
    )
    op.create_index(
        "ix_receipt_outbox_unsent",
        "receipt_outbox",
        ["receipt_no"],
        unique=False,
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "receipt_stream",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("stream", sa.UUID(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("last_root", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_receipt_stream")),
    )
    op.create_table(
        "registry",
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("signed", sa.LargeBinary(), nullable=False),
        sa.Column(
            "accepted_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_registry")),
    )
    op.create_table(
        "stream",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("stream", sa.UUID(), nullable=False),
        sa.Column("topic_no", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("seen", postgresql.INT8MULTIRANGE(), server_default="{}", nullable=False),
        sa.Column("announced_next", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("last_heard_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("gap_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("receipt_revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("agency", "stream", name=op.f("pk_stream")),
    )
    op.create_table(
        "stream_batch",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("stream", sa.UUID(), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("previous_root", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "agency", "stream", "first_sequence", "root", name=op.f("pk_stream_batch")
        ),
    )
    op.create_table(
        "topic",
        sa.Column("topic_no", sa.SmallInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("topic_no", name=op.f("pk_topic")),
        sa.UniqueConstraint("name", name=op.f("uq_topic_name")),
    )
    op.create_table(
        "ingest_cursor",
        sa.Column("topic_no", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("cluster_id", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("next_offset", sa.BigInteger(), nullable=False),
        sa.Column("noted", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["topic_no"], ["topic.topic_no"], name=op.f("fk_ingest_cursor_topic_no")
        ),
        sa.PrimaryKeyConstraint("topic_no", "partition", name=op.f("pk_ingest_cursor")),
    )
