"""Every kind has one topic; a retraction goes where the event went that it takes back."""

import pytest

from intelbus.contract import Kind
from intelbus.topics import Topics


def test_every_kind_but_retraction_has_exactly_one_topic() -> None:
    topics = Topics("test.")
    for kind in set(Kind) - {Kind.RETRACTION}:
        accepting = [t for t in topics.events if topics.accepts(t, kind)]
        assert accepting == [topics.for_kind(kind)]


def test_a_retraction_travels_on_any_event_topic_and_no_other() -> None:
    topics = Topics()
    assert topics.for_kind("retraction", target_kind="missing-child") == "safeguarding.v1"
    assert all(topics.accepts(t, "retraction") for t in topics.events)
    assert not topics.accepts(topics.heartbeats, "retraction")
    with pytest.raises(ValueError, match="no topic"):
        topics.for_kind("retraction")
    with pytest.raises(ValueError, match="no topic"):
        topics.for_kind("rumour")


def test_names() -> None:
    topics = Topics("a.")
    assert topics.events == (
        "a.intelligence.v1",
        "a.operations.v1",
        "a.referrals.v1",
        "a.outcomes.v1",
        "a.safeguarding.v1",
    )
    assert topics.receipts("gmp") == "a.receipts.gmp.v1"
    assert topics.notices("gmp") == "a.notices.gmp.v1"
    assert topics.deliveries("gmp") == "a.deliveries.gmp.v1"
    assert (topics.heartbeats, topics.trust, topics.quarantine) == (
        "a.heartbeats.v1",
        "a.trust.v1",
        "a.quarantine.v1",
    )
    assert topics.family_of("a.referrals.v1") == "referrals"
    assert topics.family_of("referrals.v1") is None
    with pytest.raises(ValueError, match="Kafka topic"):
        Topics("a/b")
