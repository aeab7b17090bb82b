"""Rounds: the mutants of one number, the same whenever they are asked for.

A round holds some honest messages of one topic, what an outsider makes of them, and one batch in
which a rogue agency seals what it likes. A campaign is a seed and a range of rounds, so that any
finding is found again by its round and its place in it.
"""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any
from uuid import UUID

from intelbus.contract import Kind
from intelbus.message import ReceivedMessage, stream_key
from intelbus.sealing import SealInput
from intelbus.trust import TrustRegistry
from tests.fuzz import outsiders, rogue_bytes, rogue_claims, rogue_statements
from tests.fuzz.mutant import Mutant, Row, codes
from tests.fuzz.rogue_claims import Claim
from tests.fuzz.templates import SEQUENCES, Template, templates
from tests.support.sealed import STREAM, TOPICS, received, registry, seal

HONEST = 8
FROM_OUTSIDE = 36
BY_STATEMENT = 12
PER_ROUND = HONEST + FROM_OUTSIDE + BY_STATEMENT + len(SEQUENCES)
BY_BYTES = 0.6  # share of the rogue agency's messages that are bad bytes rather than lies

NAMES = tuple(
    f"{group}: {row.name}"
    for group, rows in (
        ("honest", (Row("untouched", None),)),
        ("outsider", outsiders.ROWS),
        ("statement", rogue_statements.ROWS),
        ("bytes", rogue_bytes.ROWS),
        ("claim", rogue_claims.ROWS),
    )
    for row in rows
)


def trust() -> TrustRegistry:
    """Return the registry that mutants are opened with: `gmp` and `met` may publish every kind."""
    return registry(kinds=[kind.value for kind in Kind])


def mutants(seed: int, number: int) -> list[Mutant]:
    """Return round `number` of a seed: always PER_ROUND mutants."""
    rng = Random(f"{seed}/{number}")
    topic = rng.choice(TOPICS.events)
    pool = [t for t in templates() if TOPICS.accepts(topic, t.kind)]
    honest = _honest(rng, topic, pool)
    made = [Mutant("honest: untouched", one, codes("accepted")) for one in honest]
    for _ in range(FROM_OUTSIDE):
        one, other = rng.sample(honest, 2)
        row = _draw(rng, outsiders.ROWS)
        made.append(_named("outsider", row, row.make(rng, one, other)))
    for _ in range(BY_STATEMENT):
        row = _draw(rng, rogue_statements.ROWS)
        made.append(_named("statement", row, row.make(rng, rng.choice(honest))))
    return made + list(_rogue(rng, topic, pool))


def _honest(rng: Random, topic: str, pool: Sequence[Template]) -> list[ReceivedMessage]:
    claims = [_claim(rng, topic, rng.choice(pool), number) for number in range(1, HONEST + 1)]
    return _sealed(topic, claims)


def _claim(rng: Random, topic: str, template: Template, number: int) -> Claim:
    event_id = UUID(int=rng.getrandbits(128), version=4)
    value = template.numbered(number, event_id)
    return Claim(template, stream_key(STREAM), value, template.headers(event_id), topic)


def _sealed(topic: str, claims: Sequence[Claim]) -> list[ReceivedMessage]:
    inputs = [SealInput(one.key, one.value, one.headers) for one in claims]
    return [received(sent) for sent in seal(inputs, topic=topic).messages]


def _rogue(rng: Random, topic: str, pool: Sequence[Template]) -> Iterator[Mutant]:
    """Yield one batch of a rogue agency: one good signature over all that it made up.

    In every other round it is under one key throughout, or hardly any were opened as a whole.
    """
    names, claims = [], []
    one_key = rng.random() < 0.5
    for number in SEQUENCES:
        name, claim = _drawn(rng, topic, pool, number)
        while one_key and claim.key != stream_key(STREAM):
            name, claim = _drawn(rng, topic, pool, number)
        names.append(name)
        claims.append(claim)
    for name, claim, message in zip(names, claims, _sealed(topic, claims), strict=True):
        yield Mutant(name, message, claim.expected, about=claim.about)


def _drawn(rng: Random, topic: str, pool: Sequence[Template], number: int) -> tuple[str, Claim]:
    while True:  # not every row finds in every value what it aims at
        claim = _claim(rng, topic, rng.choice(pool), number)
        if rng.random() < BY_BYTES:
            row = _draw(rng, rogue_bytes.ROWS)
            bad = row.make(rng, claim.value, claim.template)
            if bad is not None:
                value, expected, about = bad
                changed = Claim(
                    claim.template, claim.key, value, claim.headers, topic, expected, about
                )
                return f"bytes: {row.name}", changed
        else:
            row = _draw(rng, rogue_claims.ROWS)
            lie = row.make(rng, claim)
            if lie is not None:
                return f"claim: {row.name}", lie


def _draw(rng: Random, rows: Sequence[Row[Any]]) -> Row[Any]:
    return rng.choices(rows, weights=[row.weight for row in rows])[0]


def _named(group: str, row: Row[Any], mutant: Mutant) -> Mutant:
    return Mutant(
        f"{group}: {row.name}",
        mutant.message,
        mutant.expected,
        mutant.opener,
        mutant.trust,
        mutant.about,
    )
