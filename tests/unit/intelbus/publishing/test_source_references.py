"""The same source reference with the same content is one event; with other content a correction.

Whatever the order, in groups or alone, refused ones between, and across restarts.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from intelbus import Publisher
from intelbus.codec import decode_event
from intelbus.errors import ContentError
from intelbus.publishing.publisher import Published, Status
from intelbus.topics import Topics
from tests.support.agencies import enrolled, settings_of
from tests.support.events import sample_source

# Kinds of one topic and of two; nothing listens at the address, for nothing is sent here.
KINDS = ("intelligence", "watch", "operation")
NOWHERE = "127.0.0.1:9"

kinds = st.sampled_from(KINDS)
references = st.sampled_from(("R/1", "r/1", "Р/1"))
contents = st.sampled_from(("protect", "restricted", "confidential"))
triples = st.tuples(kinds, references, contents)


class Referring(RuleBasedStateMachine):
    """A publisher beside a model: what each (kind, reference) was first, and said last."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="intelbus-references-"))
        home, _ = enrolled(self.folder)
        self.settings = settings_of(home, kafka=NOWHERE, prefix="")
        self.publisher = Publisher(self.settings)
        self.first: dict[tuple[str, str], UUID] = {}
        self.last: dict[tuple[str, str], str] = {}
        self.expected: list[tuple[str, UUID, UUID | None]] = []

    def teardown(self) -> None:
        self.publisher.close()
        shutil.rmtree(self.folder)

    def told(self, kind: str, reference: str, content: str, published: Published) -> None:
        """Compare what publishing came to with the model, and bring the model up to date."""
        name = (kind, reference)
        if name not in self.first:
            assert published.status is Status.QUEUED
            self.first[name] = published.event_id
            self.expected.append((kind, published.event_id, None))
        elif self.last[name] == content:
            assert published == Published(self.first[name], Status.UNCHANGED)
        else:
            assert published.status is Status.CORRECTION
            assert published.event_id not in {event_id for _, event_id, _ in self.expected}
            self.expected.append((kind, published.event_id, self.first[name]))
        self.last[name] = content

    @rule(one=triples)
    def publish(self, one: tuple[str, str, str]) -> None:
        self.told(*one, self.publisher.publish(one[0], _source(*one)))

    @rule(several=st.lists(triples, max_size=5))
    def publish_many(self, several: list[tuple[str, str, str]]) -> None:
        done = list(self.publisher.publish_many((one[0], _source(*one)) for one in several))
        for one, published in zip(several, done, strict=True):
            assert isinstance(published, Published)
            self.told(*one, published)

    @rule(one=triples)
    def publish_what_is_refused(self, one: tuple[str, str, str]) -> None:
        try:
            self.publisher.publish(one[0], _source(*one) | {"handling": "9"})
        except ContentError:
            return
        raise AssertionError("a code of no scheme was published")

    @rule(one=triples)
    def give_up_a_group(self, one: tuple[str, str, str]) -> None:
        try:
            with self.publisher.grouped():
                self.publisher.publish(one[0], _source(*one))
                raise KeyError("the caller's own trouble")
        except KeyError:
            pass

    @rule()
    def restart(self) -> None:
        self.publisher.close()
        self.publisher = Publisher(self.settings)

    @invariant()
    def the_outbox_holds_each_event_once_and_numbered(self) -> None:
        by_topic: dict[str, list[tuple[str, UUID, UUID | None]]] = {}
        for kind, event_id, corrects in self.expected:
            by_topic.setdefault(Topics().for_kind(kind), []).append((kind, event_id, corrects))
        for topic, expected in by_topic.items():
            queued = self.publisher._outbox.unsealed(topic, 10_000)
            headers = [decode_event(one.value).event["header"] for one in queued]
            assert [one.sequence for one in queued] == list(range(1, len(expected) + 1))
            assert [one["sequence"] for one in headers] == [one.sequence for one in queued]
            found = [
                (one.kind, one.event_id, _uuid(header["corrects"]))
                for one, header in zip(queued, headers, strict=True)
            ]
            assert found == expected


def _source(kind: str, reference: str, content: str) -> dict[str, Any]:
    return sample_source(kind, source_reference=reference, marking=content)


def _uuid(value: object) -> UUID | None:
    return None if value is None else UUID(str(value))


TestReferring = Referring.TestCase
TestReferring.settings = settings(max_examples=12, stateful_step_count=15, deadline=None)
