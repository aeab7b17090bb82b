"""Credentials. Each leads to a reader's name; none can be read back out of a stolen copy."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from repository.tables import NOW, Moment, metadata

account = Table(
    "account",
    metadata,
    Column("reader", Text, ForeignKey("reader.name"), primary_key=True),
    # Argon2id in its own text form, with its parameters and salt (RFC 9106).
    Column("password", Text, nullable=False),
    # The secret of the one-time codes, encrypted with the key file of the interface.
    Column("totp_secret", LargeBinary, nullable=False),
    # The last 30-second step whose code was used: no code serves twice.
    Column("totp_step", BigInteger, nullable=False, server_default="0"),
    Column("active", Boolean, nullable=False, server_default="true"),
    Column("changed_at", Moment, nullable=False, server_default=NOW),
)

# One row a name that somebody tried, whether or not there is such an account.
login_attempt = Table(
    "login_attempt",
    metadata,
    Column("name_digest", LargeBinary, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", Moment, nullable=False),
    Column("blocked_until", Moment, nullable=False),
)

login_session = Table(
    "login_session",
    metadata,
    # SHA-256 of the token, which is kept nowhere.
    Column("token_digest", LargeBinary, primary_key=True),
    Column("reader", Text, ForeignKey("reader.name"), nullable=False),
    Column("purpose", Text, nullable=False),
    Column("credential", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("used_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index("ix_login_session_reader", "reader"),
)

client_certificate = Table(
    "client_certificate",
    metadata,
    # RFC 4514: which certificate authority may vouch for it, `ukhtc serve --client-ca` says.
    Column("subject", Text, primary_key=True),
    Column("reader", Text, ForeignKey("reader.name"), nullable=False),
    Column("added_at", Moment, nullable=False, server_default=NOW),
)

oidc_identity = Table(
    "oidc_identity",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("reader", Text, ForeignKey("reader.name"), nullable=False),
    Column("added_at", Moment, nullable=False, server_default=NOW),
)

# A login at the provider under way: what its answer must fit.
oidc_login = Table(
    "oidc_login",
    metadata,
    Column("state_digest", LargeBinary, primary_key=True),
    # Of the cookie of the browser that began.
    Column("browser_digest", LargeBinary, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("verifier", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
)
