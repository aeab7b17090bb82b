"""The operations of the plan, told by the agencies that took part. The people are invented."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from producers.generator import courts
from producers.generator.agencies import AGENCIES
from producers.generator.bodies import event
from producers.generator.courts import Sentenced
from producers.generator.invention import Stock
from producers.generator.stories import Ring, contradicted, relay, report, retold, ring
from producers.generator.told import Told


@dataclass(frozen=True, slots=True)
class Operation:
    """One row of the table: who took part and what came of it."""

    name: str
    started: date
    agencies: tuple[str, ...]  # the leader first; those not enrolled are only named
    exploitation: str
    language: str | None
    place: str
    rings: int
    arrests: int | None = None
    screened: int | None = None
    victims: int | None = None
    children: bool = False
    sentenced: Sentenced | None = None  # all its defendants together


# Source: Update to the UK Action Plan on Tackling Human Trafficking, October 2009.
OPERATIONS: tuple[Operation, ...] = (
    Operation(
        "Pentameter 2",
        date(2007, 10, 3),
        ("south-yorkshire", "met", "gmp", "strathclyde", "south-wales", "psni", "soca", "ukba"),
        "sexual",
        None,
        "brothel",
        9,
    ),
    Operation(
        "Tolerance",
        date(2008, 5, 6),
        ("ukba", "gla", "met", "gmp"),
        "labour",
        "vietnamese",
        "factory",
        3,
    ),
    Operation(
        "Ruby",
        date(2008, 11, 18),
        ("northamptonshire", "ukba", "soca", "gla", "kettering-council"),
        "labour",
        "romanian",
        "farm",
        4,
        arrests=8,
        screened=60,
    ),
    Operation(
        "Adject",
        date(2008, 9, 9),
        ("soca", "gmp", "south-wales", "south-yorkshire"),
        "sexual",
        "lithuanian",
        "brothel",
        3,
        sentenced=Sentenced("Adject", 6, 378),  # 31 1/2 years; how many shared them is invented
    ),
    Operation(
        "Lithuanian joint case",
        date(2008, 3, 11),
        ("soca", "met", "south-yorkshire"),
        "sexual",
        "lithuanian",
        "brothel",
        6,
        arrests=18,
        victims=16,
        sentenced=Sentenced("Lithuanian joint case", 18, 1740),  # 145 years
    ),
    Operation("Swale", date(2008, 12, 2), ("ukba", "met"), "labour", "chinese", "factory", 2),
    Operation(
        "Rebutia", date(2009, 2, 3), ("ukba", "met"), "criminal", "vietnamese", "cannabis_farm", 2
    ),
    Operation(
        "Paladin",
        date(2009, 3, 2),
        ("met", "ukba", "croydon-council"),
        "domestic_servitude",
        "nigerian",
        "private_address",
        3,
        children=True,
    ),
    Operation(
        "Newbridge",
        date(2009, 5, 4),
        ("ukba", "ceop", "met"),
        "criminal",
        "afghan",
        "private_address",
        2,
        children=True,
    ),
)

_ABLE = tuple(
    code
    for code, row in AGENCIES.items()
    if "intelligence" in row.kinds and code not in {"hmrc", "crimestoppers"}
)


def tell(stock: Stock) -> Iterator[Told]:
    """Yield every operation's events, the intelligence around its rings, and what courts said."""
    tried: list[tuple[Ring, date, Sentenced | None]] = []
    for operation in OPERATIONS:
        yield from _steps(stock, operation)
        for number in range(operation.rings):
            told_of = _ring_of(stock, operation, f"{operation.name} group {number + 1}")
            yield from _ring(stock, operation, told_of, number)
            trial = operation.started + timedelta(days=210)
            if operation.sentenced is None or number == 0:
                tried.append((told_of, trial, operation.sentenced))
    yield from courts.tell(stock, tried)


def _ring_of(stock: Stock, operation: Operation, name: str) -> Ring:
    return ring(
        stock,
        name,
        language=operation.language,
        exploitation=operation.exploitation,
        place=operation.place,
        children=operation.children,
    )


def _steps(stock: Stock, operation: Operation) -> Iterator[Told]:
    leader, *partners = (a for a in operation.agencies if "operation" in AGENCIES[a].kinds)
    told_of = _ring_of(stock, operation, f"Operation {operation.name}")
    rows: tuple[tuple[str, str, int, dict[str, int | None]], ...] = (
        (leader, "launched", 0, {}),
        *((agency, "agencies_joined", 7, {}) for agency in partners),
        (leader, "warrant", 60, {}),
        (leader, "arrest", 61, {"arrests": operation.arrests}),
        (
            partners[0],
            "victims_encountered",
            62,
            {
                "potential_victims_screened": operation.screened,
                "victims_encountered": operation.victims,
            },
        ),
        (leader, "closed", 120, {}),
    )
    for agency, step, days, counts in rows:
        yield event(
            stock,
            agency,
            "operation",
            told_of,
            operation.started + timedelta(days=days),
            operation_name=operation.name,
            operation_reference=f"OP/{operation.name.upper().replace(' ', '-')}",
            step=step,
            lead_agency=operation.agencies[0],
            partner_agencies=list(operation.agencies[1:]),
            **counts,
        )


def _ring(stock: Stock, operation: Operation, told_of: Ring, number: int) -> Iterator[Told]:
    random = stock.random
    able = [a for a in operation.agencies if "intelligence" in AGENCIES[a].kinds]
    first: Told | None = None
    for agency in able[: 2 + random.randrange(3)]:
        for _ in range(2):
            on = operation.started + timedelta(days=random.randrange(60))
            made = report(stock, agency, told_of, on)
            yield made
            yield from retold(stock, made)
            first = first or made
    if first is not None:  # told on by somebody who only heard of it
        yield relay(stock, "hmrc", first, told_of, operation.started + timedelta(days=70))
        if number == 0:  # and by two who only repeat it, in their own way
            on = operation.started + timedelta(days=74)
            others = [a for a in _ABLE if a not in operation.agencies]
            for other, manner in zip(others, ("verbatim", "reworded"), strict=False):
                yield relay(stock, other, first, told_of, on, manner=manner, cited=False)
        yield contradicted(stock, able[1], told_of, operation.started + timedelta(days=65))
    if random.random() < 0.45:
        on = operation.started + timedelta(days=random.randrange(60))
        yield report(stock, "crimestoppers", told_of, on, route="crimestoppers")
    after = operation.started + timedelta(days=90)
    yield event(stock, able[0], "watch", told_of, after)
    yield event(stock, "poppy", "victim-support", told_of, after)
    if operation.exploitation == "labour":
        yield event(stock, "gla", "inspection", told_of, after)
    if operation.children:
        yield event(stock, "ukba", "port-encounter", told_of, after)
        yield event(stock, "croydon-council", "missing-child", told_of, after)
        yield event(stock, "ceop", "assessment", told_of, after)
