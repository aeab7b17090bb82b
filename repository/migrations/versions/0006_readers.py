"""Who may read, under a role that owns nothing, and what they have read."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Moment = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("clock_timestamp()")

# A role is of the whole cluster: databases migrated at the same time may both want to make it.
MAKE_ROLE = """
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'intelbus_reader') THEN
        BEGIN
            CREATE ROLE intelbus_reader NOLOGIN;
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION 'the role intelbus_reader is missing, and % may not make it',
                    current_user
                USING HINT = 'as a superuser: CREATE ROLE intelbus_reader NOLOGIN; '
                    || 'GRANT intelbus_reader TO ' || quote_ident(current_user);
        END;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'intelbus_reader'
               AND (rolsuper OR rolbypassrls OR rolcanlogin)) THEN
        RAISE EXCEPTION 'the role intelbus_reader may log in, is a superuser or bypasses policies'
        USING HINT = 'ALTER ROLE intelbus_reader NOLOGIN NOSUPERUSER NOBYPASSRLS';
    END IF;
    FOR attempt IN 1..20 LOOP
        EXIT WHEN pg_has_role(current_user, 'intelbus_reader', 'MEMBER');
        BEGIN
            EXECUTE format('GRANT intelbus_reader TO %I', current_user);
        EXCEPTION WHEN unique_violation OR internal_error THEN PERFORM pg_sleep(0.05);
        END;
    END LOOP;
END $$
"""
# Whoever adds to the audit, by whatever path, adds to what it is found by.
FIND = """
CREATE FUNCTION audit_written() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO audit_seen (id, audit_no)
    SELECT DISTINCT unnest(NEW.ids), NEW.audit_no;
    RETURN NULL;
END $$;
CREATE TRIGGER audit_written AFTER INSERT ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_written()
"""
READ = (
    "event", "event_log", "record", "posting", "judgement", "entity_redirect", "restatement",
    "amendment", "topic", "stream_batch", "stage_cursor", "registry", "counted", "nrm_step",
    "nrm_case", "disclosure", "disclosed_event",
)  # fmt: skip
ADDED_TO = ("audit", "disclosure", "disclosed_event")


def upgrade() -> None:
    op.create_table(
        "reader",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("clearance", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_at", Moment, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_reader")),
    )
    op.create_table(
        "audit",
        sa.Column("audit_no", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("at", Moment, server_default=NOW, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("reader", "organisation", "os_user", "credential", "purpose", "operation")
        ),
        sa.Column("asked", postgresql.JSONB(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("audit_no", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_reader_at", "audit", ["reader", "at"])
    op.create_table(
        "audit_seen",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("audit_no", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audit_no"], ["audit.audit_no"], name=op.f("fk_audit_seen_audit_no_audit")
        ),
        sa.PrimaryKeyConstraint("id", "audit_no", name=op.f("pk_audit_seen")),
    )
    op.execute(FIND)
    op.execute(MAKE_ROLE)
    op.execute(f"GRANT SELECT ON {', '.join(READ)} TO intelbus_reader")
    op.execute(f"GRANT INSERT ON {', '.join(ADDED_TO)} TO intelbus_reader")
