"""Tables of what the stages derive; all but `judgement` and `linking_weights` can be emptied and
replayed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from repository.tables import Moment, metadata

# How far each stage has read the log.
stage_cursor = Table(
    "stage_cursor",
    metadata,
    Column("stage", Text, primary_key=True),
    Column("position", BigInteger, nullable=False, server_default="0"),
)

# Where each content of an agency was first said; corrections and retractions are not in it.
first_statement = Table(
    "first_statement",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("content_digest", LargeBinary, primary_key=True),
    Column("position", BigInteger, nullable=False),
)

restatement = Table(
    "restatement",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("first_position", BigInteger, nullable=False),
    Index("ix_restatement_first_position", "first_position"),
)

# Looked up under the amending event's own agency only: another's event is never found.
amendment = Table(
    "amendment",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("amending_event_id", UUID(as_uuid=True), primary_key=True),
    Column("target_event_id", UUID(as_uuid=True), nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reported_at", Moment, nullable=False),
    Column("position", BigInteger, nullable=False),
    Index("ix_amendment_agency_target_event_id", "agency", "target_event_id"),
    Index("ix_amendment_position", "position"),
)

# What one event says about one subject. The entity is named by its oldest record.
record = Table(
    "record",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("agency", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("victim", Boolean, nullable=False),
    # Only readers of victims' data may see it.
    Column("sensitive", Boolean, nullable=False),
    Column("entity_position", BigInteger, nullable=False),
    Column("entity_ordinal", SmallInteger, nullable=False),
    Column("description", BigInteger, nullable=False),
    Index(
        "ix_record_entity_position_entity_ordinal_position_ordinal",
        "entity_position",
        "entity_ordinal",
        "position",
        "ordinal",
    ),
    Index("ix_record_description_position_ordinal", "description", "position", "ordinal"),
    Index(
        "ix_record_description_agency",
        "description",
        "agency",
        postgresql_include=["position", "sensitive"],
    ),
    Index("ix_record_victim_description", "description", postgresql_where=text("victim")),
)

# What records say, once for all that say the same. The number is of the content (63 bits of its
# hash), `said` the names and values that are compared, `own` what it weighs against itself.
description = Table(
    "description",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("own", Double, nullable=False),
)

# Blocking keys: what shares one is worth comparing. Keys that too many share are in `stop_key`.
link_key = Table(
    "link_key",
    metadata,
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("description", BigInteger, primary_key=True, autoincrement=False),
)
stop_key = Table(
    "stop_key", metadata, Column("key", BigInteger, primary_key=True, autoincrement=False)
)

# What two descriptions weigh, in bits, where they were compared and it is above the floor; a < b.
edge = Table(
    "edge",
    metadata,
    Column("a", BigInteger, primary_key=True, autoincrement=False),
    Column("b", BigInteger, primary_key=True, autoincrement=False),
    Column("weight", Double, nullable=False),
    Index("ix_edge_b_a", "b", "a", postgresql_include=["weight"]),
)

# Of a description in a large component, the bar in bits at which that is parted; nought of others.
parting = Table(
    "parting",
    metadata,
    Column("description", BigInteger, primary_key=True, autoincrement=False),
    Column("bar", SmallInteger, nullable=False),
)

# A person's word: two records are (verdict 1) or are not (-1) the same thing; a before b. It
# survives a replay.
judgement = Table(
    "judgement",
    metadata,
    Column("a_position", BigInteger, primary_key=True, autoincrement=False),
    Column("a_ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("b_position", BigInteger, primary_key=True, autoincrement=False),
    Column("b_ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("judge", Text, primary_key=True),
    Column("verdict", SmallInteger, nullable=False),
    Column("weight", Double, nullable=False),
    # [{"feature": …, "key": …, "weight": …}, …]
    Column("reasons", JSONB, nullable=False),
    Column("victim", Boolean, nullable=False),
    # The records' descriptions, by which the linker finds a word; null while they are not stored.
    Column("a_description", BigInteger),
    Column("b_description", BigInteger),
    Index("ix_judgement_a_description", "a_description"),
    Index("ix_judgement_b_description", "b_description"),
    Index(
        "ix_judgement_undescribed",
        "a_position",
        postgresql_where=text("a_description IS NULL OR b_description IS NULL"),
    ),
    Index("ix_judgement_b_position_b_ordinal", "b_position", "b_ordinal"),
    Index("ix_judgement_people", "judge", postgresql_where=text("judge <> 'linker'")),
)

# Files of weights that the linker was told to go by, the newest last. Those in force are the ones
# that came into force last; the document is the file, its frequencies too.
linking_weights = Table(
    "linking_weights",
    metadata,
    Column("number", BigInteger, Identity(), primary_key=True),
    Column("digest", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("adopted_by", Text, nullable=False),
    Column("adopted_at", Moment, nullable=False, server_default=text("clock_timestamp()")),
    Column("in_force_from", Moment),
)

# Where an entity went whose naming record was withdrawn.
entity_redirect = Table(
    "entity_redirect",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("to_position", BigInteger, nullable=False),
    Column("to_ordinal", SmallInteger, nullable=False),
)

# Ordinal -1 is the event's own text. `access_class` is repository/access/classes.py's.
posting = Table(
    "posting",
    metadata,
    Column("term", Text(collation="C"), primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("access_class", Integer, nullable=False),
    Index("ix_posting_position", "position"),
    # Told beyond law enforcement and prosecutors (access/policy.py, WIDE), or by others than those
    # (access/classes.py, FAR): whoever is none of them looks through this (`narrow_posting`).
    Index(
        "ix_posting_narrow",
        "term",
        "position",
        "ordinal",
        postgresql_include=["access_class"],
        postgresql_where=text("access_class >= 134217728 OR (access_class & 56) IN (16, 48)"),
    ),
)

# The words of an event's texts in their order (repository/linking/wording.py), and the roles of its
# subjects, a space between. The key includes the roles: they are counted by the index alone.
wording = Table(
    "wording",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("access_class", Integer, primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False),
    Column("roles", Text, nullable=False),
)
