"""What left the building, to whom, why and under which code."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disclosure",
        sa.Column("export_id", sa.UUID(), nullable=False),
        sa.Column("exported_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("exported_by", "recipient", "party", "purpose", "form", "kind")
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("left_out", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_disclosure")),
    )
    op.create_table(
        "disclosed_event",
        sa.Column("export_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("handling", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["disclosure.export_id"],
            name=op.f("fk_disclosed_event_export_id_disclosure"),
        ),
        sa.PrimaryKeyConstraint("export_id", "position", name=op.f("pk_disclosed_event")),
    )
    op.create_index("ix_disclosed_event_position", "disclosed_event", ["position"])
