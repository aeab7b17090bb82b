"""Judging a message, without I/O: what opening says of it becomes what will be stored."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from intelbus.message import ReceivedMessage
from intelbus.opening import (
    Refusal,
    StatementCache,
    VerifiedEvent,
    VerifiedHeartbeat,
    open_heartbeat,
    open_message,
)
from intelbus.topics import Topics
from intelbus.trust import TrustRegistry


@dataclass(frozen=True, slots=True)
class Judged:
    """A message and what it turned out to be: exactly one of the three is there."""

    message: ReceivedMessage
    event: VerifiedEvent | None = None
    heartbeat: VerifiedHeartbeat | None = None
    refusal: Refusal | None = None

    def refused(self, refusal: Refusal) -> "Judged":
        """Return the same message, refused after all."""
        return replace(self, event=None, heartbeat=None, refusal=refusal)


class Judge:
    """Opens messages with one registry, one set of topics and one ceiling of marking."""

    def __init__(self, registry: TrustRegistry, topics: Topics, ceiling: str) -> None:
        self.registry = registry
        self._topics = topics
        self._ceiling = ceiling
        self._statements = StatementCache()

    def judge(self, message: ReceivedMessage) -> Judged:
        """Return what a message is. Never raises for what the message holds."""
        try:
            if message.topic == self._topics.heartbeats:
                heartbeat = open_heartbeat(message, self.registry, topics=self._topics)
                return Judged(message, heartbeat=heartbeat)
            return Judged(
                message,
                event=open_message(
                    message,
                    self.registry,
                    topics=self._topics,
                    ceiling=self._ceiling,
                    statements=self._statements,
                ),
            )
        except Refusal as refusal:
            return Judged(message, refusal=refusal)

    def judge_all(self, messages: Sequence[ReceivedMessage]) -> list[Judged]:
        """Return what each message is, in the order given."""
        return [self.judge(message) for message in messages]
