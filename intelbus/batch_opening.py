"""Opening what arrived together: parts of batches plainly, all else message by message.

Nothing is refused here. What is not plainly in order, in a batch or out of one, is opened by
`intelbus.opening.open_message`, which alone gives reasons; what is opened here it opens too, and
to the same event (the tests hold the two together).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from intelbus.acceptance import accept
from intelbus.batches import Proven, proven_batches
from intelbus.codec import EVENT_ID, FRAME_LENGTH, unframe
from intelbus.contract import Kind
from intelbus.message import ReceivedMessage, event_source, event_type, is_rfc3339_of, stream_key
from intelbus.opening import VerifiedEvent, kind_of, open_message
from intelbus.plain_headers import between, time_in
from intelbus.sealing import BatchStatement
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry
from intelbus.unsealing import _PROOF, Attribution, Refusal, StatementCache


@dataclass(frozen=True, slots=True)
class _Permitted:
    """A kind of event that the agency may publish on the batch's topic."""

    kind: Kind
    schema_id: int
    source_and_type: bytes  # as they stand in the headers


def open_all(
    messages: Sequence[ReceivedMessage],
    registry: TrustRegistry,
    *,
    topics: Topics,
    ceiling: str,
    statements: StatementCache,
) -> list[VerifiedEvent | Refusal]:
    """Return for each message what `open_message` returns or raises, in the order given."""
    opened: dict[int, VerifiedEvent | Refusal] = {}
    for batch in proven_batches(messages, registry, statements=statements):
        opened |= _open_batch(batch, messages, registry, topics, ceiling)
    for position, message in enumerate(messages):
        if position not in opened:
            try:
                opened[position] = open_message(
                    message, registry, topics=topics, ceiling=ceiling, statements=statements
                )
            except Refusal as refusal:
                # kept without the frames it came through: they hold all that was decoded
                refusal.__cause__ = refusal.__context__ = None
                opened[position] = refusal.with_traceback(None)
    return [opened[position] for position in range(len(messages))]


def _open_batch(
    batch: Proven,
    messages: Sequence[ReceivedMessage],
    registry: TrustRegistry,
    topics: Topics,
    ceiling: str,
) -> dict[int, VerifiedEvent]:
    """Return the events of a proven batch that are plainly in order, by position.

    The steps are those of `open_message` after unsealing.
    """
    statement = batch.statement
    agency, stream = statement.agency, statement.stream
    # 1 of the batch: the agency may speak now, and the key is its stream's
    if not registry.agencies[agency].active or messages[batch.positions[0]].key != stream_key(
        stream
    ):
        return {}
    opened = {}
    permitted: dict[bytes, _Permitted | None] = {}
    for sequence, (position, seal_start) in enumerate(
        zip(batch.positions, batch.seal_starts, strict=True), batch.first_sequence
    ):
        message = messages[position]
        value = message.value or b""
        # 2 its right to this kind on this topic
        frame = value[:FRAME_LENGTH]
        if frame not in permitted:
            permitted[frame] = _permitted(frame, statement, registry, topics)
        allowed = permitted[frame]
        if allowed is None:
            continue
        # 3 content: canonical to the last byte, and sound
        accepted = accept(allowed.kind, allowed.schema_id, value, ceiling=ceiling)
        if accepted is None:
            continue
        header, content_digest = accepted
        # 4 the header in the value agrees with the seal
        named = header["originator"], header["stream"], header["sequence"]
        if named != (agency, stream, sequence):
            continue
        # 5 the clear headers agree with the value; there are no others, and only one seal
        middle = allowed.source_and_type
        ce_time = time_in(message.packed_headers, value[EVENT_ID], middle, seal_start)
        if ce_time is None or not is_rfc3339_of(ce_time, header["reported_at"]):
            continue
        opened[position] = VerifiedEvent(
            message,
            allowed.kind,
            allowed.schema_id,
            header,
            Attribution(statement, sequence, _PROOF),
            batch.signature,
            sha256(value).digest(),
            content_digest,
            _PROOF,
        )
    return opened


def _permitted(
    frame: bytes, statement: BatchStatement, registry: TrustRegistry, topics: Topics
) -> _Permitted | None:
    kind = kind_of(frame)
    if kind is None or not topics.accepts(statement.topic, kind):
        return None
    if not registry.agencies[statement.agency].may_publish(kind):
        return None
    source = event_source(statement.agency, statement.stream)
    return _Permitted(kind, unframe(frame)[0], between(source, event_type(kind)))
