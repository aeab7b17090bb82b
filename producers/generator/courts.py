"""What the courts decided: the plan's convictions, and the sentences of its operations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from producers.generator.bodies import event
from producers.generator.invention import Stock
from producers.generator.stories import Ring
from producers.generator.told import Told


@dataclass(frozen=True, slots=True)
class Offence:
    """One row: an offence, its statute, and the convictions secured until October 2009."""

    name: str
    statute: str
    exploitation: str | None
    convictions: int


# Source: Update to the UK Action Plan on Tackling Human Trafficking, October 2009, "Convictions
# and legislation". Conspiracy is charged under another Act, whatever the exploitation.
OFFENCES: tuple[Offence, ...] = (
    Offence("Trafficking for sexual exploitation", "Sexual Offences Act 2003 s.58", "sexual", 113),
    Offence(
        "Trafficking for forced labour",
        "Asylum and Immigration (Treatment of Claimants) Act 2004 s.4",
        "labour",
        7,
    ),
    Offence("Conspiracy to engage in trafficking", "Criminal Law Act 1977 s.1", None, 3),
)
CONVICTIONS = {one.name: one.convictions for one in OFFENCES}
ACQUITTAL_SHARE = 0.25  # beside the convictions; the plan gives no figure


@dataclass(frozen=True, slots=True)
class Sentenced:
    """What an operation's defendants were given together: how many, and months in all."""

    operation: str
    defendants: int
    months: int


def tell(stock: Stock, rings: Sequence[tuple[Ring, date, Sentenced | None]]) -> Iterator[Told]:
    """Yield a case outcome for every conviction of OFFENCES, and some acquittals.

    A ring comes with the day its trial ends and, if known, the sentences passed on it: those
    count among the convictions of its offence. The others are spread over the rings.
    """
    random = stock.random
    for offence in OFFENCES:
        fitting = [one for one in rings if offence.exploitation in (None, one[0].exploitation)]
        left = offence.convictions
        for ring, on, sentenced in fitting:
            if sentenced is not None and offence.exploitation is not None:
                left -= sentenced.defendants
                for months in _shares(sentenced):
                    yield _tied(sentenced.operation, _outcome(stock, ring, on, offence, months))
        open_rings = [one for one in fitting if one[2] is None]
        for number in range(left):
            ring, on, _ = open_rings[number % len(open_rings)]
            yield _outcome(stock, ring, on, offence, random.randint(18, 132))
        for _ in range(int(offence.convictions * ACQUITTAL_SHARE)):
            ring, on, _ = random.choice(open_rings)
            yield _outcome(stock, ring, on, offence, None)


def _shares(sentenced: Sentenced) -> list[int]:
    """Return one sentence a defendant, in months, that make up the whole."""
    share, over = divmod(sentenced.months, sentenced.defendants)
    return [share + (number < over) for number in range(sentenced.defendants)]


def _tied(operation: str, told: Told) -> Told:
    """Return an outcome that names the operation it came of."""
    subject = {
        "local_id": "operation",
        "role": "operation",
        "event_reference": {"kind": "operation", "reference": operation},
    }
    source = {**told.source, "subjects": [*told.source["subjects"], subject]}
    return Told(told.agency, source, {**told.subjects, "operation": f"operation-{operation}"})


def _outcome(stock: Stock, ring: Ring, on: date, offence: Offence, months: int | None) -> Told:
    """Return the outcome for one defendant: `months` of imprisonment, or None when acquitted."""
    day = on + timedelta(days=stock.random.randrange(28))
    return event(
        stock,
        "cps",
        "outcome",
        ring,
        day,
        offence=offence.name,
        statute=offence.statute,
        result="acquitted" if months is None else "convicted",
        result_on=day.isoformat(),
        sentence_months=months,
    )
