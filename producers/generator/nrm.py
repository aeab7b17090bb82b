"""The 527 referrals of 2009 to the National Referral Mechanism, as dated steps that agencies sent.

The people are invented; the counts are those published (`figures/nrm-2009.json` names the source):
by first responder, by reasonable-grounds outcome, by days to conclusive grounds, and the first
quarter's totals.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from random import Random
from typing import Any

from producers.generator.agencies import AGENCIES, responders
from producers.generator.invention import Stock
from producers.generator.people import Invented, person_details
from producers.generator.told import Told

FIRST_DAY, QUARTER_END, LAST_DAY = date(2009, 4, 1), date(2009, 6, 30), date(2009, 12, 31)

# One row a published band of days to conclusive grounds: days drawn from well inside it.
BANDS: dict[str, tuple[int, int]] = {
    "over 6 months": (190, 205),
    "3-6 months": (100, 170),
    "46 days-3 months": (50, 85),
    "8-45": (12, 40),
    "0-7": (4, 7),
}
# First quarter's share of the outcomes other than positive; none is without a decision.
FIRST_QUARTER_OTHERS = {"suspended": 2, "withdrawn": 6}
_EXPLOITATION = ("sexual", "labour", "domestic_servitude", "criminal")


@dataclass(slots=True)
class Case:
    """One referral: when, by whom, and how it went."""

    referred_on: date
    outcome: str
    responder: str
    child: bool
    conclusive_after: int | None = None


def published() -> dict[str, Any]:
    """Return the published figures with their sources."""
    path = files("producers.generator") / "figures" / "nrm-2009.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def cases(random: Random) -> list[Case]:
    """Return the 527 cases in order of referral, with the published totals exactly."""
    figures = published()
    quarter = figures["first_quarter"]
    totals = dict(figures["reasonable_grounds"])
    early = {"positive": quarter["positive"], **FIRST_QUARTER_OTHERS}
    early["negative"] = quarter["referrals"] - sum(early.values())
    late = {outcome: count - early.get(outcome, 0) for outcome, count in totals.items()}
    agencies = _responders(random, figures["first_responder"])
    made: list[Case] = []
    for outcomes, first, last in (
        (early, FIRST_DAY, QUARTER_END),
        (late, QUARTER_END + timedelta(days=1), LAST_DAY - timedelta(days=12)),
    ):
        drawn = [name for name, count in outcomes.items() for _ in range(count)]
        random.shuffle(drawn)
        children = set(random.sample(range(len(drawn)), round(len(drawn) * 0.27)))
        for index, outcome in enumerate(drawn):
            day = first + timedelta(days=random.randrange((last - first).days + 1))
            if outcome == "no decision recorded":
                day = LAST_DAY - timedelta(days=random.randrange(60))
            made.append(Case(day, outcome, agencies.pop(), index in children))
    made.sort(key=lambda case: case.referred_on)
    _conclude(random, made, figures["days_to_conclusive_grounds"])
    return made


def _responders(random: Random, counts: dict[str, int]) -> list[str]:
    drawn = [random.choice(responders(row)) for row, count in counts.items() for _ in range(count)]
    random.shuffle(drawn)
    return drawn


def _conclude(random: Random, made: list[Case], counts: dict[str, int]) -> None:
    """Give positive cases their days to conclusive grounds, longest band first: it fits fewest."""
    for band, (low, high) in BANDS.items():
        fitting = [
            case
            for case in made
            if case.outcome == "positive"
            and case.conclusive_after is None
            and case.referred_on + timedelta(days=high) <= LAST_DAY
        ]
        for case in random.sample(fitting, counts[band]):
            case.conclusive_after = random.randint(low, high)


def tell(stock: Stock) -> Iterator[Told]:
    """Yield the steps of every case as events of the agencies that took them."""
    for number, case in enumerate(cases(stock.random), start=1):
        yield from _steps(stock, case, f"NRM/2009/{number:04d}")


def _steps(stock: Stock, case: Case, reference: str) -> Iterator[Told]:
    random, referred = stock.random, case.referred_on
    person = stock.person(child=case.child)
    authority = "ukba" if case.responder == "ukba" else "ukhtc"
    decided = referred + timedelta(days=random.randint(2, 7))
    if case.outcome == "no decision recorded":
        decided = referred

    def step(agency: str, name: str, on: date, **body: Any) -> Told:
        return _told(stock, case, reference, person, agency, name, on, body)

    kind = random.choice(_EXPLOITATION)
    yield step(
        case.responder,
        "referred",
        referred,
        first_responder=case.responder,
        uk_nation=_nation(case.responder),
        movement={
            "direction": "into_uk",
            "from_country": person.country,
            "to_country": "GB",
        },
        exploitation=[{"kind": kind}],
    )
    yield step(authority, "received", referred, competent_authority=authority)
    match case.outcome:
        case "suspended":
            yield step(authority, "absconded", decided)
        case "withdrawn":
            yield step(authority, "left_uk", decided)
        case "positive" | "negative":
            yield step(
                authority,
                "reasonable_grounds",
                decided,
                decision=case.outcome,
                competent_authority=authority,
            )
    if case.outcome != "positive":
        return
    until = decided + timedelta(days=45)
    yield step(authority, "reflection_started", decided, reflection_until=until.isoformat())
    if authority == "ukhtc" and random.random() < 0.4:
        yield step("ukhtc", "handed_over", decided, handed_to="ukba")
        authority = "ukba"
    if case.conclusive_after is not None:
        yield step(
            authority,
            "conclusive_grounds",
            referred + timedelta(days=case.conclusive_after),
            decision="positive" if random.random() < 0.75 else "negative",
            competent_authority=authority,
        )


def _told(  # noqa: PLR0917  (called once, by the step function above it)
    stock: Stock,
    case: Case,
    reference: str,
    person: Invented,
    agency: str,
    name: str,
    on: date,
    body: dict[str, Any],
) -> Told:
    age = "child" if case.child else "adult"
    source = {
        "kind": "referral",
        "source_reference": stock.reference(agency, "NRM"),
        "reported_at": f"{on.isoformat()}T{9 + stock.random.randrange(8):02d}:00Z",
        "occurred": on.isoformat(),
        "urgency": "priority" if case.child else "routine",
        "marking": "restricted",
        "handling": "1",
        "consent": {
            "nrm": "not_applicable" if case.child else "given",
            "police_disclosure": stock.random.choice(("given", "refused", "not_asked")),
        },
        "nrm_reference": reference,
        "step": name,
        "step_on": on.isoformat(),
        **body,
        "subjects": [
            {
                "local_id": "s1",
                "role": "potential_victim",
                **person_details(stock.random, person, age_status=age),
            }
        ],
    }
    return Told(agency, source, {"s1": person.truth})


def _nation(responder: str) -> str:
    if AGENCIES[responder].published_as == "TARA" or responder == "strathclyde":
        return "scotland"
    return {"south-wales": "wales", "psni": "northern_ireland"}.get(responder, "england")
