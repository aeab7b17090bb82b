"""Receiving receipts: UKHTC's signed word on what became of an agency's events."""

from kafka import TopicPartition

from intelbus.kafka import describe, make_consumer, reaching, to_received
from intelbus.opening import Refusal, open_receipt
from intelbus.publishing.outbox import Outbox
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry


def take_receipts(settings: Settings, outbox: Outbox, agency: str, registry: TrustRegistry) -> int:
    """Read new receipts into the outbox; return how many held. Raises UnavailableError.

    A message that UKHTC did not seal, or that is for another agency, is passed over: anyone who
    reaches the broker may write to a topic, and only the seal counts.
    """
    topic = Topics(settings.topic_prefix).receipts(agency)
    facts = describe(settings, [topic]).get(topic)
    if facts is None:
        return 0
    kept = 0
    consumer = make_consumer(settings)
    try:
        with reaching(settings):
            for number in facts.partitions:
                place = TopicPartition(topic, number)
                consumer.assign([place])
                name = f"receipts.{facts.topic_id}.{number}"
                first = consumer.beginning_offsets([place])[place]
                end = consumer.end_offsets([place])[place]
                position = max(first, int(outbox.meta(name) or 0))
                consumer.seek(place, position)
                while position < end:
                    for records in consumer.poll(timeout_ms=1_000).values():
                        with outbox.transaction():
                            for record in records:
                                kept += _take(outbox, agency, registry, record)
                            position = records[-1].offset + 1
                            outbox.set_meta(name, str(position))
    finally:
        consumer.close()
    return kept


def _take(outbox: Outbox, agency: str, registry: TrustRegistry, record: object) -> bool:
    try:
        receipt = open_receipt(to_received(record), registry).receipt
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
