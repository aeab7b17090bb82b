"""Judging a message, without I/O: what opening says of it becomes what will be stored."""

from collections.abc import Sequence
from typing import NamedTuple

from intelbus.batch_opening import open_all
from intelbus.message import ReceivedMessage
from intelbus.opening import (
    Refusal,
    StatementCache,
    VerifiedEvent,
    VerifiedHeartbeat,
    open_heartbeat,
)
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry


class Judged(NamedTuple):
    """A message and what it turned out to be: exactly one of the three is there."""

    message: ReceivedMessage
    event: VerifiedEvent | None = None
    heartbeat: VerifiedHeartbeat | None = None
    refusal: Refusal | None = None

    def refused(self, refusal: Refusal) -> "Judged":
        """Return the same message, refused after all."""
        return self._replace(event=None, heartbeat=None, refusal=refusal)


class Judge:
    """Opens messages with one registry, one set of topics and one ceiling of marking."""

    def __init__(self, registry: TrustRegistry, topics: Topics, ceiling: str) -> None:
        self.registry = registry
        self._topics = topics
        self._ceiling = ceiling
        self._statements = StatementCache()

    def judge(self, message: ReceivedMessage) -> Judged:
        """Return what a message is. Never raises for what the message holds."""
        return self.judge_all([message])[0]

    def judge_all(self, messages: Sequence[ReceivedMessage]) -> list[Judged]:
        """Return what each message is, in the order given; batches are opened as wholes."""
        heartbeats = self._topics.heartbeats
        events = iter(
            open_all(
                [one for one in messages if one.topic != heartbeats],
                self.registry,
                topics=self._topics,
                ceiling=self._ceiling,
                statements=self._statements,
            )
        )
        return [
            self._heartbeat(one) if one.topic == heartbeats else _judged(one, next(events))
            for one in messages
        ]

    def _heartbeat(self, message: ReceivedMessage) -> Judged:
        try:
            heartbeat = open_heartbeat(message, self.registry, topics=self._topics)
        except Refusal as refusal:
            return Judged(message, refusal=refusal)
        return Judged(message, heartbeat=heartbeat)


def _judged(message: ReceivedMessage, answer: VerifiedEvent | Refusal) -> Judged:
    if isinstance(answer, Refusal):
        return Judged(message, refusal=answer)
    return Judged(message, event=answer)
