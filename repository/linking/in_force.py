"""Which weights are in force: every pair in the store was weighed by one and the same set.

Weights are adopted into the database, so that each linker, and whoever asks why, goes by the same.
What is adopted comes into force when the links are next forgotten and made again; until then the
old ones stay, since links weighed by two sets would depend on the order of arrival.
"""

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, LiteralString

import psycopg

from repository.linking.trained import parse_trained
from repository.linking.weigher import Weigher
from repository.linking.weights import WeightsError, read_weights, shipped

ADOPT: LiteralString = """
INSERT INTO linking_weights (digest, document, adopted_by) VALUES (%s, %s, %s) RETURNING number
"""
IN_FORCE: LiteralString = """
SELECT number, digest, document FROM linking_weights WHERE in_force_from IS NOT NULL
ORDER BY in_force_from DESC, number DESC LIMIT 1
"""
# Nought while nothing was adopted.
NUMBER_IN_FORCE: LiteralString = """
SELECT coalesce((SELECT number FROM linking_weights WHERE in_force_from IS NOT NULL
                 ORDER BY in_force_from DESC, number DESC LIMIT 1), 0)
"""
NEWEST: LiteralString = """
SELECT number, digest, adopted_by FROM linking_weights ORDER BY number DESC LIMIT 1
"""
PUT_IN_FORCE: LiteralString = """
UPDATE linking_weights SET in_force_from = clock_timestamp()
WHERE number = (SELECT max(number) FROM linking_weights) AND number <> coalesce((
    SELECT number FROM linking_weights WHERE in_force_from IS NOT NULL
    ORDER BY in_force_from DESC, number DESC LIMIT 1
), 0)
"""
LINKED_SO_FAR: LiteralString = (
    "SELECT coalesce(max(position), 0) FROM stage_cursor WHERE stage = 'linker'"
)
SHIPPED = "shipped"
"""Who adopted what came with the program."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The weights that links are made by, and whether others were adopted since."""

    number: int
    weigher: Weigher
    superseded: bool


def digest_of(document: str) -> str:
    """Return what tells one file of weights from another."""
    return hashlib.sha256(document.encode()).hexdigest()


def adopt(connection: psycopg.Connection[Any], document: str, *, by: str) -> bool:
    """Adopt a file of weights; return whether it is in force at once, as nothing was linked yet.

    The caller holds the linker's lock. Raises WeightsError.
    """
    kind = parse_trained(document, "weights").weights.provenance.get("kind", "person")
    if kind != "person":
        raise WeightsError(
            f"these weights were trained on a file of kind {kind}",
            hint="train on persons; things go by the shipped weights",
        )
    connection.execute(ADOPT, (digest_of(document), document, by))
    (linked,) = connection.execute(LINKED_SO_FAR).fetchall()[0]
    if not linked:
        put_in_force(connection)
    return not linked


def put_in_force(connection: psycopg.Connection[Any]) -> None:
    """Let the newest weights count from now on: the links are forgotten, and made again."""
    adopt_shipped(connection)
    connection.execute(PUT_IN_FORCE)


def adopt_shipped(connection: psycopg.Connection[Any]) -> None:
    """Adopt what the program brings where nothing else is adopted, or an older one that it brought.

    The first is in force at once: whatever was linked before was weighed by it.
    """
    document = shipped()
    newest = connection.execute(NEWEST).fetchone()
    if newest is None or (newest[2] == SHIPPED and newest[1] != digest_of(document)):
        connection.execute(ADOPT, (digest_of(document), document, SHIPPED))
    if newest is None:
        connection.execute(PUT_IN_FORCE)


def in_force(connection: psycopg.Connection[Any]) -> InForce:
    """Return the weights in force; the shipped ones as long as none was ever adopted."""
    found = connection.execute(IN_FORCE).fetchone()
    newest = connection.execute(NEWEST).fetchone()
    if found is None or newest is None:
        return InForce(0, _weigher_of(shipped()), superseded=False)
    number, digest, document = found
    return InForce(number, _weigher_of(document), newest[0] != number and newest[1] != digest)


@lru_cache(maxsize=2)
def _weigher_of(document: str) -> Weigher:
    trained = parse_trained(document, "weights")
    # How many partners a person has says nothing about a van or a telephone.
    return Weigher(trained.weights, trained.counted, things=read_weights())
