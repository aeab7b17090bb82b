"""Who sees everything sees every disclosure: also what its exporter may no longer see."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

DISCLOSED = """
(organisation = (SELECT current_setting('intelbus.organisation', true))
 OR (SELECT current_setting('intelbus.everything', true) = 'on'))
AND (SELECT current_setting('intelbus.discloses', true) = 'on')
"""


def upgrade() -> None:
    op.execute(f"ALTER POLICY reads ON disclosure USING ({DISCLOSED})")
