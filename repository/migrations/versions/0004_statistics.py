"""What the published figures are counted from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BREAKDOWNS = (
    "first_responder",
    "nationality",
    "sex",
    "age",
    "exploitation",
    "competent_authority",
    "reasonable_grounds",
    "conclusive_grounds",
    "days_to_reasonable_grounds",
    "days_to_conclusive_grounds",
    "uk_nation",
)
Moment = postgresql.TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "counted",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("statement", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("stands_from", Moment, nullable=False),
        sa.Column("stands_until", Moment),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("exploitation", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("nationalities", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("areas", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_counted")),
    )
    op.create_index("ix_counted_kind_occurred_on", "counted", ["kind", "occurred_on"])
    op.create_index("ix_counted_received_at", "counted", ["received_at"])
    op.create_table(
        "nrm_step",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_position", sa.BigInteger(), nullable=False),
        sa.Column("reference", sa.Text(collation="C"), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("stands_from", Moment, nullable=False),
        sa.Column("stands_until", Moment),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("step_on", sa.Date(), nullable=False),
        sa.Column("decision", sa.Text()),
        sa.Column("first_responder", sa.Text()),
        sa.Column("authority", sa.Text()),
        sa.Column("reflection_until", sa.Date()),
        sa.Column("uk_nation", sa.Text()),
        sa.Column("nationality", sa.Text()),
        sa.Column("sex", sa.Text()),
        sa.Column("age", sa.Text()),
        sa.Column("exploitation", sa.Text()),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_nrm_step")),
    )
    op.create_index("ix_nrm_step_reference_position", "nrm_step", ["reference", "position"])
    op.create_index("ix_nrm_step_case_position", "nrm_step", ["case_position"])
    op.create_index("ix_nrm_step_step_step_on", "nrm_step", ["step", "step_on"])
    op.create_table(
        "nrm_case",
        sa.Column("case_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("positions", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("referred_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Text()) for name in BREAKDOWNS),
        sa.PrimaryKeyConstraint("case_position", name=op.f("pk_nrm_case")),
    )
    op.create_index("ix_nrm_case_referred_on", "nrm_case", ["referred_on"])
