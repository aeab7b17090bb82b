"""A disclosure says the highest marking that its recipient may hold; earlier ones do not."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("disclosure", sa.Column("clearance", sa.Text))
