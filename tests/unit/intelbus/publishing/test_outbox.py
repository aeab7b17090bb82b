"""The outbox keeps what it was given, lets one process publish, and joins or drops whole groups."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from intelbus.errors import ConfigurationError
from intelbus.identifiers import new_event_id
from intelbus.message import OutgoingMessage
from intelbus.publishing.outbox import Outbox, Queued

TOPIC = "intelligence.v1"
AT = "2009-10-12T09:30:00.000000Z"


def fill(outbox: Outbox, count: int) -> None:
    with outbox.transaction():
        for _ in range(count):
            number = outbox.stream(TOPIC).next_sequence
            event = Queued(number, uuid4(), "intelligence", b"value", (("ce_id", b"\xff\0"),))
            outbox.add(TOPIC, event, source_reference=f"GLA/{number}", at=AT)


def test_one_process_publishes_and_others_may_look(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    first = Outbox(path, "gla")
    with pytest.raises(ConfigurationError, match="another process is publishing"):
        Outbox(path, "gla")
    fill(first, 1)
    onlooker = Outbox(path, "gla", publishing=False)
    assert onlooker.depth() == (1, AT)
    onlooker.close()
    first.close()
    Outbox(path, "gla").close()


def test_an_outbox_is_one_agencys(tmp_path: Path) -> None:
    Outbox(tmp_path / "outbox.sqlite", "gla").close()
    with pytest.raises(ConfigurationError, match="belongs to gla, not to met"):
        Outbox(tmp_path / "outbox.sqlite", "met")


def test_a_file_that_is_no_outbox_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(ConfigurationError, match="damaged"):
        Outbox(path, "gla")


def test_a_group_that_fails_leaves_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite", "gla")

    def fail_after_three() -> None:
        with outbox.transaction():
            fill(outbox, 3)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_three()
    assert outbox.depth() == (0, None)
    fill(outbox, 1)
    assert outbox.stream_of(TOPIC).next_sequence == 2


def test_sealed_headers_come_back_byte_for_byte_and_acked_ones_go(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite"
    outbox = Outbox(path, "gla")
    fill(outbox, 3)
    headers = (("ce_id", b"1"), ("intelbus-seal", bytes(range(256))))
    message = OutgoingMessage(TOPIC, b"key", b"value", headers)
    with outbox.transaction():
        outbox.set_sealed(TOPIC, [1, 2], [message, message], b"r" * 32)
    outbox.close()
    outbox = Outbox(path, "gla")
    assert [q.headers for q in outbox.unsent(TOPIC, 10)] == [headers, headers]
    assert [q.sequence for q in outbox.unsealed(TOPIC, 10)] == [3]
    with outbox.transaction():
        outbox.set_acked(TOPIC, [(1, 700)])
    assert [q.sequence for q in outbox.unsent(TOPIC, 10)] == [2]
    assert outbox.stream_of(TOPIC).last_root == b"r" * 32


def test_the_highest_revision_of_an_outcome_holds(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite", "gla")
    fill(outbox, 3)
    outbox.set_outcome(TOPIC, 1, 3, "accepted", 2)
    outbox.set_outcome(TOPIC, 2, 2, "quarantined", 1, reason="unknown_key", advice="wait")
    outbox.set_outcome(TOPIC, 3, 3, "quarantined", 3, reason="unknown_key", advice="wait")
    assert [(row["status"], row["reason"]) for row in outbox.statuses()] == [
        ("accepted", None),
        ("accepted", None),
        ("quarantined", "unknown_key"),
    ]


def test_event_ids_are_version_7_and_hold_the_time() -> None:
    now = datetime(2009, 10, 12, 9, 30, tzinfo=UTC)
    ids = {new_event_id(now) for _ in range(100)}
    assert len(ids) == 100
    one: UUID = ids.pop()
    assert (one.version, one.variant) == (7, "specified in RFC 4122")
    assert one.int >> 80 == int(now.timestamp() * 1000)
