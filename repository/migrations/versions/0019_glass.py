"""Break-glass: what one reader may see for a time, by a second person's word."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

Moment = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("clock_timestamp()")

# Whether what was granted can be seen now: not past its time, not ended, and not amended beyond
# what was granted, since nobody has decided on that version.
OPEN = """
CREATE FUNCTION glass_open(request bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM glass_decision d JOIN glass_request r USING (request_no)
        WHERE request_no = request AND d.granted AND d.expires_at > now()
          AND d.decided_by <> r.reader
          AND NOT EXISTS (SELECT FROM glass_end e WHERE e.request_no = request)
          AND NOT EXISTS (
              SELECT FROM amendment a
              WHERE a.agency = d.agency AND a.target_event_id = d.root_event_id
                AND NOT a.position = ANY (d.positions)))
$$
"""
# The positions that the reader of this transaction sees beyond their rights; with what identifies
# victims, or at all.
POSITIONS = """
CREATE FUNCTION glass_positions(with_victims boolean) RETURNS bigint[] LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(p), '{}')
    FROM glass_request r JOIN glass_decision d USING (request_no), unnest(d.positions) AS p
    WHERE r.reader = current_setting('intelbus.reader', true)
      AND r.organisation = current_setting('intelbus.organisation', true)
      AND d.expires_at > now() AND (r.victims OR NOT with_victims) AND glass_open(request_no)
$$
"""
RIGHTS = "(SELECT nullif(current_setting('intelbus.rights', true), '')::bit varying)"
READER = "(SELECT current_setting('intelbus.reader', true))"
ORGANISATION = "(SELECT current_setting('intelbus.organisation', true))"
AT_CENTRE = f"{ORGANISATION} = 'ukhtc'"


def _is_on(name: str) -> str:
    return f"(SELECT current_setting('intelbus.{name}', true) = 'on')"


def _may(column: str) -> str:
    own = f"CASE WHEN event_log.agency = {ORGANISATION} THEN 128 ELSE 0 END"
    return f"get_bit({RIGHTS}, event_log.{column} + {own}) = 1"


def _broken(position: str, with_victims: str) -> str:
    """Asked once a query, and not unless something is hidden: the cast makes it no set of rows."""
    return f"{position} = ANY ((SELECT glass_positions({with_victims}))::bigint[])"


# As in 0010, or what a glass was broken for. Postings, figures and exports go by rights alone.
WIDER = {
    "event_log": f"({_may('audience')} AND (event_log.also IS NULL OR {_may('also')}))"
    f" OR {_broken('event_log.position', 'false')}",
    "record": f"""(NOT sensitive OR {_is_on("victims")} OR {_broken("record.position", "true")})
        AND (SELECT true FROM event_log seen WHERE seen.position = record.position)""",  # noqa: S608
}
# As in 0010: the owner is bound only where he may bypass policies anyway.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE {} FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
REQUEST = "(SELECT true FROM glass_request asked WHERE asked.request_no = {}.request_no)"
# An agency's approver is shown who asks for its own events, the centre's who asks for any.
OWN_EVENT = f"""coalesce(
    (SELECT true FROM event_log seen WHERE seen.position = glass_request.asked_position
     AND seen.agency = {ORGANISATION}),
    (SELECT true FROM event_log seen WHERE seen.event_id = glass_request.asked_event_id
     AND seen.agency = {ORGANISATION}), false)"""  # noqa: S608
# The rules of repository/glass/rules.py once more: another person, with authority, whose own
# rights reach all of it.
DECIDES = f"""decided_by = {READER} AND {_is_on("approves")}
AND (SELECT asked.reader <> {READER}
            AND (NOT granted OR (
                (NOT asked.victims OR {_is_on("victims")})
                AND expires_at <= clock_timestamp() + asked.hours * interval '1 hour'))
     FROM glass_request asked WHERE asked.request_no = glass_decision.request_no)
AND CASE WHEN granted THEN
    cardinality(positions) > 0
    AND ({AT_CENTRE} OR glass_decision.agency = {ORGANISATION})
    AND cardinality(positions) = (
        SELECT count(*) FROM event_log seen
        WHERE seen.agency = glass_decision.agency
          AND seen.position = ANY (glass_decision.positions))
    AND NOT positions && (SELECT glass_positions(false))
ELSE cardinality(positions) = 0 END
"""  # noqa: S608
POLICIES = {
    "glass_request": (
        f"""(reader = {READER} AND organisation = {ORGANISATION})
        OR ({_is_on("approves")} AND ({AT_CENTRE} OR {OWN_EVENT}))""",
        f"reader = {READER} AND organisation = {ORGANISATION} AND hours BETWEEN 1 AND 24",
    ),
    "glass_decision": (REQUEST.format("glass_decision"), DECIDES),
    "glass_end": (
        REQUEST.format("glass_end"),
        f"ended_by = {READER} AND {REQUEST.format('glass_end')}",
    ),
}


def upgrade() -> None:
    op.create_table(
        "glass_request",
        sa.Column("request_no", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("asked_at", Moment, server_default=NOW, nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("reader", "organisation", "os_user", "credential")
        ),
        sa.Column("asked_position", sa.BigInteger()),
        sa.Column("asked_event_id", sa.UUID()),
        sa.Column("victims", sa.Boolean(), nullable=False),
        sa.Column("hours", sa.SmallInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_glass_request")),
    )
    op.create_index("ix_glass_request_reader", "glass_request", ["reader"])
    op.create_table(
        "glass_decision",
        sa.Column("request_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("decided_at", Moment, server_default=NOW, nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("expires_at", Moment),
        sa.Column("agency", sa.Text()),
        sa.Column("root_event_id", sa.UUID()),
        sa.Column("positions", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_no"],
            ["glass_request.request_no"],
            name=op.f("fk_glass_decision_request_no_glass_request"),
        ),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_glass_decision")),
    )
    op.create_table(
        "glass_end",
        sa.Column("request_no", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ended_at", Moment, server_default=NOW, nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["request_no"],
            ["glass_decision.request_no"],
            name=op.f("fk_glass_end_request_no_glass_decision"),
        ),
        sa.PrimaryKeyConstraint("request_no", name=op.f("pk_glass_end")),
    )
    for statement in (OPEN, POSITIONS):
        op.execute(statement)
    for function in ("glass_open(bigint)", "glass_positions(boolean)"):
        op.execute(f"REVOKE EXECUTE ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO intelbus_reader")
    op.execute(f"GRANT SELECT, INSERT ON {', '.join(POLICIES)} TO intelbus_reader")
    for table, (reads, adds) in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(FORCE.format(table))
        op.execute(f"CREATE POLICY reads ON {table} FOR SELECT TO intelbus_reader USING ({reads})")
        op.execute(
            f"CREATE POLICY adds ON {table} FOR INSERT TO intelbus_reader WITH CHECK ({adds})"
        )
    for table, reads in WIDER.items():
        op.execute(f"ALTER POLICY reads ON {table} USING ({reads})")
