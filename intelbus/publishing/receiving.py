"""Receiving UKHTC's signed word: receipts on an agency's events, and notices of matches."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from intelbus.errors import ConfigurationError
from intelbus.kafka_reading import read_from
from intelbus.message import ReceivedMessage, rfc3339
from intelbus.opening_replies import open_notice, open_receipt
from intelbus.publishing.outbox import Outbox
from intelbus.publishing.registry import fetch_registry, kept_registry
from intelbus.settings import Settings
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry, UntrustedRegistryError
from intelbus.unsealing import Refusal, StatementCache

_RECEIPTS = "receipts."
_NOTICES = "notices."


def fetch_receipts(settings: Settings, outbox: Outbox, agency: str) -> list[dict[str, Any]]:
    """Take new receipts, and return every event of the outbox with how far it has got.

    Without an authority pinned or a registry to be had no receipt can be believed, so none is
    read. Raises UnavailableError.
    """
    registry = _registry(settings)
    if registry is not None:
        take_receipts(settings, outbox, agency, registry)
    return outbox.statuses()


def fetch_notices(settings: Settings, outbox: Outbox, agency: str) -> list[dict[str, Any]]:
    """Take new notices, and return the latest revision of every notice, oldest first.

    Each is the record `Notice` as plain JSON values. As with receipts, none is read that cannot
    be believed. Raises UnavailableError.
    """
    registry = _registry(settings)
    if registry is not None:
        take_notices(settings, outbox, agency, registry)
    return outbox.notices()


def _registry(settings: Settings) -> TrustRegistry | None:
    now = datetime.now(UTC)
    try:
        registry = fetch_registry(settings, now=now)
    except (ConfigurationError, UntrustedRegistryError):
        registry = None
    return registry or kept_registry(settings, now=now)


def take_receipts(settings: Settings, outbox: Outbox, agency: str, registry: TrustRegistry) -> int:
    """Read new receipts into the outbox; return how many held. Raises UnavailableError."""
    statements = StatementCache()
    return _take(
        settings,
        outbox,
        Topics(settings.topic_prefix).receipts(agency),
        _RECEIPTS,
        lambda message: _keep_receipt(outbox, agency, registry, message, statements),
    )


def take_notices(settings: Settings, outbox: Outbox, agency: str, registry: TrustRegistry) -> int:
    """Read new notices into the outbox; return how many held. Raises UnavailableError."""
    statements = StatementCache()
    return _take(
        settings,
        outbox,
        Topics(settings.topic_prefix).notices(agency),
        _NOTICES,
        lambda message: _keep_notice(outbox, agency, registry, message, statements),
    )


def _take(
    settings: Settings,
    outbox: Outbox,
    topic: str,
    prefix: str,
    keep: Callable[[ReceivedMessage], bool],
) -> int:
    """Keep what is new on a topic, and how far it was read, in one transaction a poll.

    A message that UKHTC did not seal, or that is for another agency, is passed over: anyone who
    reaches the broker may write to a topic, and only the seal counts.
    """
    kept = 0
    for place, messages, position in read_from(settings, topic, outbox.offsets(prefix)):
        with outbox.transaction():
            kept += sum(keep(message) for message in messages)
            outbox.set_meta(prefix + place, str(position))
    return kept


def _keep_receipt(
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


def _keep_notice(
    outbox: Outbox,
    agency: str,
    registry: TrustRegistry,
    message: ReceivedMessage,
    statements: StatementCache,
) -> bool:
    try:
        notice = open_notice(message, registry, statements=statements).notice
    except Refusal:
        return False
    if notice["agency"] != agency:
        return False
    plain = {**notice, "issued_at": rfc3339(notice["issued_at"])}
    body = json.dumps(plain, default=str, ensure_ascii=False)
    outbox.set_notice(str(notice["notice_id"]), notice["revision"], body)
    return True
