"""Why something went to a body that is not enrolled; who is shown who asks to break a glass; and
that an event stands for another is no bar to who does not see it."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

READER = "(SELECT current_setting('intelbus.reader', true))"
ORGANISATION = "(SELECT current_setting('intelbus.organisation', true))"


def _is_on(name: str) -> str:
    return f"(SELECT current_setting('intelbus.{name}', true) = 'on')"


# Of what an approver may not see, no request is shown: that one is granted says that it is there.
# Who sees everything is shown all, and decides on those that name nothing. As in 0019, an agency's
# approver is shown who asks for its own events, the centre's who asks for any.
_NAMED = f"""(SELECT true FROM event_log seen WHERE seen.{{}}
     AND ({ORGANISATION} = 'ukhtc' OR seen.agency = {ORGANISATION}) LIMIT 1)"""  # noqa: S608
REQUESTS = f"""
(reader = {READER} AND organisation = {ORGANISATION})
OR ({_is_on("approves")} AND coalesce(
    nullif({_is_on("everything")} AND {ORGANISATION} = 'ukhtc', false),
    {_NAMED.format("position = glass_request.asked_position")},
    {_NAMED.format("event_id = glass_request.asked_event_id")}, false))
"""


def upgrade() -> None:
    op.add_column("disclosure", sa.Column("outside", sa.Text()))
    op.execute(f"ALTER POLICY reads ON glass_request USING ({REQUESTS})")
    op.drop_constraint("pk_sanitised_version", "sanitised_version")
    op.create_primary_key(
        "pk_sanitised_version", "sanitised_version", ["position", "full_position"]
    )
