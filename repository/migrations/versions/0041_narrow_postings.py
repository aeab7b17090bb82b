"""Who sees little looks through few postings; who led an operation's step is counted with it, so
that the list of operations opens no event.
"""

import sqlalchemy as sa
from alembic import op

from intelbus.reading import read_event
from intelbus.trust import unverified
from repository.access.classes import is_far

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

# As repository/access/policy.py (WIDE) and classes.py (FAR) have them; a test compares them. What
# is told beyond law enforcement and prosecutors, and what others than those have told.
NARROW = "access_class >= 134217728 OR (access_class & 56) IN (16, 48)"

VIEW = f"""
CREATE VIEW narrow_posting WITH (security_invoker) AS SELECT * FROM posting WHERE {NARROW}
"""  # noqa: S608
ROWS_AT_ONCE = 2_000
UNSAID = sa.text("""
SELECT c.position, e.value
FROM counted c JOIN event_log l USING (position)
JOIN event e ON e.agency = l.agency AND e.event_id = l.event_id
WHERE c.kind = 'operation' AND NOT c.facts ? 'led_by' AND c.position > :after
ORDER BY c.position LIMIT :rows
""")
SAY = sa.text("""
UPDATE counted SET facts = facts || jsonb_build_object(
    'led_by', CAST(:led_by AS text), 'partners', to_jsonb(CAST(:partners AS text[]))
) WHERE position = :position
""")


FAR = sa.text("""
UPDATE originator SET number = number + 1048576
WHERE agency = ANY(:agencies) AND number < 1048576 RETURNING number - 1048576
""")
RECLASS = """
UPDATE {} SET access_class = access_class + 134217728 WHERE access_class >> 7 = ANY(:numbers)
"""


def upgrade() -> None:
    number_the_far(op.get_bind())
    op.execute(
        "CREATE INDEX ix_posting_narrow ON posting (term, position, ordinal)"
        f" INCLUDE (access_class) WHERE {NARROW}"
    )
    # Of whoever asks: the policy of postings binds them here as there.
    op.execute(VIEW)
    op.execute("GRANT SELECT ON narrow_posting TO intelbus_reader")
    say_who_took_part(op.get_bind())


def number_the_far(connection: sa.Connection) -> None:
    """Give the originators that neither enforce law nor prosecute numbers of their own range."""
    signed = connection.execute(
        sa.text("SELECT signed FROM registry ORDER BY version DESC LIMIT 1")
    ).scalar()
    if signed is None:
        return
    agencies = unverified(bytes(signed)).agencies.values()
    far = [one.code for one in agencies if is_far(one.type)]
    numbers = connection.execute(FAR, {"agencies": far}).scalars().all()
    for table in ("posting", "wording"):
        connection.execute(sa.text(RECLASS.format(table)), {"numbers": numbers})


def say_who_took_part(connection: sa.Connection) -> None:
    """Put into what was counted of operations' steps what newer ones say."""
    after = 0
    while rows := connection.execute(UNSAID, {"after": after, "rows": ROWS_AT_ONCE}).fetchall():
        told = [(position, read_event(bytes(value))) for position, value in rows]
        connection.execute(
            SAY,
            [
                {
                    "position": position,
                    "led_by": event["lead_agency"],
                    "partners": sorted(set(event["partner_agencies"])),
                }
                for position, event in told
            ],
        )
        after = rows[-1][0]
