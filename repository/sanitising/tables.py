"""Which event is the sanitised version of which; shown to those alone who may see both."""

from sqlalchemy import BigInteger, Column, Index, Table, Text

from repository.tables import NOW, Moment, metadata

sanitised_version = Table(
    "sanitised_version",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # Both: who does not see what it stands for already is not told by a refusal.
    Column("full_position", BigInteger, primary_key=True, autoincrement=False),
    Column("said_at", Moment, nullable=False, server_default=NOW),
    Column("said_by", Text, nullable=False),
    Index("ix_sanitised_version_full_position", "full_position"),
)
