"""Who may read what: audiences on what is read, and row-level security that goes by them."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# As repository/access/policy.py numbers them: 8 × release + marking. A test compares the two.
AUDIENCE = """
CREATE FUNCTION event_audience(scheme text, handling text, marking text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN (
    8 * CASE scheme
        WHEN 'five_by_five_by_five' THEN CASE handling
            WHEN '1' THEN 1 WHEN '2' THEN 2 WHEN '3' THEN 3 WHEN '4' THEN 4 WHEN '5' THEN 5
            ELSE 0 END
        WHEN 'three_by_five_by_two' THEN CASE handling WHEN 'P' THEN 6 WHEN 'C' THEN 7 ELSE 0 END
        ELSE 0 END
    + CASE marking
        WHEN 'not_protectively_marked' THEN 0 WHEN 'protect' THEN 1 WHEN 'restricted' THEN 2
        WHEN 'confidential' THEN 3 WHEN 'secret' THEN 4 WHEN 'top_secret' THEN 5 ELSE 7 END
)::smallint
"""
NEW_COLUMNS = (
    ("event_log", "audience", sa.SmallInteger()),
    ("event_log", "also", sa.SmallInteger()),
    ("counted", "audience", sa.SmallInteger()),
    ("counted", "also", sa.SmallInteger()),
    ("nrm_step", "audience", sa.SmallInteger()),
    ("nrm_step", "also", sa.SmallInteger()),
    ("record", "sensitive", sa.Boolean()),
    ("posting", "access_class", sa.Integer()),
    ("disclosure", "organisation", sa.Text()),
)
# What was indexed without knowing what identifies a victim is held back from whom that concerns
# until `ukhtc link --replay`: the strictest that can be said of it.
FILL = (
    """UPDATE event_log l SET audience = event_audience(e.grading_scheme, e.handling, e.marking)
    FROM event e WHERE e.agency = l.agency AND e.event_id = l.event_id""",
    "UPDATE counted c SET audience = l.audience FROM event_log l WHERE l.position = c.position",
    "UPDATE nrm_step c SET audience = l.audience FROM event_log l WHERE l.position = c.position",
    "UPDATE record SET sensitive = true",
    "INSERT INTO originator (agency) SELECT DISTINCT agency FROM event_log",
    """UPDATE posting p SET access_class = 128 * o.number + 64 + l.audience
    FROM event_log l JOIN originator o USING (agency) WHERE l.position = p.position""",
    "UPDATE disclosure SET organisation = 'ukhtc'",
    """INSERT INTO nrm_referrer (case_position, agency)
    SELECT DISTINCT case_position, agency FROM nrm_step WHERE step = 'referred'""",
)
MAY_BE_NULL = "also"

# Set by repository/access/session.py for one transaction; unset, they are empty, and nothing is
# visible. Each stands in a query of its own, so that it is read once and not once a row.
RIGHTS = "(SELECT nullif(current_setting('intelbus.rights', true), '')::bit varying)"
ORGANISATION = "(SELECT current_setting('intelbus.organisation', true))"
ORIGINATOR = "(SELECT nullif(current_setting('intelbus.originator', true), '')::integer)"
CLEARANCE = "(SELECT nullif(current_setting('intelbus.clearance', true), '')::integer)"


def _is_on(name: str) -> str:
    return f"(SELECT current_setting('intelbus.{name}', true) = 'on')"


def _may(table: str, column: str) -> str:
    own = f"CASE WHEN {table}.agency = {ORGANISATION} THEN 128 ELSE 0 END"
    return f"get_bit({RIGHTS}, {table}.{column} + {own}) = 1"


def _versioned(table: str) -> str:
    also = f"({table}.also IS NULL OR {_may(table, 'also')})"
    return f"{_may(table, 'audience')} AND {also}"


def _logged(position: str) -> str:
    """A query for one row, and no EXISTS, which might be answered by reading the whole log."""
    return f"(SELECT true FROM event_log seen WHERE seen.position = {position})"  # noqa: S608


def _record(position: str, ordinal: str) -> str:
    where = f"seen.position = {position} AND seen.ordinal = {ordinal}"
    return f"(SELECT true FROM record seen WHERE {where})"  # noqa: S608


# Policies bind everybody but the owner: as which ingest and the stages work, by COPY, which
# PostgreSQL refuses under a policy. Where they may bypass policies anyway, the owner is bound too.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE {} FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
DISCLOSED = "(SELECT true FROM disclosure d WHERE d.export_id = disclosed_event.export_id)"
POLICIES = {
    "event_log": _versioned("event_log"),
    "event": "(SELECT true FROM event_log seen"
    " WHERE seen.agency = event.agency AND seen.event_id = event.event_id)",
    "record": f"(NOT sensitive OR {_is_on('victims')}) AND {_logged('record.position')}",
    "posting": f"""get_bit({RIGHTS}, (access_class & 127)
        + CASE WHEN access_class >> 7 = {ORIGINATOR} THEN 128 ELSE 0 END) = 1""",
    "judgement": _record("judgement.a_position", "judgement.a_ordinal")
    + " AND "
    + _record("judgement.b_position", "judgement.b_ordinal"),
    # Where an entity went is known from all records: it may pass over a hidden one.
    "entity_redirect": _is_on("everything"),
    "restatement": _logged("restatement.position")
    + " AND "
    + _logged("restatement.first_position"),
    "amendment": _logged("amendment.position"),
    "counted": _versioned("counted"),
    "nrm_step": f"""({_versioned("nrm_step")}) OR (
        decision IS NOT NULL AND (audience & 7) <= {CLEARANCE}
        AND (SELECT true FROM nrm_referrer mine WHERE mine.case_position = nrm_step.case_position
             AND mine.agency = {ORGANISATION}))""",  # noqa: S608
    "nrm_referrer": f"agency = {ORGANISATION}",
    "nrm_case": _is_on("everything"),
    "stream_batch": f"agency = {ORGANISATION} OR {_is_on('everything')}",
    "originator": f"agency = {ORGANISATION}",
    "disclosure": f"organisation = {ORGANISATION} AND {_is_on('discloses')}",
    "disclosed_event": _logged("disclosed_event.position") + f" AND {DISCLOSED}",
}
ADDED_TO = {
    "audit": f"reader = current_setting('intelbus.reader', true) AND organisation = {ORGANISATION}",
    "disclosure": f"organisation = {ORGANISATION}",
    "disclosed_event": _logged("disclosed_event.position"),
}


def upgrade() -> None:
    op.execute(AUDIENCE)
    op.create_table(
        "originator",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_originator")),
        sa.UniqueConstraint("number", name=op.f("uq_originator_number")),
    )
    op.create_table(
        "nrm_referrer",
        sa.Column("case_position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_position", "agency", name=op.f("pk_nrm_referrer")),
    )
    op.create_index("ix_amendment_position", "amendment", ["position"])
    for table, name, kind in NEW_COLUMNS:
        op.add_column(table, sa.Column(name, kind))
    for statement in FILL:
        op.execute(statement)
    for table, name, _ in NEW_COLUMNS:
        if name != MAY_BE_NULL:
            op.alter_column(table, name, nullable=False)
    op.execute("GRANT SELECT ON originator, nrm_referrer TO intelbus_reader")
    for table in dict.fromkeys((*POLICIES, *ADDED_TO)):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(FORCE.format(table))
    for table, condition in POLICIES.items():
        op.execute(
            f"CREATE POLICY reads ON {table} FOR SELECT TO intelbus_reader USING ({condition})"
        )
    for table, condition in ADDED_TO.items():
        op.execute(
            f"CREATE POLICY adds ON {table} FOR INSERT TO intelbus_reader WITH CHECK ({condition})"
        )
