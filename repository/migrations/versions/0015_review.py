"""What people decide about records: who, when, why, and whether it was undone."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_decision",
        sa.Column("decision_no", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column(
            "decided_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("undoes", sa.BigInteger()),
        sa.ForeignKeyConstraint(
            ["undoes"],
            ["review_decision.decision_no"],
            name=op.f("fk_review_decision_undoes_review_decision"),
        ),
        sa.PrimaryKeyConstraint("decision_no", name=op.f("pk_review_decision")),
        sa.UniqueConstraint("undoes", name=op.f("uq_review_decision_undoes")),
    )
    sides = ("a_position", "a_ordinal", "b_position", "b_ordinal")
    op.create_table(
        "review_word",
        sa.Column("decision_no", sa.BigInteger(), nullable=False),
        *(
            sa.Column(
                name,
                sa.BigInteger() if name.endswith("position") else sa.SmallInteger(),
                autoincrement=False,
                nullable=False,
            )
            for name in sides
        ),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_no"],
            ["review_decision.decision_no"],
            name=op.f("fk_review_word_decision_no_review_decision"),
        ),
        sa.PrimaryKeyConstraint("decision_no", *sides, name=op.f("pk_review_word")),
    )
    for side in ("a", "b"):
        columns = [f"{side}_position", f"{side}_ordinal"]
        op.create_index(f"ix_review_word_{side}_position_{side}_ordinal", "review_word", columns)
