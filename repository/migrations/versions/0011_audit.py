"""The audit in a chain, whom its supervisors may read, and what they said of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Moment = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("clock_timestamp()")

FIND = """
CREATE OR REPLACE FUNCTION audit_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_seen (id, audit_no)
    SELECT DISTINCT unnest(NEW.ids), NEW.audit_no;
    INSERT INTO audit_queue (audit_no) VALUES (NEW.audit_no);
    RETURN NULL;
END $$
"""
# As in 0010.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE {} FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
ORGANISATION = "(SELECT current_setting('intelbus.organisation', true))"
RIGHTS = "(SELECT nullif(current_setting('intelbus.rights', true), '')::bit varying)"
# The rights of the centre's supervisors over what others' readers see; empty for all others.
OVER_OTHERS = "(SELECT nullif(current_setting('intelbus.over_others', true), '')::bit varying)"
# A look is shown to a supervisor who may see all that its reader may.
SUPERVISED = f"""
(SELECT current_setting('intelbus.supervises', true) = 'on')
AND bit_count(rights & ~ CASE WHEN organisation = {ORGANISATION} THEN {RIGHTS}
                              ELSE {OVER_OTHERS} END) = 0
"""
OF_SUPERVISED = "(SELECT true FROM audit seen WHERE seen.audit_no = {}.audit_no)"


# A number below 2³² for each look that is chained, which nobody could know when it was made.
DRAW = """
CREATE FUNCTION audit_draw(looked bigint) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp
RETURN (SELECT ('x' || substr(encode(link, 'hex'), 1, 8))::bit(32)::bigint & 4294967295
        FROM audit_log WHERE audit_no = looked)
"""


def upgrade() -> None:
    op.add_column("audit", sa.Column("rights", postgresql.BIT(varying=True)))
    op.execute("UPDATE audit SET rights = repeat('1', 256)::bit varying")
    op.alter_column("audit", "rights", nullable=False)
    op.create_table(
        "audit_queue",
        sa.Column("audit_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("audit_no", name=op.f("pk_audit_queue")),
    )
    op.execute("INSERT INTO audit_queue (audit_no) SELECT audit_no FROM audit")
    op.execute(FIND)
    op.create_table(
        "audit_log",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("audit_no", sa.BigInteger(), nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_log")),
    )
    op.execute(DRAW)
    op.create_index("ix_audit_log_audit_no", "audit_log", ["audit_no"])
    op.create_table(
        "audit_checkpoint",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("link", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", Moment, nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_checkpoint")),
    )
    op.create_table(
        "audit_review",
        sa.Column("audit_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reviewed_at", Moment, server_default=NOW, nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("audit_no", name=op.f("pk_audit_review")),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.execute("GRANT SELECT ON audit, audit_seen, audit_review TO intelbus_reader")
    op.execute("GRANT INSERT ON audit_review TO intelbus_reader")
    for table in ("audit_seen", "audit_review"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(FORCE.format(table))
        op.execute(
            f"CREATE POLICY reads ON {table} FOR SELECT TO intelbus_reader"
            f" USING ({OF_SUPERVISED.format(table)})"
        )
    op.execute(f"CREATE POLICY reads ON audit FOR SELECT TO intelbus_reader USING ({SUPERVISED})")
    op.execute(
        "CREATE POLICY adds ON audit_review FOR INSERT TO intelbus_reader WITH CHECK"
        " (reviewed_by = current_setting('intelbus.reader', true)"
        f" AND {OF_SUPERVISED.format('audit_review')})"
    )
