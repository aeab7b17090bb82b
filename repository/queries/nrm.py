"""The National Referral Mechanism's table: cases, never events, from the versions that stand."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, LiteralString

import psycopg

from repository.linking.normalise import squashed
from repository.queries.current import current_events
from repository.queries.first_responders import group_of
from repository.queries.snapshot import snapshot

LAST_POSITION: LiteralString = "SELECT coalesce(max(position), 0) FROM event_log"

GROUNDS = ("positive", "negative", "suspended", "withdrawn", "no decision recorded")
# Without a decision, the last of these steps says why; one row a step.
UNDECIDED: Mapping[str, str] = {
    "absconded": "suspended",
    "reflection_suspended": "suspended",
    "left_uk": "withdrawn",
}
WAITS = ("0-7", "8-45", "46 days-3 months", "3-6 months", "over 6 months")


@dataclass(slots=True)
class Case:
    """What the steps of one NRM case come to."""

    reference: str
    referred_on: date | None = None
    first_responder: str | None = None
    grounds: str = "no decision recorded"
    concluded_on: date | None = None
    events: list[int] = field(default_factory=list)


def case_of(reference: str, steps: Iterable[tuple[int, Mapping[str, Any]]]) -> Case:
    """Return one case from its (position, referral event) steps, in any order.

    The earliest referral counts, the latest reasonable-grounds decision, the earliest conclusive
    one.
    """
    case = Case(reference)
    decided: str | None = None
    left: str | None = None
    for position, step in sorted(steps, key=lambda one: (one[1]["step_on"], one[0])):
        case.events.append(position)
        name, on, decision = step["step"], step["step_on"], step["decision"]
        if name == "referred" and case.referred_on is None:
            case.referred_on = on
            case.first_responder = step["first_responder"] or step["header"]["originator"]
        elif name == "reasonable_grounds" and decision:
            decided = decision
        elif name == "conclusive_grounds" and decision and case.concluded_on is None:
            case.concluded_on = on
        elif name in UNDECIDED:
            left = UNDECIDED[name]
    case.grounds = decided or left or "no decision recorded"
    return case


def months_after(day: date, months: int) -> date:
    """Return the same day of a later month, or that month's last day."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def wait_of(referred: date, concluded: date) -> str:
    """Return the published band of the days from referral to conclusive grounds."""
    days = (concluded - referred).days
    if days <= 7:
        return WAITS[0]
    if days <= 45:
        return WAITS[1]
    if concluded <= months_after(referred, 3):
        return WAITS[2]
    return WAITS[3] if concluded <= months_after(referred, 6) else WAITS[4]


def tabulate(
    cases: Iterable[Case], types: Mapping[str, str], since: date, until: date
) -> dict[str, Any]:
    """Count the cases referred from `since` to `until`, both included, as the bulletin does."""
    counted = [case for case in cases if case.referred_on and since <= case.referred_on <= until]
    responders = Counter(group_of(case.first_responder, types) for case in counted)
    grounds = Counter(case.grounds for case in counted)
    waits = Counter(
        wait_of(case.referred_on, case.concluded_on)
        for case in counted
        if case.referred_on and case.concluded_on
    )
    return {
        "period": {"from": since.isoformat(), "to": until.isoformat()},
        "referrals": len(counted),
        "first_responder": dict(sorted(responders.items(), key=lambda one: (-one[1], one[0]))),
        "reasonable_grounds": {name: grounds[name] for name in GROUNDS},
        "days_to_conclusive_grounds": {name: waits[name] for name in WAITS},
    }


def nrm_table(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    types: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the bulletin of a period as of the log's last position.

    `types` is each agency's type. A case is an NRM reference, however spelt: restatements and
    relays are steps of the same case.
    """
    with snapshot(connection):
        row = connection.execute(LAST_POSITION).fetchone()
        steps: dict[str, list[tuple[int, Mapping[str, Any]]]] = {}
        for one in current_events(connection, "referral"):
            reference = squashed(one.event["nrm_reference"]) or one.event["nrm_reference"]
            steps.setdefault(reference, []).append((one.position, one.event))
    cases = [case_of(reference, of_case) for reference, of_case in steps.items()]
    return tabulate(cases, types or {}, since, until) | {
        "as_at_position": int(row[0]) if row else 0
    }
