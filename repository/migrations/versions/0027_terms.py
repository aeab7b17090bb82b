"""Search terms are written by a stage of their own, which begins where the linker has got to."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "INSERT INTO stage_cursor (stage, position)"
        " SELECT 'terms', position FROM stage_cursor WHERE stage = 'linker'"
    )
