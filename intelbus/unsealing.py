"""Unsealing: prove who sealed a message before anything in it is read.

Only the seal itself is decoded here, and only after its size is bounded; the payload stays bytes.
Pure: message, registry and the broker's `received_at` in; proof or one `Refusal` out. One message
at a time: what is proven of whole batches at once is in `intelbus.batches`.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Self
from uuid import UUID

from intelbus import dsse, merkle
from intelbus.codec import VALUE_LIMIT, decode_control
from intelbus.errors import ContentError
from intelbus.identifiers import stream_of
from intelbus.keys import SIGNATURE_LENGTH, verify
from intelbus.message import SEAL_HEADER, ReceivedMessage
from intelbus.plain import Shape, control_shape, moment_of, number_of
from intelbus.reasons import REASONS, Reason
from intelbus.sealing import BATCH_LIMIT, BatchStatement, chain_contradiction, leaf_data
from intelbus.trust import TrustedKey, TrustRegistry

KEY_LIMIT = 1024
HEADERS_LIMIT = 16 * 1024
HEADER_COUNT_LIMIT = 32
SEAL_LIMIT = 2048
STATEMENT_LIMIT = 1024
PATH_LIMIT = (BATCH_LIMIT - 1).bit_length()

_PROOF = object()  # what only this package's opening code hands to the constructors below


class UnprovenError(TypeError):
    """Something verified was to be made without the token that opening hands out."""

    def __init__(self, thing: type) -> None:
        super().__init__(f"a {thing.__name__} is made by opening a sealed message only")


class _Place(NamedTuple):
    statement: BatchStatement
    sequence: int


class Attribution(_Place):
    """Whose message it is, and which of a stream. It exists only once the seal held.

    A tuple, since one is made for every message: it cannot be changed, and costs little.
    """

    __slots__ = ()

    def __new__(cls, statement: BatchStatement, sequence: int, proof: object) -> Self:
        """Refuse, with UnprovenError, whoever has not opened a message."""
        if proof is not _PROOF:
            raise UnprovenError(cls)
        return tuple.__new__(cls, (statement, sequence))

    @classmethod
    def _make(cls, iterable: Iterable[Any]) -> Self:  # type: ignore[override]
        raise UnprovenError(cls)  # nor is one made of another, by `_replace`

    @property
    def agency(self) -> str:
        """The code of the agency that signed."""
        return self.statement.agency

    @property
    def stream(self) -> UUID:
        """The stream that the message is of."""
        return self.statement.stream


class Refusal(ContentError):  # noqa: N818  the glossary's word: what opening answers
    """The message is refused, for one reason of `intelbus.reasons`.

    `attribution` is None wherever the seal did not hold: then nobody is shown to have sent it.
    """

    def __init__(self, code: str, detail: str, attribution: Attribution | None = None) -> None:
        self.reason: Reason = REASONS[code]
        self.detail = detail
        self.attribution = attribution
        super().__init__(
            f"{code}: {detail}",
            subject=None if attribution is None else f"{attribution.agency} {attribution.sequence}",
            hint=self.reason.advice,
        )


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A message whose seal held: its payload is exactly what `attribution.agency` sealed."""

    payload: bytes
    attribution: Attribution
    signature: bytes
    proof: InitVar[object]

    def __post_init__(self, proof: object) -> None:
        if proof is not _PROOF:
            raise UnprovenError(type(self))


class StatementCache:
    """Statements whose signatures were verified, so that one verification serves a batch.

    Bounded, least recently used first out. It remembers a fact about bytes (this key signed
    these), never a judgement in time: validity at `received_at` is judged for every message.
    """

    def __init__(self, limit: int = 1024) -> None:
        self._limit = limit
        self._known: OrderedDict[tuple[bytes, bytes, bytes], None] = OrderedDict()
        self._parsed: OrderedDict[bytes, BatchStatement] = OrderedDict()
        self.verifications = 0

    def parse(self, raw: bytes) -> BatchStatement:
        """Return the statement in `raw`, still unverified. Raises Refusal (malformed_seal)."""
        statement = self._parsed.get(raw)
        if statement is None:
            statement = parse_statement(raw)
            self._parsed[raw] = statement
            if len(self._parsed) > self._limit:
                self._parsed.popitem(last=False)
        else:
            self._parsed.move_to_end(raw)
        return statement

    def signed(self, public_key: bytes, signature: bytes, raw: bytes) -> bool:
        """Return whether the key signed this statement, verifying it at most once while kept."""
        entry = (public_key, signature, raw)
        if entry in self._known:
            self._known.move_to_end(entry)
            return True
        self.verifications += 1
        if not verify(public_key, signature, dsse.pae(dsse.BATCH_STATEMENT, raw)):
            return False
        self._known[entry] = None
        if len(self._known) > self._limit:
            self._known.popitem(last=False)
        return True


def unseal(
    message: ReceivedMessage, registry: TrustRegistry, *, statements: StatementCache
) -> Unsealed:
    """Return the proven payload of any sealed message: event, receipt or notice.

    What the agency may say on this topic is judged by the caller. Raises Refusal.
    """
    # 1 size caps: nothing large is hashed, let alone read
    value = bounded_value(message)
    # 2 the registry itself, at the message's own time
    refuse_expired(registry, message.received_at)
    # 3 the seal, bounded, then read
    seal = _read_seal(message)
    statement = statements.parse(seal["statement"])
    if not seal["index"] < statement.count:
        raise Refusal("malformed_seal", "the index lies outside the batch")
    # 4 whose key it is, and whether it signed this statement
    key = known_key(registry, statement.key_id, statement.agency)
    if not statements.signed(key.public_key, seal["signature"], statement.raw):
        raise Refusal("bad_signature", f"not signed by key {key.key_id}")
    # 5 whether this message, under this key on this topic, is in the signed batch
    if statement.topic != message.topic:
        raise Refusal("wrong_topic", f"sealed for topic {statement.topic!r}")
    _refuse_outside_batch(message, value, seal, statement)
    # 6 whether the key counts, at both times
    refuse_key(key, signed_at=statement.signed_at, received_at=message.received_at)
    sequence = statement.first_sequence + seal["index"]
    return Unsealed(value, Attribution(statement, sequence, _PROOF), seal["signature"], _PROOF)


def bounded_value(message: ReceivedMessage) -> bytes:
    """Return the message's value if nothing of it is too large. Raises Refusal."""
    if message.value is None:
        raise Refusal("no_value", "the message has no value")
    headers = message.headers
    sizes = (
        ("value", len(message.value), VALUE_LIMIT),
        ("key", len(message.key or b""), KEY_LIMIT),
        ("header count", len(headers), HEADER_COUNT_LIMIT),
        ("headers", sum(len(n) + len(v) for n, v in headers), HEADERS_LIMIT),
    )
    for what, size, limit in sizes:
        if size > limit:
            raise Refusal("oversized", f"{what}: {size}, at most {limit}")
    return message.value


def refuse_expired(registry: TrustRegistry, received_at: datetime) -> None:
    """Raise Refusal if the registry had expired when the message was received."""
    if registry.expired(received_at):
        raise Refusal("registry_expired", f"version {registry.version}")


def known_key(registry: TrustRegistry, key_id: str, agency: str) -> TrustedKey:
    """Return the agency's key of that id. Raises Refusal: the registry alone says whose it is."""
    key = registry.keys.get(key_id)
    if key is None or key.agency != agency:
        raise Refusal("unknown_key", f"no key {key_id[:64]!r} of agency {agency[:64]!r}")
    return key


def refuse_key(key: TrustedKey, *, signed_at: datetime, received_at: datetime) -> None:
    """Raise Refusal unless the key counts for a signature made and received at these times."""
    objection = key.objection(signed_at=signed_at, received_at=received_at)
    if objection:
        raise Refusal(
            objection,
            f"key {key.key_id}, signed {signed_at.isoformat()}, received {received_at.isoformat()}",
        )


def parse_statement(raw: bytes) -> BatchStatement:
    """Return the batch statement in `raw`, checked for sense. Raises Refusal (malformed_seal)."""
    if len(raw) > STATEMENT_LIMIT:
        raise Refusal("malformed_seal", f"a statement of {len(raw)} bytes")
    statement = _plain_statement(raw) or BatchStatement(
        **read_control("BatchStatement", raw), raw=raw
    )
    if not 1 <= statement.count <= BATCH_LIMIT:
        raise Refusal("malformed_seal", f"a batch of {statement.count}")
    contradiction = chain_contradiction(statement.first_sequence, statement.previous_root)
    if contradiction:
        raise Refusal("malformed_seal", contradiction)
    return statement


def _plain_statement(raw: bytes) -> BatchStatement | None:
    """Return the statement in `raw` if it has its plain shape: one is read for every batch."""
    start, shape = _statement_shape()
    match = shape.match(raw, len(start)) if shape and raw.startswith(start) else None
    if match is None or match.end() != len(raw):
        return None
    agency, key_id, topic, stream, first, count, previous_root, root, signed_at = match.groups()
    return BatchStatement(
        agency=agency[1:].decode(),
        key_id=key_id[1:].decode(),
        topic=topic[1:].decode(),
        stream=stream_of(stream),
        first_sequence=number_of(first),
        count=number_of(count),
        previous_root=previous_root,
        root=root,
        signed_at=moment_of(number_of(signed_at)),
        raw=raw,
    )


@lru_cache(maxsize=1)
def _statement_shape() -> tuple[bytes, Shape | None]:
    return control_shape("BatchStatement")


def read_control(name: str, value: bytes) -> dict[str, Any]:
    """Return one of our own small control records, its size already bounded. Raises Refusal."""
    try:
        return decode_control(name, value)
    except Exception as error:  # whatever hostile bytes make the decoder raise
        raise Refusal("malformed_seal", f"{name} cannot be read") from error


def _read_seal(message: ReceivedMessage) -> Mapping[str, Any]:
    raw = None
    for name, value in message.headers:
        if name == SEAL_HEADER:
            if raw is not None:
                raise Refusal("malformed_seal", "more than one seal")
            raw = value
    if raw is None:
        raise Refusal("unsealed", f"no header {SEAL_HEADER}")
    if len(raw) > SEAL_LIMIT:
        raise Refusal("malformed_seal", f"a seal of {len(raw)} bytes")
    seal = read_control("Seal", raw)
    if len(seal["signature"]) != SIGNATURE_LENGTH or seal["index"] < 0:
        raise Refusal("malformed_seal", "the signature's length or the index")
    if len(seal["path"]) > PATH_LIMIT:
        raise Refusal("malformed_seal", f"a path of {len(seal['path'])}")
    return seal


def _refuse_outside_batch(
    message: ReceivedMessage, value: bytes, seal: Mapping[str, Any], statement: BatchStatement
) -> None:
    if message.key is None:
        raise Refusal("not_in_batch", "the message has no key")
    leaf = merkle.leaf_hash(leaf_data(message.topic, message.key, value))
    if not merkle.verify_inclusion(
        leaf, seal["index"], statement.count, seal["path"], statement.root
    ):
        raise Refusal("not_in_batch", "the inclusion path does not lead to the signed root")
