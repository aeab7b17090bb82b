"""Relations that originators state between the subjects of an event."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# As in 0010: the owner is bound only where he may bypass policies anyway.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE stated_relation FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""


def _record(ordinal: str) -> str:
    where = f"seen.position = stated_relation.position AND seen.ordinal = {ordinal}"
    return f"(SELECT true FROM record seen WHERE {where})"  # noqa: S608


def upgrade() -> None:
    op.create_table(
        "stated_relation",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("to_ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "position", "from_ordinal", "to_ordinal", "kind", name=op.f("pk_stated_relation")
        ),
    )
    # What was read before is read again, for its relations.
    op.execute("TRUNCATE telling, citation, relay, passage, passage_band, telling_subject, formula")
    op.execute("DELETE FROM stage_cursor WHERE stage = 'relays'")
    op.execute("GRANT SELECT ON stated_relation TO intelbus_reader")
    op.execute("ALTER TABLE stated_relation ENABLE ROW LEVEL SECURITY")
    op.execute(FORCE)
    both = f"{_record('stated_relation.from_ordinal')} AND {_record('stated_relation.to_ordinal')}"
    op.execute(
        f"CREATE POLICY reads ON stated_relation FOR SELECT TO intelbus_reader USING ({both})"
    )
