"""Erasures belong to the record of processing, for who may see everything."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


# As in 0010.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE erasure FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""


def upgrade() -> None:
    op.execute("GRANT SELECT ON erasure TO intelbus_reader")
    op.execute("ALTER TABLE erasure ENABLE ROW LEVEL SECURITY")
    op.execute(FORCE)
    op.execute(
        "CREATE POLICY reads ON erasure FOR SELECT TO intelbus_reader"
        " USING ((SELECT current_setting('intelbus.everything', true) = 'on'))"
    )
