"""Tables of the notices: what was decided and told stays; `holding` and its like are replayed."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID

from repository.tables import NOW, Moment, metadata

# What a record means for notices, and the entity it was last seen in.
holding = Table(
    "holding",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("ordinal", SmallInteger, primary_key=True, autoincrement=False),
    Column("local_id", Text, nullable=False),
    Column("protects", Text),
    Column("commonplace", Text),
    Column("entity_position", BigInteger, nullable=False),
    Column("entity_ordinal", SmallInteger, nullable=False),
    Index("ix_holding_entity_position_entity_ordinal", "entity_position", "entity_ordinal"),
)

# What an event is called, and where it says that it has it from.
held_event = Table(
    "held_event",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("names", ARRAY(Text), nullable=False),
    Column("upstream", ARRAY(Text), nullable=False),
    Column("told_by", ARRAY(Text), nullable=False),
)

# The versions of watch events that stand.
watch_step = Table(
    "watch_step",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("agency", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("expires_on", Date),
    Index("ix_watch_step_agency_reference", "agency", "reference"),
)

# One receiver, one holder, one entity (and one watch): what was decided last.
notice = Table(
    "notice",
    metadata,
    Column("notice_no", BigInteger, Identity(), primary_key=True),
    Column(
        "notice_id",
        UUID(as_uuid=True),
        nullable=False,
        unique=True,
        server_default=text("gen_random_uuid()"),
    ),
    Column("receiver", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("watch_reference", Text),
    Column("entity_position", BigInteger, nullable=False),
    Column("entity_ordinal", SmallInteger, nullable=False),
    # The receiver's own records concerned.
    Column("positions", ARRAY(BigInteger), nullable=False),
    Column("ordinals", ARRAY(SmallInteger), nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("strength", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("told", Boolean, nullable=False, server_default="false"),
    Column("ever_held", Boolean, nullable=False, server_default="false"),
    Column("revision", BigInteger, nullable=False, server_default="0"),
    # How far the log was read when this was decided, and when.
    Column("as_of", BigInteger, nullable=False),
    Column("decided_at", Moment, nullable=False, server_default=NOW),
    Index("ix_notice_entity_position_entity_ordinal", "entity_position", "entity_ordinal"),
    Index("ix_notice_held", "notice_no", postgresql_where=text("status = 'held'")),
)

# Every message that was ever to go out: one a revision, sealed once.
notice_outbox = Table(
    "notice_outbox",
    metadata,
    Column("message_no", BigInteger, Identity(), primary_key=True),
    Column("notice_no", BigInteger, ForeignKey("notice.notice_no"), nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("agency", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("queued_at", Moment, nullable=False, server_default=NOW),
    Column("sealed_topic", Text),
    Column("sealed_key", LargeBinary),
    Column("sealed_headers", Text),
    Column("sent_at", Moment),
    UniqueConstraint("notice_no", "revision"),
    Index("ix_notice_outbox_unsent", "message_no", postgresql_where=text("sent_at IS NULL")),
)

# The centre's own stream of notices to one agency.
notice_stream = Table(
    "notice_stream",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("stream", UUID(as_uuid=True), nullable=False),
    Column("next_sequence", BigInteger, nullable=False, server_default="1"),
    Column("last_root", LargeBinary),
)

# What officers decided of the notices that were held: only ever added to.
notice_decision = Table(
    "notice_decision",
    metadata,
    Column("decision_no", BigInteger, Identity(), primary_key=True),
    Column("notice_no", BigInteger, ForeignKey("notice.notice_no"), nullable=False),
    Column("decision", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Moment, nullable=False, server_default=NOW),
    Column("because", Text, nullable=False),
    Index("ix_notice_decision_notice_no", "notice_no"),
)

# Entities to look at once everything linked is noted: new events touch them, or people have.
notice_recheck = Table(
    "notice_recheck",
    metadata,
    Column("entity_position", BigInteger, primary_key=True, autoincrement=False),
    Column("entity_ordinal", SmallInteger, primary_key=True, autoincrement=False),
)
