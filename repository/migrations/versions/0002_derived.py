"""What the stages derive: restatements, amendments, records, judgements, postings."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "amendment",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("amending_event_id", sa.UUID(), nullable=False),
        sa.Column("target_event_id", sa.UUID(), nullable=False),
        sa.Column("target_kind", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reported_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "amending_event_id", name=op.f("pk_amendment")),
    )
    op.create_index(
        "ix_amendment_agency_target_event_id",
        "amendment",
        ["agency", "target_event_id"],
        unique=False,
    )
    op.create_table(
        "entity_redirect",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("to_position", sa.BigInteger(), nullable=False),
        sa.Column("to_ordinal", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", "ordinal", name=op.f("pk_entity_redirect")),
    )
    op.create_table(
        "first_statement",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("content_digest", sa.LargeBinary(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "content_digest", name=op.f("pk_first_statement")),
    )
    op.create_table(
        "judgement",
        sa.Column("a_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("a_ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("b_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("b_ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("judge", sa.Text(), nullable=False),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("victim", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "a_position", "a_ordinal", "b_position", "b_ordinal", "judge", name=op.f("pk_judgement")
        ),
    )
    op.create_index(
        "ix_judgement_b_position_b_ordinal", "judgement", ["b_position", "b_ordinal"], unique=False
    )
    op.create_index(
        "ix_judgement_people",
        "judgement",
        ["judge"],
        unique=False,
        postgresql_where=sa.text("judge <> 'linker'"),
    )
    op.create_table(
        "posting",
        sa.Column("term", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("term", "position", "ordinal", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_position", "posting", ["position"], unique=False)
    op.create_table(
        "record",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("victim", sa.Boolean(), nullable=False),
        sa.Column("entity_position", sa.BigInteger(), nullable=False),
        sa.Column("entity_ordinal", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", "ordinal", name=op.f("pk_record")),
    )
    op.create_index(
        "ix_record_entity_position_entity_ordinal",
        "record",
        ["entity_position", "entity_ordinal"],
        unique=False,
    )
    op.create_table(
        "record_key",
        sa.Column("feature", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "feature", "key", "position", "ordinal", name=op.f("pk_record_key")
        ),
    )
    op.create_index("ix_record_key_position", "record_key", ["position"], unique=False)
    op.create_table(
        "restatement",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("first_position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_restatement")),
    )
    op.create_index(
        "ix_restatement_first_position", "restatement", ["first_position"], unique=False
    )
    op.create_table(
        "stage_cursor",
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("stage", name=op.f("pk_stage_cursor")),
    )
