"""What is listed is read from an index, in order, as far as it is shown."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

COLUMNS = (
    ("kind", sa.Text()),
    ("marking", sa.Text()),
    ("source_reference", sa.Text()),
    ("reported_at", postgresql.TIMESTAMP(timezone=True)),
)
FILL = """
UPDATE event_log l SET kind = e.kind, marking = e.marking, source_reference = e.source_reference,
    reported_at = e.reported_at
FROM event e WHERE e.agency = l.agency AND e.event_id = l.event_id
"""


def upgrade() -> None:
    for name, kind in COLUMNS:
        op.add_column("event_log", sa.Column(name, kind))
    op.execute(FILL)
    for name, _ in COLUMNS:
        op.alter_column("event_log", name, nullable=False)
    # The records of a thing, the oldest or the latest first, however many there are.
    op.drop_index("ix_record_entity_position_entity_ordinal", "record")
    op.drop_index("ix_record_description", "record")
    op.create_index(
        "ix_record_entity_position_entity_ordinal_position_ordinal",
        "record",
        ["entity_position", "entity_ordinal", "position", "ordinal"],
    )
    op.create_index(
        "ix_record_description_position_ordinal",
        "record",
        ["description", "position", "ordinal"],
    )
