"""Saved searches, and what their owners were told of."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

Moment = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("clock_timestamp()")
READER = "(SELECT current_setting('intelbus.reader', true))"
ORGANISATION = "(SELECT current_setting('intelbus.organisation', true))"
MINE = f"owner = {READER} AND organisation = {ORGANISATION}"
OF_MINE = f"(SELECT {MINE} FROM saved_search s WHERE s.search_no = alert_told.search_no)"  # noqa: S608
# As in 0010: the owner is bound only where he may bypass policies anyway.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE {} FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
SHARED = f"shared AND organisation = {ORGANISATION}"
POLICIES = (
    ("saved_search", "reads", f"SELECT TO intelbus_reader USING (({MINE}) OR ({SHARED}))"),
    ("saved_search", "adds", f"INSERT TO intelbus_reader WITH CHECK ({MINE})"),
    ("saved_search", "changes", f"UPDATE TO intelbus_reader USING ({MINE})"),
    ("alert_told", "keeps", f"ALL TO intelbus_reader USING ({OF_MINE}) WITH CHECK ({OF_MINE})"),
)


def upgrade() -> None:
    op.create_table(
        "saved_search",
        sa.Column("search_no", sa.BigInteger(), sa.Identity(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("owner", "organisation", "name", "query")
        ),
        sa.Column("filters", postgresql.JSONB(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("alerts", sa.Boolean(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("saved_at", Moment, server_default=NOW, nullable=False),
        sa.Column("removed_at", Moment),
        sa.PrimaryKeyConstraint("search_no", name=op.f("pk_saved_search")),
    )
    op.create_index("ix_saved_search_owner", "saved_search", ["owner"])
    op.create_table(
        "alert_told",
        sa.Column("search_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("root_event_id", sa.UUID(), nullable=False),
        sa.Column("told_at", Moment, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["search_no"],
            ["saved_search.search_no"],
            name=op.f("fk_alert_told_search_no_saved_search"),
        ),
        sa.PrimaryKeyConstraint("search_no", "agency", "root_event_id", name=op.f("pk_alert_told")),
    )
    op.execute("GRANT SELECT, INSERT ON saved_search, alert_told TO intelbus_reader")
    op.execute("GRANT DELETE ON alert_told TO intelbus_reader")
    op.execute("GRANT UPDATE (removed_at) ON saved_search TO intelbus_reader")
    for table in ("saved_search", "alert_told"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(FORCE.format(table))
    for table, name, rule in POLICIES:
        op.execute(f"CREATE POLICY {name} ON {table} FOR {rule}")
