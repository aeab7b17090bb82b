"""Streams count what an agency sent, shared searches name what their owners saw: for equals."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# Set for one transaction by repository/access/session.py; unset, nothing is visible.
READER = "(SELECT current_setting('intelbus.reader', true))"
ORGANISATION = "(SELECT current_setting('intelbus.organisation', true))"
RIGHTS = "(SELECT nullif(current_setting('intelbus.rights', true), '')::bit varying)"


def _is_on(name: str) -> str:
    return f"(SELECT current_setting('intelbus.{name}', true) = 'on')"


# A stream's numbers count every event that was sent, whatever its marking.
COUNTS = ("stream", "stream_batch", "receipt_outbox")
COUNTED = f"(agency = {ORGANISATION} AND {_is_on('own_everything')}) OR {_is_on('everything')}"
# Its words may be those of an event that a colleague may not see.
MINE = f"owner = {READER} AND organisation = {ORGANISATION}"
SHARED = f"""shared AND organisation = {ORGANISATION} AND bit_count(rights & ~ {RIGHTS}) = 0
    AND (NOT sources OR {_is_on("sources")})"""
AS_OF_NOW = f"{MINE} AND rights = {RIGHTS} AND sources = {_is_on('sources')}"


def upgrade() -> None:
    for table in COUNTS:
        op.execute(f"ALTER POLICY reads ON {table} USING ({COUNTED})")
    op.add_column("saved_search", sa.Column("rights", postgresql.BIT(varying=True)))
    op.add_column("saved_search", sa.Column("sources", sa.Boolean()))
    # What its owner might see when it was saved is not known: the most that there can be.
    op.execute("UPDATE saved_search SET rights = repeat('1', 256)::bit varying, sources = true")
    for column in ("rights", "sources"):
        op.alter_column("saved_search", column, nullable=False)
    op.execute(f"ALTER POLICY reads ON saved_search USING (({MINE}) OR ({SHARED}))")
    op.execute(f"ALTER POLICY adds ON saved_search WITH CHECK ({AS_OF_NOW})")
