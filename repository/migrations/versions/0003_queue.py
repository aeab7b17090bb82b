"""The queue carries all that numbering looks at, and is emptied in the order of its key."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFILL = """
INSERT INTO event_queue (received_at, topic_no, partition, "offset", agency, event_id,
                         content_digest, amends)
SELECT e.received_at, e.topic_no, e.partition, e."offset", e.agency, e.event_id,
       e.content_digest, e.corrects IS NOT NULL OR e.kind = 'retraction'
FROM event_queue_before q JOIN event e USING (agency, event_id)
"""


def upgrade() -> None:
    op.rename_table("event_queue", "event_queue_before")
    op.execute("ALTER INDEX pk_event_queue RENAME TO pk_event_queue_before")
    op.create_table(
        "event_queue",
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("topic_no", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("amends", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "received_at", "topic_no", "partition", "offset", name=op.f("pk_event_queue")
        ),
    )
    op.execute(REFILL)
    op.drop_table("event_queue_before")
