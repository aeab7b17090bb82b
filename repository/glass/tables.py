"""Who asked to see what their rights do not reach, and who let them. Only ever added to."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Identity, SmallInteger, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from repository.tables import NOW, Moment, metadata

glass_request = Table(
    "glass_request",
    metadata,
    Column("request_no", BigInteger, Identity(), primary_key=True),
    Column("asked_at", Moment, nullable=False, server_default=NOW),
    Column("reader", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    # The operating system's user and the credential: one of them must be another's who decides.
    Column("os_user", Text, nullable=False),
    Column("credential", Text, nullable=False),
    # One of the two: what was named, whether or not there is such an event.
    Column("asked_position", BigInteger),
    Column("asked_event_id", UUID(as_uuid=True)),
    Column("victims", Boolean, nullable=False),
    Column("hours", SmallInteger, nullable=False),
    Column("reason", Text, nullable=False),
)

# One decision a request. Why, is in the audit: a reader who was refused must not learn it.
glass_decision = Table(
    "glass_decision",
    metadata,
    Column("request_no", BigInteger, ForeignKey("glass_request.request_no"), primary_key=True),
    Column("decided_at", Moment, nullable=False, server_default=NOW),
    Column("decided_by", Text, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("expires_at", Moment),
    # The event's originator and first version, and all that is seen: its versions as they were.
    Column("agency", Text),
    Column("root_event_id", UUID(as_uuid=True)),
    Column("positions", ARRAY(BigInteger), nullable=False),
)

glass_end = Table(
    "glass_end",
    metadata,
    Column("request_no", BigInteger, ForeignKey("glass_decision.request_no"), primary_key=True),
    Column("ended_at", Moment, nullable=False, server_default=NOW),
    Column("ended_by", Text, nullable=False),
)
