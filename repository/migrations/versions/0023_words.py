"""What the linker reads of people's words, and the weights that it was told to go by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for side in ("a", "b"):
        op.add_column("judgement", sa.Column(f"{side}_description", sa.BigInteger()))
        op.execute(
            f"UPDATE judgement j SET {side}_description = r.description FROM record r"  # noqa: S608
            f" WHERE r.position = j.{side}_position AND r.ordinal = j.{side}_ordinal"
        )
        op.create_index(f"ix_judgement_{side}_description", "judgement", [f"{side}_description"])
    op.create_index(
        "ix_judgement_undescribed",
        "judgement",
        ["a_position"],
        postgresql_where=sa.text("a_description IS NULL OR b_description IS NULL"),
    )
    op.create_table(
        "linking_weights",
        sa.Column("number", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("adopted_by", sa.Text(), nullable=False),
        sa.Column(
            "adopted_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("in_force_from", postgresql.TIMESTAMP(timezone=True)),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_linking_weights")),
    )
    # Who asks why two records are one is told by the weights that joined them.
    op.execute("GRANT SELECT ON linking_weights TO intelbus_reader")
