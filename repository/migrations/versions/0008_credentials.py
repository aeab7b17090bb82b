"""Credentials that lead to readers, and their sessions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Moment = postgresql.TIMESTAMP(timezone=True)
NOW = sa.text("clock_timestamp()")


def _reader(table: str) -> tuple[sa.Column[str], sa.ForeignKeyConstraint]:
    name = op.f(f"fk_{table}_reader_reader")
    column: sa.Column[str] = sa.Column("reader", sa.Text(), nullable=False)
    return column, sa.ForeignKeyConstraint(["reader"], ["reader.name"], name=name)


def upgrade() -> None:
    op.create_table(
        "account",
        *_reader("account"),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=False),
        sa.Column("totp_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("changed_at", Moment, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("reader", name=op.f("pk_account")),
    )
    op.create_table(
        "login_attempt",
        sa.Column("name_digest", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Moment, nullable=False),
        sa.Column("blocked_until", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name_digest", name=op.f("pk_login_attempt")),
    )
    op.create_table(
        "login_session",
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        *_reader("login_session"),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("credential", sa.Text(), nullable=False),
        *(
            sa.Column(name, Moment, nullable=False)
            for name in ("opened_at", "used_at", "expires_at")
        ),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_login_session")),
    )
    op.create_index("ix_login_session_reader", "login_session", ["reader"])
    op.create_table(
        "client_certificate",
        sa.Column("subject", sa.Text(), nullable=False),
        *_reader("client_certificate"),
        sa.Column("added_at", Moment, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_client_certificate")),
    )
    op.create_table(
        "oidc_identity",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        *_reader("oidc_identity"),
        sa.Column("added_at", Moment, server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_oidc_identity")),
    )
    op.create_table(
        "oidc_login",
        sa.Column("state_digest", sa.LargeBinary(), nullable=False),
        sa.Column("browser_digest", sa.LargeBinary(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("nonce", "verifier", "purpose")),
        sa.Column("started_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("state_digest", name=op.f("pk_oidc_login")),
    )
