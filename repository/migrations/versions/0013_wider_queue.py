"""One row of the queue tells of many events; headers are kept as bytes; rows are copied in."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from intelbus.message import headers_from_text, headers_to_bytes

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ROWS_AT_ONCE = 10_000

REFILL = """
INSERT INTO event_queue (received_at, topic_no, partition, first_offset, offsets, events)
SELECT min(received_at), topic_no, partition, min("offset"),
       range_agg(int8range("offset", "offset" + 1)), count(*)
FROM event_queue_before GROUP BY topic_no, partition, "offset" / 2000
"""


def upgrade() -> None:
    # A default that is the same for a whole transaction lets COPY write a page at a time.
    op.alter_column("event", "stored_at", server_default=sa.text("now()"))
    _headers_as_bytes()
    _queue_of_ranges()


def _headers_as_bytes() -> None:
    op.alter_column("event", "headers", new_column_name="headers_before")
    op.add_column("event", sa.Column("headers", sa.LargeBinary(), nullable=True))
    connection = op.get_bind()
    while rows := connection.execute(
        sa.text(
            "SELECT agency, event_id, headers_before FROM event WHERE headers IS NULL LIMIT :rows"
        ),
        {"rows": ROWS_AT_ONCE},
    ).fetchall():
        connection.execute(
            sa.text(
                "UPDATE event SET headers = :headers WHERE agency = :agency"
                " AND event_id = :event_id"
            ),
            [
                {
                    "agency": agency,
                    "event_id": event_id,
                    "headers": headers_to_bytes(headers_from_text(text)),
                }
                for agency, event_id, text in rows
            ],
        )
    op.alter_column("event", "headers", nullable=False)
    op.drop_column("event", "headers_before")


def _queue_of_ranges() -> None:
    op.rename_table("event_queue", "event_queue_before")
    op.execute("ALTER INDEX pk_event_queue RENAME TO pk_event_queue_before")
    op.create_table(
        "event_queue",
        sa.Column("received_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("topic_no", sa.SmallInteger(), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("first_offset", sa.BigInteger(), nullable=False),
        sa.Column("offsets", postgresql.INT8MULTIRANGE(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint(
            "received_at", "topic_no", "partition", "first_offset", name=op.f("pk_event_queue")
        ),
    )
    op.execute(REFILL)
    op.drop_table("event_queue_before")
