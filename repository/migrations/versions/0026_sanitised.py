"""Which event is the sanitised version of which."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# As in 0010: the owner is bound only where he may bypass policies anyway.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE sanitised_version FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
BOTH = """
(SELECT true FROM event_log seen WHERE seen.position = sanitised_version.position)
AND (SELECT true FROM event_log seen WHERE seen.position = sanitised_version.full_position)
"""
# Of one agency, and said by a reader of it or of the centre.
SAYS = f"""
said_by = (SELECT current_setting('intelbus.reader', true)) AND {BOTH} AND (
    SELECT full_one.agency = other.agency
       AND (SELECT current_setting('intelbus.organisation', true)) IN ('ukhtc', other.agency)
    FROM event_log full_one, event_log other
    WHERE full_one.position = sanitised_version.full_position
      AND other.position = sanitised_version.position)
"""  # noqa: S608


def upgrade() -> None:
    op.create_table(
        "sanitised_version",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("full_position", sa.BigInteger(), nullable=False),
        sa.Column(
            "said_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("said_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_sanitised_version")),
    )
    op.create_index("ix_sanitised_version_full_position", "sanitised_version", ["full_position"])
    op.execute("GRANT SELECT, INSERT ON sanitised_version TO intelbus_reader")
    op.execute("ALTER TABLE sanitised_version ENABLE ROW LEVEL SECURITY")
    op.execute(FORCE)
    op.execute(
        f"CREATE POLICY reads ON sanitised_version FOR SELECT TO intelbus_reader USING ({BOTH})"
    )
    op.execute(
        f"CREATE POLICY adds ON sanitised_version FOR INSERT TO intelbus_reader WITH CHECK ({SAYS})"
    )
