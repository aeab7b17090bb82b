"""Who repeats whom, and what the relays stage knows of their wording."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Moment = postgresql.TIMESTAMP(timezone=True)


def _logged(position: str) -> str:
    return f"(SELECT true FROM event_log seen WHERE seen.position = {position})"  # noqa: S608


# As in 0010: the owner is bound only where he may bypass policies anyway.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE {} FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
# Readers see of relays what they see of both reports; wording is the stage's alone.
POLICIES = {
    "telling": _logged("telling.position"),
    "citation": _logged("citation.position"),
    "relay": _logged("relay.position") + " AND " + _logged("relay.of_position"),
}


def upgrade() -> None:
    op.create_table(
        "telling",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("root_event_id", sa.UUID(), nullable=False),
        sa.Column("event_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(collation="C"), nullable=False),
        sa.Column("reported_at", Moment, nullable=False),
        sa.Column("asserts", sa.Boolean(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("subjects", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_telling")),
    )
    op.create_index("ix_telling_name", "telling", ["name"])
    op.create_index("ix_telling_event_id", "telling", ["event_id"])
    op.create_index("ix_telling_agency_root_event_id", "telling", ["agency", "root_event_id"])
    op.create_table(
        "citation",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(collation="C")),
        sa.Column("event_id", sa.UUID()),
        sa.PrimaryKeyConstraint("position", "ordinal", name=op.f("pk_citation")),
    )
    op.create_index("ix_citation_name", "citation", ["name"])
    op.create_index("ix_citation_event_id", "citation", ["event_id"])
    op.create_table(
        "relay",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("of_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("verdict", sa.SmallInteger(), nullable=False),
        sa.Column("score", sa.REAL(), nullable=False),
        sa.Column("why", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("position", "of_position", "kind", name=op.f("pk_relay")),
    )
    op.create_index("ix_relay_of_position", "relay", ["of_position"])
    op.create_table(
        "passage",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("words", sa.SmallInteger(), nullable=False),
        sa.Column("subject", sa.BigInteger()),
        sa.Column("shingles", sa.ARRAY(sa.Integer()), nullable=False),
        sa.PrimaryKeyConstraint("position", "digest", name=op.f("pk_passage")),
    )
    op.create_index("ix_passage_digest", "passage", ["digest"])
    op.create_table(
        "passage_band",
        sa.Column("band", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("band", "position", name=op.f("pk_passage_band")),
    )
    op.create_index("ix_passage_band_position", "passage_band", ["position"])
    op.create_table(
        "telling_subject",
        sa.Column("subject", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reported_at", Moment, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint(
            "subject", "reported_at", "position", name=op.f("pk_telling_subject")
        ),
    )
    op.create_table(
        "formula",
        sa.Column("digest", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_formula")),
    )
    op.execute(f"GRANT SELECT ON {', '.join(POLICIES)} TO intelbus_reader")
    for table, condition in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(FORCE.format(table))
        op.execute(
            f"CREATE POLICY reads ON {table} FOR SELECT TO intelbus_reader USING ({condition})"
        )
