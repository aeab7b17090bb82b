"""An export may be of the events behind a network: around which entity, how many steps."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("disclosure", sa.Column("network", sa.Text()))
    op.add_column("disclosure", sa.Column("hops", sa.SmallInteger()))
