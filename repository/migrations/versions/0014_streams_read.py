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


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        # Ingest and the stages work as the tables' owner.
        op.execute(f"CREATE POLICY works ON {table} TO CURRENT_USER USING (true)")
        op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO intelbus_reader USING ({SEEN})")
        op.execute(f"GRANT SELECT ON {table} TO intelbus_reader")
