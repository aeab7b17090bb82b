"""The words of events in their order, and the roles in them, each for whom it is: phrases are found
without reading the events, and roles are counted by a row or two of each.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

# As in 0010: the owner is bound only where he may bypass policies anyway.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE wording FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
# That of postings: a wording goes by the same classes.
READS = """
CREATE POLICY reads ON wording FOR SELECT TO intelbus_reader USING (
    get_bit((SELECT nullif(current_setting('intelbus.rights', true), '')::bit varying),
        (access_class & 127) + CASE WHEN access_class >> 7 =
            (SELECT nullif(current_setting('intelbus.originator', true), '')::integer)
        THEN 128 ELSE 0 END) = 1
)
"""


def upgrade() -> None:
    op.create_table(
        "wording",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("access_class", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint(
            "position", "access_class", name=op.f("pk_wording"), postgresql_include=["roles"]
        ),
    )
    op.drop_index("ix_posting_role_position", "posting")
    op.execute("GRANT SELECT ON wording TO intelbus_reader")
    op.execute("ALTER TABLE wording ENABLE ROW LEVEL SECURITY")
    op.execute(FORCE)
    op.execute(READS)
