"""Opening: the only way from a received message to a verified event or heartbeat.

Pure. The order of judgement is the guarantee: nothing is decoded before its seal holds, and
`received_at`, the broker's time, is the one `now` (DESIGN, "Accepting an event").
"""

from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, Self, cast
from uuid import UUID

from intelbus import dsse
from intelbus.acceptance import accept
from intelbus.checks import check_event
from intelbus.codec import DecodedEvent, UndecodableError, decode_event, unframe
from intelbus.contract import Kind, UnknownSchemaError, load_contract
from intelbus.keys import verify
from intelbus.message import SEAL_HEADER, ReceivedMessage, event_headers, event_type, stream_key
from intelbus.sealing import BatchStatement, chain_contradiction
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry
from intelbus.unsealing import (
    _PROOF,
    Attribution,
    Refusal,
    StatementCache,
    UnprovenError,
    Unsealed,
    bounded_value,
    known_key,
    read_control,
    refuse_expired,
    refuse_key,
    unseal,
)

__all__ = [
    "Attribution",
    "Refusal",
    "StatementCache",
    "Unsealed",
    "VerifiedEvent",
    "VerifiedHeartbeat",
    "open_heartbeat",
    "open_message",
    "unseal",
]

HEARTBEAT_LIMIT = 2048
DETAIL_LIMIT = 2000


class _Opened(NamedTuple):
    message: ReceivedMessage
    kind: Kind
    schema_id: int
    header: Mapping[str, Any]
    attribution: Attribution
    signature: bytes
    digest: bytes
    content_digest: bytes


class VerifiedEvent(_Opened):
    """An event whose seal, originator, rights, place and content all hold.

    `header` is its decoded header; `digest` is the SHA-256 of the value, `content_digest` that of
    the content without its identity. A tuple for the reason that `Attribution` is one.
    """

    __slots__ = ()

    def __new__(  # noqa: PLR0917  the fields, in their order
        cls,
        message: ReceivedMessage,
        kind: Kind,
        schema_id: int,
        header: Mapping[str, Any],
        attribution: Attribution,
        signature: bytes,
        digest: bytes,
        content_digest: bytes,
        proof: object,
    ) -> Self:
        """Refuse, with UnprovenError, whoever has not opened a message."""
        if proof is not _PROOF:
            raise UnprovenError(cls)
        fields = message, kind, schema_id, header, attribution, signature, digest, content_digest
        return tuple.__new__(cls, fields)

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Self:  # type: ignore[override]
        raise UnprovenError(cls)  # nor is one made of another, by `_replace`

    @property
    def event(self) -> Mapping[str, Any]:
        """The whole event, decoded when it is asked for: storing it needs the header only."""
        return decode_event(self.message.value or b"").event

    @property
    def agency(self) -> str:
        """The originator's code."""
        return self.attribution.agency

    @property
    def event_id(self) -> UUID:
        """The event's identifier, unique for its originator."""
        return cast(UUID, self.header["event_id"])

    @property
    def stream(self) -> UUID:
        """The stream that the event is of."""
        return self.attribution.stream

    @property
    def sequence(self) -> int:
        """The event's number in its stream."""
        return self.attribution.sequence

    @property
    def statement(self) -> BatchStatement:
        """The signed statement of the batch that it came in."""
        return self.attribution.statement


@dataclass(frozen=True, slots=True)
class VerifiedHeartbeat:
    """A stream's own word on how far it has numbered: up to `next_sequence` - 1, on `topic`."""

    message: ReceivedMessage
    agency: str
    topic: str
    stream: UUID
    next_sequence: int
    last_root: bytes | None
    signed_at: datetime
    proof: InitVar[object]

    def __post_init__(self, proof: object) -> None:
        if proof is not _PROOF:
            raise UnprovenError(type(self))


def open_message(
    message: ReceivedMessage,
    registry: TrustRegistry,
    *,
    topics: Topics,
    ceiling: str,
    statements: StatementCache,
) -> VerifiedEvent:
    """Return the verified event that a message carries.

    `ceiling` is the highest protective marking accepted. Raises Refusal, and nothing else, for
    whatever the message holds.
    """
    # 1 size caps, seal, key at signed_at and received_at
    unsealed = unseal(message, registry, statements=statements)
    attribution = unsealed.attribution

    def refuse(code: str, detail: str) -> Refusal:
        return Refusal(code, detail[:DETAIL_LIMIT], attribution)

    # 2 the agency's right to speak now, and to this kind on this topic (the schema id is in the
    #   clear; an EncryptedEvent will be one more id here, opened between steps 3 and 4)
    agency = registry.agencies[attribution.agency]
    if not agency.active:
        raise refuse("agency_inactive", f"{agency.code} is not active")
    if message.key != stream_key(attribution.stream):
        raise refuse("wrong_stream", "the message key is not the sealed stream's")
    kind = kind_of(unsealed.payload)
    if kind is None:
        raise refuse("unknown_schema", "not the framing and schema id of any event")
    if not _accepts(topics, message.topic, kind):
        raise refuse("misrouted_kind", f"{kind} does not travel on {message.topic}")
    if not agency.may_publish(kind):
        raise refuse("kind_not_permitted", f"{agency.code} may not publish {kind}")
    # 3 the headers that can be compared before anything is decoded
    headers = _clear_headers(message)
    if headers is None or headers.get("ce_type") != event_type(kind):
        raise refuse("header_mismatch", "headers are missing, repeated or unknown, or ce_type")
    # 4 decode, exactly and to the last byte; not even that, where all is plainly in order
    schema_id, _ = unframe(unsealed.payload)
    accepted = accept(kind, schema_id, unsealed.payload, ceiling=ceiling)
    if accepted is not None:
        header, content_digest = accepted.header, accepted.content_digest
    else:
        try:
            decoded = decode_event(unsealed.payload)
        except Exception as error:  # whatever a decoder raises on sealed nonsense is this reason
            raise refuse("undecodable", _detail_of(error)) from error
        header, content_digest = decoded.event["header"], decoded.content_digest
    # 5 the header in the value agrees with the seal, and the clear headers with the value
    _refuse_other_identity(kind, header, headers, attribution)
    # 6 strict checks, unless they were passed on the way
    if accepted is None:
        _refuse_invalid(decoded, ceiling, attribution)
    return VerifiedEvent(
        message=message,
        kind=kind,
        schema_id=schema_id,
        header=header,
        attribution=attribution,
        signature=unsealed.signature,
        digest=sha256(unsealed.payload).digest(),
        content_digest=content_digest,
        proof=_PROOF,
    )


def open_heartbeat(
    message: ReceivedMessage, registry: TrustRegistry, *, topics: Topics
) -> VerifiedHeartbeat:
    """Return the verified heartbeat that a message carries. Raises Refusal."""
    # 1 size, registry, then the two small control records
    value = bounded_value(message)
    if len(value) > HEARTBEAT_LIMIT:
        raise Refusal("oversized", f"a heartbeat of {len(value)} bytes")
    refuse_expired(registry, message.received_at)
    heartbeat = read_control("Heartbeat", value)
    raw = heartbeat["statement"]
    statement = read_control("HeartbeatStatement", raw)
    stream = statement["stream"]
    contradiction = chain_contradiction(statement["next_sequence"], statement["last_root"])
    if contradiction:
        raise Refusal("malformed_seal", contradiction)
    # 2 signature, then the key at both times
    key = known_key(registry, statement["key_id"], statement["agency"])
    if not verify(key.public_key, heartbeat["signature"], dsse.pae(dsse.HEARTBEAT, raw)):
        raise Refusal("bad_signature", f"not signed by key {key.key_id}")
    refuse_key(key, signed_at=statement["signed_at"], received_at=message.received_at)
    # 3 the agency's right to speak now, and the places that the heartbeat names
    if not registry.agencies[key.agency].active:
        raise Refusal("agency_inactive", f"{key.agency} is not active")
    if message.topic != topics.heartbeats or topics.family_of(statement["topic"]) is None:
        raise Refusal("wrong_topic", "not a heartbeat of an event topic, on the heartbeats topic")
    if message.key != stream_key(stream):
        raise Refusal("wrong_stream", "the message key is not the signed stream's")
    return VerifiedHeartbeat(
        message=message,
        agency=key.agency,
        topic=statement["topic"],
        stream=stream,
        next_sequence=statement["next_sequence"],
        last_root=statement["last_root"],
        signed_at=statement["signed_at"],
        proof=_PROOF,
    )


def kind_of(payload: bytes) -> Kind | None:
    """Return the kind of event that a value is framed as, None if it is none."""
    try:
        schema_id, _ = unframe(payload)
    except UndecodableError:
        return None
    return _kind_of_schema(schema_id)


@lru_cache(maxsize=256)
def _kind_of_schema(schema_id: int) -> Kind | None:
    try:
        return load_contract().kind_of(schema_id)
    except UnknownSchemaError:
        return None


@lru_cache(maxsize=1024)
def _accepts(topics: Topics, topic: str, kind: Kind) -> bool:
    return topics.accepts(topic, kind)


def _clear_headers(message: ReceivedMessage) -> dict[str, bytes] | None:
    """Return the headers but the seal, or None if one that filters could rely on is repeated.

    Headers of neither CloudEvents nor ours (a trace id, say) are no claim and are let pass.
    """
    headers: dict[str, bytes] = {}
    for name, value in message.headers:
        if name == SEAL_HEADER:
            continue
        if name.startswith("ce_") or name == "content-type":
            if name in headers:
                return None
            headers[name] = value
    return headers


def _refuse_other_identity(
    kind: Kind,
    header: Mapping[str, Any],
    headers: Mapping[str, bytes],
    attribution: Attribution,
) -> None:
    if header["originator"] != attribution.agency:
        raise Refusal(
            "originator_mismatch", f"the header names {header['originator']!r:.80}", attribution
        )
    if str(header["stream"]) != str(attribution.stream):
        raise Refusal("wrong_stream", "the event's header names another stream", attribution)
    if header["sequence"] != attribution.sequence:
        raise Refusal(
            "sequence_mismatch",
            f"{header['sequence']} in the header, {attribution.sequence} in the batch",
            attribution,
        )
    expected = dict(event_headers(kind, header))
    if headers != expected:
        differing = sorted(n for n in {*headers, *expected} if headers.get(n) != expected.get(n))
        raise Refusal("header_mismatch", ", ".join(differing)[:200], attribution)


def _refuse_invalid(decoded: DecodedEvent, ceiling: str, attribution: Attribution) -> None:
    try:
        problems = check_event(decoded.kind, decoded.event, ceiling=ceiling)
    except Exception as error:  # a check that trips over the content is a check it fails
        raise Refusal("invalid_content", _detail_of(error), attribution) from error
    if not problems:
        return
    detail = "; ".join(f"{p.path}: {p.message}" for p in problems)[:DETAIL_LIMIT]
    above = any(p.path.rpartition(".")[2] == "marking" for p in problems)
    raise Refusal("marking_too_high" if above else "invalid_content", detail, attribution)


def _detail_of(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:DETAIL_LIMIT]
