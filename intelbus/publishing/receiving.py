"""Receiving receipts: UKHTC's signed word on what became of an agency's events."""

from intelbus.kafka import read_from
from intelbus.message import ReceivedMessage
from intelbus.opening import Refusal, StatementCache, open_receipt
from intelbus.publishing.outbox import Outbox
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry

_OFFSET = "receipts."


def take_receipts(settings: Settings, outbox: Outbox, agency: str, registry: TrustRegistry) -> int:
    """Read new receipts into the outbox; return how many held. Raises UnavailableError.

    A message that UKHTC did not seal, or that is for another agency, is passed over: anyone who
    reaches the broker may write to a topic, and only the seal counts.
    """
    topic = Topics(settings.topic_prefix).receipts(agency)
    kept, statements = 0, StatementCache()
    for place, messages, position in read_from(settings, topic, outbox.offsets(_OFFSET)):
        with outbox.transaction():
            for message in messages:
                kept += _take(outbox, agency, registry, message, statements)
            outbox.set_meta(_OFFSET + place, str(position))
    return kept


def _take(
    outbox: Outbox,
    agency: str,
    registry: TrustRegistry,
    message: ReceivedMessage,
    statements: StatementCache,
) -> bool:
    try:
        receipt = open_receipt(message, registry, statements=statements).receipt
    except Refusal:
        return False
    streams = {str(one.stream): one.topic for one in outbox.streams()}
    topic = streams.get(str(receipt["stream"]))
    if receipt["agency"] != agency or topic is None:
        return False
    revision = receipt["revision"]
    for outcome, name in (("accepted", "accepted"), ("duplicate", "duplicates")):
        for covered in receipt[name]:
            outbox.set_outcome(topic, covered["first"], covered["last"], outcome, revision)
    for one in receipt["exceptions"]:
        outbox.set_outcome(
            topic,
            one["sequence"],
            one["sequence"],
            one["outcome"],
            revision,
            reason=one["reason"],
            advice=one["advice"],
        )
    return True
