"""Receiving receipts: UKHTC's signed word on what became of an agency's events."""

from datetime import UTC, datetime
from typing import Any

from intelbus.errors import ConfigurationError
from intelbus.kafka import read_from
from intelbus.message import ReceivedMessage
from intelbus.opening import Refusal, StatementCache, open_receipt
from intelbus.publishing.outbox import Outbox
from intelbus.publishing.registry import fetch_registry, kept_registry
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry, UntrustedRegistryError

_OFFSET = "receipts."


def fetch_receipts(settings: Settings, outbox: Outbox, agency: str) -> list[dict[str, Any]]:
    """Take new receipts, and return every event of the outbox with how far it has got.

    Without an authority pinned or a registry to be had no receipt can be believed, so none is
    read. Raises UnavailableError.
    """
    now = datetime.now(UTC)
    try:
        registry = fetch_registry(settings, now=now)
    except (ConfigurationError, UntrustedRegistryError):
        registry = None
    registry = registry or kept_registry(settings, now=now)
    if registry is not None:
        take_receipts(settings, outbox, agency, registry)
    return outbox.statuses()


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
