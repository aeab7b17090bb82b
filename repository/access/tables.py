"""Tables of readers and of what they have read. The audit is only ever added to."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BIT, JSONB

from repository.tables import NOW, Moment, metadata

# Who may read at all. No secrets: credentials are kept elsewhere and lead to a name here.
reader = Table(
    "reader",
    metadata,
    Column("name", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("party", Text, nullable=False),
    Column("clearance", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("changed_at", Moment, nullable=False, server_default=NOW),
)

# A number for each agency whose events are indexed, for the classes of postings.
originator = Table(
    "originator",
    metadata,
    Column("agency", Text, primary_key=True),
    Column("number", Integer, Identity(), nullable=False, unique=True),
)

# One row a look: written in the transaction that looked, committed before the answer leaves.
audit = Table(
    "audit",
    metadata,
    Column("audit_no", BigInteger, Identity(always=True), primary_key=True),
    Column("at", Moment, nullable=False, server_default=NOW),
    Column("reader", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    # The operating system's user, and the credential of a request: who it really was.
    Column("os_user", Text, nullable=False),
    Column("credential", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("operation", Text, nullable=False),
    Column("asked", JSONB, nullable=False),
    # answered, nothing, refused, failed
    Column("outcome", Text, nullable=False),
    Column("ids", ARRAY(Text), nullable=False),
    # What the reader might see then (repository/access/policy.py): a supervisor of less reads on.
    Column("rights", BIT(varying=True), nullable=False),
    Index("ix_audit_reader_at", "reader", "at"),
    Index("ix_audit_at", "at"),
)

# The same ids, to be found by: who has seen this? A trigger fills it.
audit_seen = Table(
    "audit_seen",
    metadata,
    Column("id", Text(collation="C"), primary_key=True),
    Column("audit_no", BigInteger, ForeignKey("audit.audit_no"), primary_key=True),
)

# Committed and not yet chained: filled by the same trigger, emptied by the sequencer.
audit_queue = Table(
    "audit_queue",
    metadata,
    Column("audit_no", BigInteger, primary_key=True, autoincrement=False),
)

# The chain (repository/access/evidence.py): dense, in the order of chaining.
audit_log = Table(
    "audit_log",
    metadata,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("audit_no", BigInteger, nullable=False),
    Column("link", LargeBinary, nullable=False),
    Index("ix_audit_log_audit_no", "audit_no"),
)

audit_checkpoint = Table(
    "audit_checkpoint",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("link", LargeBinary, nullable=False),
    Column("signed_at", Moment, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)

# What a supervisor found of a look.
audit_review = Table(
    "audit_review",
    metadata,
    Column("audit_no", BigInteger, primary_key=True, autoincrement=False),
    Column("reviewed_at", Moment, nullable=False, server_default=NOW),
    Column("reviewed_by", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("note", Text, nullable=False),
)
