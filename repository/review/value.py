"""What a person should look at first: where the answer is open and much depends on it. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from math import log2

# Roles whose owner is what an operation is about.
TARGET_ROLES = frozenset(
    {"suspect", "controller", "recruiter", "transporter", "facilitator", "employer", "sponsor"}
)
MOST_AGENCIES = 6


@dataclass(frozen=True, slots=True)
class Pair:
    """What is known of a pair that waits: both records' entities taken together.

    `probability` is the linker's that both are one; `needs_person` that it may not decide itself.
    """

    probability: float
    agencies: int
    events: int
    urgencies: frozenset[str]
    roles: frozenset[str]
    needs_person: bool = False


# One row a reason for which much depends on a pair, with what it adds.
IMPACT: tuple[tuple[str, Callable[[Pair], float]], ...] = (
    ("a threat to life", lambda one: 8.0 * ("threat_to_life" in one.urgencies)),
    ("a priority", lambda one: 2.0 * ("priority" in one.urgencies)),
    ("each agency more than one", lambda one: 1.0 * (min(one.agencies, MOST_AGENCIES) - 1)),
    ("each doubling of the events", lambda one: log2(max(one.events, 1))),
    ("whom an operation is about", lambda one: 2.0 * bool(one.roles & TARGET_ROLES)),
)


def uncertainty(probability: float) -> float:
    """Return how open the answer is: 1 at even odds, 0 when it is certain."""
    return 1.0 - abs(2.0 * probability - 1.0)


def impact(pair: Pair) -> float:
    """Return how much depends on the answer, 1 at least."""
    return 1.0 + sum(points(pair) for _, points in IMPACT)


def value(pair: Pair) -> tuple[bool, float]:
    """Return what to order by, highest first: what only a person may decide comes before all."""
    return pair.needs_person, round(uncertainty(pair.probability) * impact(pair), 6)
