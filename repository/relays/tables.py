"""Tables that the relays stage fills from the log; all can be emptied and replayed.

Rows are of versions of events, and stay when a version is corrected or retracted: which versions
stand is asked when origins are counted, so that an echo of what was withdrawn stays an echo.
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB, REAL, UUID

from repository.tables import Moment, metadata

# Every version of an event but retractions: what it is known by, and on whose word it rests.
telling = Table(
    "telling",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("agency", Text, nullable=False),
    Column("root_event_id", UUID(as_uuid=True), nullable=False),
    Column("event_id", UUID(as_uuid=True), nullable=False),
    # agency:reference, as a citation names it
    Column("name", Text(collation="C"), nullable=False),
    Column("reported_at", Moment, nullable=False),
    Column("asserts", Boolean, nullable=False),
    # The agency's own source, where it can be told from its others; else "".
    Column("source", Text, nullable=False),
    Column("subjects", ARRAY(BigInteger), nullable=False),
    Index("ix_telling_name", "name"),
    Index("ix_telling_event_id", "event_id"),
    Index("ix_telling_agency_root_event_id", "agency", "root_event_id"),
)

# Whose report a version says it passes on, nearest first.
citation = Table(
    "citation",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("name", Text(collation="C")),
    Column("event_id", UUID(as_uuid=True)),
    Index("ix_citation_name", "name"),
    Index("ix_citation_event_id", "event_id"),
)

# One version repeats another, and the evidence: the later-reported of two alike ones, or who cites.
relay = Table(
    "relay",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("of_position", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    # 1: a relay; 0: too like to corroborate, too unlike to be called one
    Column("verdict", SmallInteger, nullable=False),
    Column("score", REAL, nullable=False),
    Column("why", JSONB, nullable=False),
    Index("ix_relay_of_position", "of_position"),
)

# What an originator states between two subjects of one event, numbered as it lists them.
stated_relation = Table(
    "stated_relation",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("from_ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("to_ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
)

# What the stage alone reads: it holds every agency's wording, and no reader is given it.
passage = Table(
    "passage",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("digest", BigInteger, primary_key=True, autoincrement=False),
    Column("words", SmallInteger, nullable=False),
    # The least of the version's subjects: unlike ones tell a formula from a rumour.
    Column("subject", BigInteger),
    Column("shingles", ARRAY(Integer), nullable=False),
    Index("ix_passage_digest", "digest"),
)
passage_band = Table(
    "passage_band",
    metadata,
    Column("band", BigInteger, primary_key=True, autoincrement=False),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Index("ix_passage_band_position", "position"),
)
telling_subject = Table(
    "telling_subject",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("reported_at", Moment, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
)
formula = Table(
    "formula",
    metadata,
    Column("digest", BigInteger, primary_key=True, autoincrement=False),
)
