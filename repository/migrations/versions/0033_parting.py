"""The bars at which large components are parted: a batch no longer looks at a component whole."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parting",
        sa.Column("description", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bar", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("description", name=op.f("pk_parting")),
    )
