"""Tables of saved searches; the database shows each to its owner, what is shared to colleagues who
may see as much.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Identity, Index, Table, Text
from sqlalchemy.dialects.postgresql import BIT, JSONB, UUID

from repository.tables import NOW, Moment, metadata

saved_search = Table(
    "saved_search",
    metadata,
    Column("search_no", BigInteger, Identity(), primary_key=True),
    Column("owner", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("filters", JSONB, nullable=False),
    Column("shared", Boolean, nullable=False),
    Column("alerts", Boolean, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("saved_at", Moment, nullable=False, server_default=NOW),
    Column("removed_at", Moment),
    # What its owner might see when it was kept: who may see less is not shown what is shared.
    Column("rights", BIT(varying=True), nullable=False),
    Column("sources", Boolean, nullable=False),
    Index("ix_saved_search_owner", "owner"),
)

# What its owner knows of: each event once, whatever versions of it come.
alert_told = Table(
    "alert_told",
    metadata,
    Column("search_no", BigInteger, ForeignKey("saved_search.search_no"), primary_key=True),
    Column("agency", Text, primary_key=True),
    Column("root_event_id", UUID(as_uuid=True), primary_key=True),
    Column("told_at", Moment, nullable=False, server_default=NOW),
)
