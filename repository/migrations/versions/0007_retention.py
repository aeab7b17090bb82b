"""What was reviewed and kept, and what was erased."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Moment = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "retention_review",
        sa.Column("review_no", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", Moment, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("review_no", name=op.f("pk_retention_review")),
    )
    op.create_index("ix_retention_review_position", "retention_review", ["position"])
    op.create_index("ix_counted_reported_on", "counted", ["reported_on"])
    op.create_table(
        "erasure",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("asked_event_id", sa.UUID(), nullable=False),
        sa.Column("erased_at", Moment, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("erased_by", "authority", "because")
        ),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("report", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("agency", "event_id", name=op.f("pk_erasure")),
    )
    op.create_index(
        "ix_erasure_pending", "erasure", ["agency", "event_id"], postgresql_where=sa.text("pending")
    )
