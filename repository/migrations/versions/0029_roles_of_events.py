"""The roles in an event, and who is described as a victim, are found by an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_posting_role_position",
        "posting",
        ["position", "term", "access_class"],
        postgresql_where=sa.text("term >= ':role:' AND term < ':role;'"),
    )
    op.create_index(
        "ix_record_victim_description",
        "record",
        ["description"],
        postgresql_where=sa.text("victim"),
    )
