"""A correction stands over what it corrects, although the publisher's clock was put back."""

from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from intelbus import Publisher
from intelbus.codec import decode_event
from intelbus.publishing import publisher as module
from tests.support.agencies import enrolled, settings_of
from tests.support.events import sample_source

START = datetime(2009, 10, 12, tzinfo=UTC)


class Clock(datetime):
    moment = START

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return cls.moment


def source(reference: str, marking: str, **over: Any) -> dict[str, Any]:
    made = sample_source("intelligence", source_reference=reference, marking=marking)
    made.pop("reported_at", None)
    return made | over


def test_versions_are_reported_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "datetime", Clock)
    home, _ = enrolled(tmp_path)
    with Publisher(settings_of(home, kafka="127.0.0.1:9", prefix="")) as publisher:

        def say(minutes: int, *args: str, **over: Any) -> None:
            Clock.moment = START + timedelta(minutes=minutes)
            publisher.publish("intelligence", source(*args, **over))

        say(0, "R/1", "protect")
        say(-10, "R/1", "restricted")
        say(-10, "R/1", "confidential")
        say(-10, "R/1", "protect", reported_at="2009-10-11T00:00:00Z")  # what an agency says stands
        say(-10, "R/1", "restricted")
        say(+5, "R/1", "confidential")
        say(-10, "R/3", "protect")  # nothing to come after
        queued = publisher._outbox.unsealed("intelligence.v1", 10)
    ids = [one.event_id for one in queued]
    assert ids == sorted(ids)
    reported = [decode_event(one.value).event["header"]["reported_at"] for one in queued]
    tick = timedelta(microseconds=1)
    assert reported == [
        START,
        START + tick,
        START + 2 * tick,
        START - timedelta(days=1),
        START + 3 * tick,
        START + timedelta(minutes=5),
        START - timedelta(minutes=10),
    ]
