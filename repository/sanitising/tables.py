"""Which event is the sanitised version of which; shown to those alone who may see both."""

from sqlalchemy import BigInteger, Column, Identity, Index, Table, Text, text

from repository.tables import NOW, Moment, metadata

sanitised_version = Table(
    "sanitised_version",
    metadata,
    # A number of its own: a tie that was taken back stays on record, and may be said again.
    Column("tie_no", BigInteger, Identity(), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("full_position", BigInteger, nullable=False),
    Column("said_at", Moment, nullable=False, server_default=NOW),
    Column("said_by", Text, nullable=False),
    Column("undone_at", Moment),
    Column("undone_by", Text),
    Index("ix_sanitised_version_full_position", "full_position"),
    # Of both: who does not see what it stands for already is not told by a refusal.
    Index(
        "ix_sanitised_version_standing",
        "position",
        "full_position",
        unique=True,
        postgresql_where=text("undone_at IS NULL"),
    ),
)
