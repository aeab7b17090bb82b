"""Erasures that one reader asks for and another decides. No reader's session sees the tables."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def _moment(name: str) -> sa.Column[datetime]:
    return sa.Column(
        name,
        postgresql.TIMESTAMP(timezone=True),
        server_default=sa.text("clock_timestamp()"),
        nullable=False,
    )


def upgrade() -> None:
    op.create_table(
        "erasure_request",
        sa.Column("request_no", sa.BigInteger(), sa.Identity(), nullable=False),
        _moment("asked_at"),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("authority", sa.Text(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_erasure_request")),
    )
    op.create_table(
        "erasure_decision",
        sa.Column("request_no", sa.BigInteger(), nullable=False),
        _moment("decided_at"),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_no"],
            ["erasure_request.request_no"],
            name=op.f("fk_erasure_decision_request_no_erasure_request"),
        ),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_erasure_decision")),
    )
