"""A small world to seal and open messages in: keys, a registry, real events."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from intelbus.codec import encode_event
from intelbus.keys import SigningKey
from intelbus.message import (
    Headers,
    OutgoingMessage,
    ReceivedMessage,
    event_headers,
    headers_to_bytes,
    stream_key,
)
from intelbus.opening import StatementCache, VerifiedEvent, open_message
from intelbus.sealing import SealedBatch, SealInput, seal_batch
from intelbus.topics import Topics
from intelbus.trust import Agency, TrustedKey, TrustRegistry

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TOPICS = Topics()
TOPIC = "intelligence.v1"
STREAM = UUID("11111111-1111-4111-8111-111111111111")
KEY = SigningKey.from_seed(b"\x01" * 32)
CENTRE_KEY = SigningKey.from_seed(b"\x02" * 32)
OTHER_KEY = SigningKey.from_seed(b"\x03" * 32)


def trusted(key: SigningKey, agency: str, **changes: Any) -> TrustedKey:
    made = TrustedKey(key.key_id, agency, key.public_key, NOW - 10 * DAY, NOW + 100 * DAY)
    return replace(made, **changes)


def registry(
    *,
    kinds: Iterable[str] = ("nil-return", "intelligence", "operation"),
    active: bool = True,
    expires_at: datetime = NOW + 30 * DAY,
    **key_changes: Any,
) -> TrustRegistry:
    """A registry of `gmp` (KEY), `met` (OTHER_KEY) and `ukhtc` (CENTRE_KEY)."""
    return TrustRegistry.of(
        3,
        NOW - DAY,
        expires_at,
        [
            Agency("gmp", "Greater Manchester Police", "police", frozenset(kinds), active),
            Agency("met", "Metropolitan Police", "police", frozenset(kinds)),
            Agency("ukhtc", "UK Human Trafficking Centre", "centre", frozenset()),
        ],
        [
            trusted(KEY, "gmp", **key_changes),
            trusted(OTHER_KEY, "met"),
            trusted(CENTRE_KEY, "ukhtc"),
        ],
    )


def nil_return(
    sequence: int, *, header: Mapping[str, Any] | None = None, **body: Any
) -> dict[str, Any]:
    """A valid nil return of gmp on STREAM, but for what is given otherwise."""
    return {
        "header": {
            "event_id": UUID(int=(1 << 76) * 7 + (0b10 << 62) + sequence),
            "originator": "gmp",
            "stream": STREAM,
            "sequence": sequence,
            "source_reference": f"GMP/{sequence}",
            "corrects": None,
            "reported_at": NOW - timedelta(hours=1),
            "occurred": None,
            "urgency": "routine",
            "marking": "restricted",
            "grading_scheme": "five_by_five_by_five",
            "source_grade": None,
            "information_grade": None,
            "handling": "1",
            "handling_conditions": None,
            "consent": None,
            **(header or {}),
        },
        "period_from": date(2026, 2, 1),
        "period_to": date(2026, 2, 28),
        "kinds": ["intelligence"],
        "text": None,
        **body,
    }


def seal_input(event: Mapping[str, Any], kind: str = "nil-return", **changes: Any) -> SealInput:
    made = SealInput(
        stream_key(STREAM), encode_event(kind, event), event_headers(kind, event["header"])
    )
    return replace(made, **changes)


def seal(inputs: Sequence[SealInput], **changes: Any) -> SealedBatch:
    arguments: dict[str, Any] = {
        "topic": TOPIC,
        "stream": STREAM,
        "first_sequence": 1,
        "previous_root": None,
        "agency": "gmp",
        "signing_key": KEY,
        "signed_at": NOW,
    }
    return seal_batch(inputs, **{**arguments, **changes})


def batch(count: int) -> SealedBatch:
    """The first `count` events of STREAM, sealed."""
    return seal([seal_input(nil_return(n)) for n in range(1, count + 1)])


def received(sent: OutgoingMessage, **changes: Any) -> ReceivedMessage:
    """The message as the broker would hand it over, a minute after it was signed."""
    at = NOW + timedelta(minutes=1)
    made = ReceivedMessage(
        sent.topic, 0, 0, sent.key, sent.value, headers_to_bytes(sent.headers), at
    )
    return remade(made, **changes)


def remade(
    message: ReceivedMessage, *, headers: Headers | None = None, **fields: Any
) -> ReceivedMessage:
    """The message with other headers or fields."""
    if headers is not None:
        fields["packed_headers"] = headers_to_bytes(headers)
    return message._replace(**fields)


def with_header(headers: Headers, name: str, value: bytes | None) -> Headers:
    """The headers with one of them replaced, or left out when `value` is None."""
    return tuple(
        (n, v if n != name or value is None else value)
        for n, v in headers
        if n != name or value is not None
    )


def opened(
    message: ReceivedMessage,
    trust: TrustRegistry | None = None,
    *,
    statements: StatementCache | None = None,
    ceiling: str = "confidential",
) -> VerifiedEvent:
    return open_message(
        message,
        trust or registry(),
        topics=TOPICS,
        ceiling=ceiling,
        statements=statements or StatementCache(),
    )
