"""A folded case is for whoever may see every step that it was folded from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

FILL = """
UPDATE nrm_case c SET audiences = s.audiences FROM (
    SELECT case_position, bit_or(
        set_bit(0::bigint::bit(64), audience, 1)
        | set_bit(0::bigint::bit(64), coalesce(also, audience), 1)
    ) AS audiences
    FROM nrm_step WHERE stands_until IS NULL GROUP BY case_position
) AS s
WHERE s.case_position = c.case_position
"""
# What may be read of others' events and of one's own, 128 bits further on (0010): whoever has the
# right to both may see a step whosesoever it is. Unset, it is null, and nothing is visible.
MAY = """(
    SELECT substring(told.rights FROM 1 FOR 64)::bit(64)
         & substring(told.rights FROM 129 FOR 64)::bit(64)
    FROM (SELECT nullif(current_setting('intelbus.rights', true), '')::bit varying) AS told(rights)
)"""
EVERYTHING = "(SELECT current_setting('intelbus.everything', true) = 'on')"


def upgrade() -> None:
    op.add_column("nrm_case", sa.Column("audiences", postgresql.BIT(64)))
    op.execute(FILL)
    op.alter_column("nrm_case", "audiences", nullable=False)
    op.execute("DROP POLICY reads ON nrm_case")
    op.execute(
        "CREATE POLICY reads ON nrm_case FOR SELECT TO intelbus_reader"
        f" USING ({EVERYTHING} OR (audiences & {MAY}) = audiences)"
    )
