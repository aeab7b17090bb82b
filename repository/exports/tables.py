"""What left the building: never emptied, never replayed."""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from repository.tables import NOW, Moment, metadata

disclosure = Table(
    "disclosure",
    metadata,
    Column("export_id", UUID(as_uuid=True), primary_key=True),
    Column("exported_at", Moment, nullable=False),
    *(
        Column(name, Text, nullable=False)
        for name in ("exported_by", "recipient", "party", "purpose", "form")
    ),
    # Of a kind and a period, of a search, or of the network around an entity.
    Column("kind", Text),
    Column("since", Date),
    Column("until", Date),
    Column("query", Text),
    Column("filters", JSONB),
    Column("network", Text),
    Column("hops", SmallInteger),
    Column("left_out", BigInteger, nullable=False),
    # The highest marking its recipient may hold, as its exporter said; null where nobody was asked.
    Column("clearance", Text),
    # Why it went to a body that is not enrolled; null for an enrolled organisation.
    Column("outside", Text),
    # Whose disclosure it is.
    Column("organisation", Text, nullable=False),
)

disclosed_event = Table(
    "disclosed_event",
    metadata,
    Column("export_id", UUID(as_uuid=True), ForeignKey("disclosure.export_id"), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    # The code it was disclosed under, as it was then.
    Column("handling", Text, nullable=False),
    Index("ix_disclosed_event_position", "position"),
)

# What somebody else than who exported it found, looking again.
disclosure_review = Table(
    "disclosure_review",
    metadata,
    Column("review_no", BigInteger, Identity(), primary_key=True),
    Column("export_id", UUID(as_uuid=True), ForeignKey("disclosure.export_id"), nullable=False),
    Column("reviewed_at", Moment, nullable=False, server_default=NOW),
    *(Column(name, Text, nullable=False) for name in ("reviewed_by", "verdict", "because")),
    Index("ix_disclosure_review_export_id", "export_id"),
)
