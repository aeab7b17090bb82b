"""Notices: what is decided about whom is told, what was told, and what officers decided."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")


def _key(*names: str) -> list[sa.Column[Any]]:
    kinds = {"position": sa.BigInteger(), "ordinal": sa.SmallInteger()}
    return [
        sa.Column(name, kinds[name.split("_")[-1]], autoincrement=False, nullable=False)
        for name in names
    ]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _moment(name: str) -> sa.Column[Any]:
    kind = postgresql.TIMESTAMP(timezone=True)
    return sa.Column(name, kind, server_default=NOW, nullable=False)


def _number(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), sa.Identity(), nullable=False)


def upgrade() -> None:
    _derived()
    _decided()
    _outbox()


def _derived() -> None:
    op.create_table(
        "holding",
        *_key("position", "ordinal"),
        *_texts("local_id"),
        sa.Column("protects", sa.Text()),
        sa.Column("commonplace", sa.Text()),
        *_key("entity_position", "entity_ordinal"),
        sa.PrimaryKeyConstraint("position", "ordinal", name=op.f("pk_holding")),
    )
    op.create_index(
        "ix_holding_entity_position_entity_ordinal",
        "holding",
        ["entity_position", "entity_ordinal"],
    )
    op.create_table(
        "held_event",
        *_key("position"),
        *(
            sa.Column(name, sa.ARRAY(sa.Text()), nullable=False)
            for name in ("names", "upstream", "told_by")
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_held_event")),
    )
    op.create_table(
        "watch_step",
        *_key("position"),
        *_texts("agency", "reference", "step"),
        sa.Column("expires_on", sa.Date()),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_watch_step")),
    )
    op.create_index("ix_watch_step_agency_reference", "watch_step", ["agency", "reference"])
    op.create_table(
        "notice_recheck",
        *_key("entity_position", "entity_ordinal"),
        sa.PrimaryKeyConstraint(
            "entity_position", "entity_ordinal", name=op.f("pk_notice_recheck")
        ),
    )


def _decided() -> None:
    op.create_table(
        "notice",
        _number("notice_no"),
        sa.Column(
            "notice_id", sa.UUID(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        *_texts("receiver", "holder"),
        sa.Column("watch_reference", sa.Text()),
        *_key("entity_position", "entity_ordinal"),
        sa.Column("positions", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("ordinals", sa.ARRAY(sa.SmallInteger()), nullable=False),
        *_texts("status", "reason", "strength", "urgency"),
        sa.Column("told", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("ever_held", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("revision", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("as_of", sa.BigInteger(), nullable=False),
        _moment("decided_at"),
        sa.PrimaryKeyConstraint("notice_no", name=op.f("pk_notice")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_notice_notice_id")),
    )
    op.create_index(
        "ix_notice_entity_position_entity_ordinal",
        "notice",
        ["entity_position", "entity_ordinal"],
    )
    op.create_index(
        "ix_notice_held", "notice", ["notice_no"], postgresql_where=sa.text("status = 'held'")
    )
    op.create_table(
        "notice_decision",
        _number("decision_no"),
        sa.Column("notice_no", sa.BigInteger(), nullable=False),
        *_texts("decision", "decided_by"),
        _moment("decided_at"),
        *_texts("because"),
        sa.ForeignKeyConstraint(
            ["notice_no"], ["notice.notice_no"], name=op.f("fk_notice_decision_notice_no_notice")
        ),
        sa.PrimaryKeyConstraint("decision_no", name=op.f("pk_notice_decision")),
    )
    op.create_index("ix_notice_decision_notice_no", "notice_decision", ["notice_no"])


def _outbox() -> None:
    op.create_table(
        "notice_outbox",
        _number("message_no"),
        sa.Column("notice_no", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        *_texts("agency"),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _moment("queued_at"),
        sa.Column("sealed_topic", sa.Text()),
        sa.Column("sealed_key", sa.LargeBinary()),
        sa.Column("sealed_headers", sa.Text()),
        sa.Column("sent_at", postgresql.TIMESTAMP(timezone=True)),
        sa.ForeignKeyConstraint(
            ["notice_no"], ["notice.notice_no"], name=op.f("fk_notice_outbox_notice_no_notice")
        ),
        sa.PrimaryKeyConstraint("message_no", name=op.f("pk_notice_outbox")),
        sa.UniqueConstraint(
            "notice_no", "revision", name=op.f("uq_notice_outbox_notice_no_revision")
        ),
    )
    op.create_index(
        "ix_notice_outbox_unsent",
        "notice_outbox",
        ["message_no"],
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "notice_stream",
        *_texts("agency"),
        sa.Column("stream", sa.UUID(), nullable=False),
        sa.Column("next_sequence", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("last_root", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("agency", name=op.f("pk_notice_stream")),
    )
