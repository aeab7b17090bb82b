"""Let readers see how far the streams of their own agency have come."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("stream", "receipt_outbox")
# Set for one transaction by repository/access/session.py; unset, nothing is visible.
SEEN = """agency = (SELECT current_setting('intelbus.organisation', true))
    OR (SELECT current_setting('intelbus.everything', true) = 'on')"""
# As in 0010.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(FORCE.replace("{table}", table))
        op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO intelbus_reader USING ({SEEN})")
        op.execute(f"GRANT SELECT ON {table} TO intelbus_reader")
