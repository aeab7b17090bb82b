"""The bulletin by its definition: every event decoded, every case folded step by step, slowly."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

import psycopg

from intelbus.codec import decode_event
from repository.amendments import Amendment, Status, Version, standing
from repository.linking.normalise import squashed
from repository.statistics.cases import DIMENSIONS
from repository.statistics.facts import step_of
from repository.statistics.first_responders import group_of

EVENTS = """
SELECT l.position, e.agency, e.event_id, e.kind, e.corrects, e.reported_at, e.received_at, e.value
FROM event_log l JOIN event e USING (agency, event_id) ORDER BY l.position
"""


def current_at(connection: psycopg.Connection[Any], as_at: datetime | None) -> list[Any]:
    """Return the rows of EVENTS that stand, of what was received by `as_at`."""
    rows = [r for r in connection.execute(EVENTS).fetchall() if as_at is None or r[6] <= as_at]
    firsts = {(r[1], r[2]): r for r in rows if r[3] != "retraction"}
    families: dict[Any, list[Amendment]] = {}
    for position, agency, event_id, kind, corrects, reported, _, value in rows:
        if kind == "retraction":
            event = decode_event(bytes(value)).event
            family, target = (agency, event["target_event_id"]), event["target_kind"]
        elif corrects:
            family, target = (agency, corrects), kind
        else:
            families.setdefault((agency, event_id), [])
            continue
        one = Amendment(event_id, target, kind == "retraction", reported, position)
        families.setdefault(family, []).append(one)
    current = set()
    for family, amendments in families.items():
        row = firsts.get(family)
        first = Version(row[2], row[3], row[0], row[4] is not None) if row else None
        found = standing(first, amendments)
        current |= {position for position, one in found.items() if one is Status.CURRENT}
    return [row for row in rows if row[0] in current]


def months_after(day: date, months: int) -> date:
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def wait_of(referred: date, concluded: date) -> str:
    """Return the published band of the days from referral to conclusive grounds."""
    days = (concluded - referred).days
    if days <= 45:
        return "0-7" if days <= 7 else "8-45"
    if concluded <= months_after(referred, 3):
        return "46 days-3 months"
    return "3-6 months" if concluded <= months_after(referred, 6) else "over 6 months"


def case_of(steps: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return one case's values from its (agency, Step), in order of their days."""
    case: dict[str, Any] = dict.fromkeys(("referred_on", *DIMENSIONS))
    again: tuple[str, date] | None = None
    reasonable_on: date | None = None
    concluded_on: date | None = None
    gone = None
    for agency, one in steps:
        for name, value in (
            ("nationality", one.nationality),
            ("sex", one.sex),
            ("age", one.age),
            ("exploitation", one.exploitation),
            ("competent_authority", one.authority),
        ):
            case[name] = value or case[name]
        case["uk_nation"] = case["uk_nation"] or one.uk_nation
        if one.step == "referred" and case["referred_on"] is None:
            case["referred_on"] = one.step_on
            case["first_responder"] = one.first_responder or agency
        elif one.step == "reasonable_grounds" and one.decision:
            case["reasonable_grounds"], reasonable_on = one.decision, one.step_on
        elif one.step == "conclusive_grounds" and one.decision and concluded_on is None:
            case["conclusive_grounds"], concluded_on = one.decision, one.step_on
        elif one.step == "reconsidered" and one.decision:
            again = (one.decision, one.step_on)
        elif one.step in ("absconded", "reflection_suspended"):
            gone = "suspended"
        elif one.step == "left_uk":
            gone = "withdrawn"
    if again and concluded_on and again[1] >= concluded_on:
        case["conclusive_grounds"] = again[0]
    elif again and not concluded_on and reasonable_on and again[1] >= reasonable_on:
        case["reasonable_grounds"] = again[0]
    case["reasonable_grounds"] = case["reasonable_grounds"] or gone or "no decision recorded"
    case["conclusive_grounds"] = case["conclusive_grounds"] or "no decision recorded"
    referred = case["referred_on"]
    if referred and reasonable_on:
        days = (reasonable_on - referred).days
        bands = ((5, "0-5"), (14, "6-14"), (45, "15-45"))
        case["days_to_reasonable_grounds"] = next((b for d, b in bands if days <= d), "over 45")
    if referred and concluded_on:
        case["days_to_conclusive_grounds"] = wait_of(referred, concluded_on)
    return case


def bulletin(
    connection: psycopg.Connection[Any],
    since: date,
    until: date,
    *,
    types: Mapping[str, str] | None = None,
    as_at: datetime | None = None,
) -> dict[str, Any]:
    """Return `referrals` and every table, of values that occur."""
    steps: dict[str, list[Any]] = {}
    for row in current_at(connection, as_at):
        if row[3] == "referral":
            event = decode_event(bytes(row[7])).event
            reference = squashed(event["nrm_reference"]) or event["nrm_reference"]
            steps.setdefault(reference, []).append((event["step_on"], row[0], row[1], event))
    cases = []
    for of_case in steps.values():
        ordered = sorted(of_case, key=lambda one: one[:2])
        case = case_of((agency, step_of(event)) for _, _, agency, event in ordered)
        if case["referred_on"] and since <= case["referred_on"] <= until:
            case["first_responder"] = group_of(case["first_responder"], types or {})
            cases.append(case)
    made: dict[str, Any] = {"referrals": len(cases)}
    for name in DIMENSIONS:
        decided = name.startswith("days_to_")
        values = (case[name] or (None if decided else "not stated") for case in cases)
        made[name] = dict(Counter(value for value in values if value))
    return made
