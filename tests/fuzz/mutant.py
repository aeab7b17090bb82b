"""A mutant: one hostile message, and the only answers that opening may give to it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from intelbus.message import ReceivedMessage
from intelbus.trust import TrustRegistry

T = TypeVar("T")

ACCEPTED = "accepted"
Opener = Literal["event", "heartbeat", "receipt", "registry"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`expected` holds reason codes of `intelbus.reasons`, or ACCEPTED where it says that too.

    `mutation` names the row of the table that made it; `about` the place it was aimed at.
    """

    mutation: str
    message: ReceivedMessage
    expected: frozenset[str]
    opener: Opener = "event"
    trust: TrustRegistry | None = None
    about: str = ""


def codes(*names: str) -> frozenset[str]:
    """Return a set of expected answers."""
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Row(Generic[T]):
    """One row of a table of mutations: its name, what makes it, how often it is drawn."""

    name: str
    make: Callable[..., T | None]
    weight: int = 1
