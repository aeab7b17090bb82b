"""Tables of reviews and erasures. They are words of people: no replay empties them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from repository.tables import NOW, Moment, metadata

# An event was reviewed and is kept; the latest row of a position counts.
retention_review = Table(
    "retention_review",
    metadata,
    Column("review_no", BigInteger, Identity(), primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("keep_until", Date, nullable=False),
    Column("because", Text, nullable=False),
    Index("ix_retention_review_position", "position"),
)

# One row an erased event; `report` stands at the one that was asked for.
erasure = Table(
    "erasure",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("event_id", UUID(as_uuid=True), primary_key=True),
    Column("asked_event_id", UUID(as_uuid=True), nullable=False),
    Column("erased_at", Moment, nullable=False),
    Column("erased_by", Text, nullable=False),
    Column("authority", Text, nullable=False),
    Column("because", Text, nullable=False),
    # Ordered by another store's list, and the event is not here yet.
    Column("pending", Boolean, nullable=False),
    Column("report", JSONB),
    Index("ix_erasure_pending", "agency", "event_id", postgresql_where=text("pending")),
)

# A reader who keeps records asks for an erasure; another one decides.
erasure_request = Table(
    "erasure_request",
    metadata,
    Column("request_no", BigInteger, Identity(), primary_key=True),
    Column("asked_at", Moment, nullable=False, server_default=NOW),
    Column("asked_by", Text, nullable=False),
    Column("agency", Text, nullable=False),
    Column("event_id", UUID(as_uuid=True), nullable=False),
    Column("authority", Text, nullable=False),
    Column("because", Text, nullable=False),
)

erasure_decision = Table(
    "erasure_decision",
    metadata,
    Column("request_no", BigInteger, ForeignKey("erasure_request.request_no"), primary_key=True),
    Column("decided_at", Moment, nullable=False, server_default=NOW),
    Column("decided_by", Text, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("because", Text, nullable=False),
)
