"""Which agencies describe something so is read from an index, however many reports each has."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With what the policy asks of a record, so that the table is not read for it.
    op.create_index(
        "ix_record_description_agency",
        "record",
        ["description", "agency"],
        postgresql_include=["position", "sensitive"],
    )
