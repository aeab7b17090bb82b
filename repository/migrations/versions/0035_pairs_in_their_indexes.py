"""What a pair weighs is in both indexes of pairs: those of a description are read in one place."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE edge DROP CONSTRAINT pk_edge,"
        " ADD CONSTRAINT pk_edge PRIMARY KEY (a, b) INCLUDE (weight)"
    )
    op.drop_index("ix_edge_b_a", "edge")
    op.create_index("ix_edge_b_a", "edge", ["b", "a"], postgresql_include=["weight"])
    # Only of pages that were vacuumed need the rows themselves not be asked.
    op.execute("ALTER TABLE edge SET (autovacuum_vacuum_insert_scale_factor = 0.02)")
