"""Events up to half a page stay whole in their table.

A quarter of them is over 2 kB, at which PostgreSQL tries to compress them (in vain: most of it is
hashes, signatures and short texts) and then moves the value to a second table with an index.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE event SET (toast_tuple_target = 4080)")
