"""Events without end, in constant memory: rings come, are told of for a while, and go."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from random import Random

from producers.generator import nrm, operations
from producers.generator.agencies import AGENCIES, FORCES
from producers.generator.bodies import BODIES, event, nil_return
from producers.generator.invention import Stock
from producers.generator.people import LANGUAGES
from producers.generator.stories import Ring, relay, report, retold, ring
from producers.generator.told import Told

ACTIVE_RINGS = 200
RENEWAL = 0.04  # share of events that are the first of a new ring
RELAYED = 0.06  # share of intelligence reports that somebody passes on
CRIMESTOPPERS_SHARE = 0.067  # of intelligence (the plan, line 100)
_PLACES = {
    "sexual": "brothel",
    "labour": "farm",
    "domestic_servitude": "private_address",
    "criminal": "cannabis_farm",
}
_INTELLIGENCE = tuple(
    code
    for code, row in AGENCIES.items()
    if "intelligence" in row.kinds and code != "crimestoppers"
)
_SENDERS = {
    kind: tuple(code for code, row in AGENCIES.items() if kind in row.kinds) for kind in BODIES
}


def endless(seed: int, *, split: str = "training", renewal: float = RENEWAL) -> Iterator[Told]:
    """Yield events for ever, the same for the same seed; `split` chooses the name lists.

    `renewal` is the share of events that are the first of a new ring: with more, more people and
    things are told of, each less often.
    """
    stock = Stock(Random(seed), split)
    random = stock.random
    rings = [_new_ring(stock) for _ in range(20)]
    while True:
        if random.random() < renewal:
            if len(rings) >= ACTIVE_RINGS:
                rings.pop(random.randrange(len(rings)))
            rings.append(_new_ring(stock))
        told_of = random.choice(rings)
        on = date(2009, 1, 1) + timedelta(days=random.randrange(365))
        draw = random.random()
        if draw < 0.65:
            yield from _intelligence(stock, told_of, on)
        elif draw < 0.97:
            kind = random.choice(tuple(BODIES))
            yield event(stock, random.choice(_SENDERS[kind]), kind, told_of, on)
        else:
            yield nil_return(stock, random.choice(FORCES), on.replace(day=1), on)


def _intelligence(stock: Stock, told_of: Ring, on: date) -> Iterator[Told]:
    random = stock.random
    if random.random() < CRIMESTOPPERS_SHARE:
        yield report(stock, "crimestoppers", told_of, on, route="crimestoppers")
        return
    agency = random.choice(_INTELLIGENCE)
    made = report(stock, agency, told_of, on)
    yield made
    yield from retold(stock, made)
    if random.random() < RELAYED:
        yield from _rumour(stock, made, told_of, on)


def _rumour(stock: Stock, made: Told, told_of: Ring, on: date) -> Iterator[Told]:
    """Yield what becomes of a report that others pass on: up to four tell it, some at second hand.

    Whoever tells it a second time has heard it from one who told it before.
    """
    random, tellers = stock.random, [made]
    others = [agency for agency in _INTELLIGENCE if agency != made.agency]
    for other in random.sample(others, random.choice((1, 1, 1, 2, 3, 4))):
        heard = random.choice(tellers) if random.random() < 0.25 else made
        on += timedelta(days=random.randint(3, 9))
        one = relay(stock, other, heard, told_of, on)
        tellers.append(one)
        yield one


def _new_ring(stock: Stock) -> Ring:
    random = stock.random
    exploitation = random.choice(tuple(_PLACES))
    return ring(
        stock,
        f"Group {stock.number('ring') + 1}",
        language=random.choice(LANGUAGES),
        exploitation=exploitation,
        place=_PLACES[exploitation],
        suspects=random.randint(1, 4),
        victims=random.randint(1, 4),
        children=random.random() < 0.2,
    )


def year_2009(seed: int) -> Iterator[Told]:
    """Yield the demonstration's scenario: the plan's operations and the 527 referrals."""
    stock = Stock(Random(seed))
    yield from operations.tell(stock)
    yield from nrm.tell(stock)
    for code in FORCES[:4]:
        yield nil_return(stock, code, date(2009, 8, 1), date(2009, 8, 31))


def events(seed: int, count: int, *, split: str = "training") -> Iterator[Told]:
    """Yield `count` events of the endless stream."""
    return islice(endless(seed, split=split), count)
