"""That an event stands for another can be taken back, and said again; both stay on record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BOTH = """
(SELECT true FROM event_log seen WHERE seen.position = sanitised_version.position)
AND (SELECT true FROM event_log seen WHERE seen.position = sanitised_version.full_position)
"""
# Whoever may say so (0026): a reader of the originator or of the centre.
THEIRS = f"""{BOTH} AND (
    SELECT (SELECT current_setting('intelbus.organisation', true)) IN ('ukhtc', full_one.agency)
    FROM event_log full_one WHERE full_one.position = sanitised_version.full_position)"""  # noqa: S608
BY_THEM = "undone_by = (SELECT current_setting('intelbus.reader', true)) AND undone_at IS NOT NULL"


def upgrade() -> None:
    op.drop_constraint("pk_sanitised_version", "sanitised_version")
    op.add_column(
        "sanitised_version", sa.Column("tie_no", sa.BigInteger(), sa.Identity(), nullable=False)
    )
    op.create_primary_key("pk_sanitised_version", "sanitised_version", ["tie_no"])
    op.add_column("sanitised_version", sa.Column("undone_at", postgresql.TIMESTAMP(timezone=True)))
    op.add_column("sanitised_version", sa.Column("undone_by", sa.Text()))
    op.create_index(
        "ix_sanitised_version_standing",
        "sanitised_version",
        ["position", "full_position"],
        unique=True,
        postgresql_where=sa.text("undone_at IS NULL"),
    )
    op.execute("GRANT UPDATE (undone_at, undone_by) ON sanitised_version TO intelbus_reader")
    op.execute(
        "CREATE POLICY undoes ON sanitised_version FOR UPDATE TO intelbus_reader"
        f" USING (undone_at IS NULL AND {THEIRS}) WITH CHECK ({BY_THEM} AND {THEIRS})"
    )
