"""Exports of exactly what a search finds, beside those of a kind and a period."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("kind", "since", "until"):
        op.alter_column("disclosure", name, nullable=True)
    op.add_column("disclosure", sa.Column("query", sa.Text()))
    op.add_column("disclosure", sa.Column("filters", postgresql.JSONB()))
