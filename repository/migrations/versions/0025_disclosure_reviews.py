"""What people find when they look again at what was let out."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# As in 0010: the owner is bound only where he may bypass policies anyway.
FORCE = """
DO $$
BEGIN
    IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user) THEN
        ALTER TABLE disclosure_review FORCE ROW LEVEL SECURITY;
    END IF;
END $$
"""
OF_SEEN = "(SELECT true FROM disclosure d WHERE d.export_id = disclosure_review.export_id)"
# Another person than who let it out.
BY_ANOTHER = """reviewed_by = (SELECT current_setting('intelbus.reader', true)) AND
(SELECT d.exported_by <> disclosure_review.reviewed_by FROM disclosure d
 WHERE d.export_id = disclosure_review.export_id)"""


def upgrade() -> None:
    op.create_table(
        "disclosure_review",
        sa.Column("review_no", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("export_id", sa.UUID(), nullable=False),
        sa.Column(
            "reviewed_at",
            postgresql.TIMESTAMP(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("reviewed_by", "verdict", "because")
        ),
        sa.ForeignKeyConstraint(
            ["export_id"],
            ["disclosure.export_id"],
            name=op.f("fk_disclosure_review_export_id_disclosure"),
        ),
        sa.PrimaryKeyConstraint("review_no", name=op.f("pk_disclosure_review")),
    )
    op.create_index("ix_disclosure_review_export_id", "disclosure_review", ["export_id"])
    op.execute("GRANT SELECT, INSERT ON disclosure_review TO intelbus_reader")
    op.execute("ALTER TABLE disclosure_review ENABLE ROW LEVEL SECURITY")
    op.execute(FORCE)
    op.execute(
        f"CREATE POLICY reads ON disclosure_review FOR SELECT TO intelbus_reader USING ({OF_SEEN})"
    )
    op.execute(
        "CREATE POLICY adds ON disclosure_review FOR INSERT TO intelbus_reader"
        f" WITH CHECK ({BY_ANOTHER})"
    )
