"""One row a (potential) victim: the steps of an NRM case that may leave, folded into one. Pure.

They fold as the bulletin's do (`repository/statistics/cases.py`): the earliest referral counts, of
what describes the person the latest step that says it, and a reconsidered decision replaces the
last one made before it. What no step among these says is not known: it stays empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from typing import Any

from repository.exports.selection import Exported, people
from repository.statistics.facts import UNSTATED, VICTIMS

Person = tuple[Mapping[str, Any], Mapping[str, Any]]

STATED = frozenset({"victim", "potential_victim"})
"""Who is a (potential) victim of trafficking in any event; a missing child is one when referred."""


@dataclass(frozen=True, slots=True)
class Victim:
    """What is known of a (potential) victim. `decision` is the competent authority's that holds,
    and `conclusive` whether it is more than one on reasonable grounds; `referred_by` is the first
    responder.
    """

    role: str
    sex: str | None
    nationalities: Sequence[str]
    exploitation: AbstractSet[str]
    control: AbstractSet[str]
    decision: str | None
    conclusive: bool
    referred_on: date | None
    referred_by: str | None


def victims(events: Sequence[Exported]) -> Iterator[Victim]:
    """Yield each (potential) victim: of a case once, whatever number of its steps is here, and of
    other events once an event. The case is known by its first (potential) victim, of several in
    one step the second is the second of the others, and so on.
    """
    cases: dict[str | int, list[Exported]] = {}
    for one in events:
        cases.setdefault(one.position if one.case is None else one.case, []).append(one)
    for steps in cases.values():
        if steps[0].case is not None:
            steps.sort(key=lambda one: (one.event["step_on"], one.position))
        yield from _of_case(steps)


def _of_case(steps: Sequence[Exported]) -> Iterator[Victim]:
    """Yield the victims of a case's steps, in order of their days, or of one other event."""
    is_case = steps[0].case is not None
    roles = VICTIMS if is_case else STATED
    named = [[one for one in people(step.event) if one[0]["role"] in roles] for step in steps]
    forms = [step.event.get("exploitation", ()) for step in steps]
    kinds = [frozenset(form["kind"] for form in one) - UNSTATED for one in forms]
    control = [
        frozenset(code for form in one for code in form["means_of_control"]) - UNSTATED
        for one in forms
    ]
    decision, conclusive = _decision(steps) if is_case else (None, False)
    referred_on, referred_by = _referral(steps) if is_case else (None, None)
    for at in range(max(map(len, named))):
        said: list[Person] = [one[at] for one in named if len(one) > at]
        yield Victim(
            role=said[-1][0]["role"],
            sex=_latest([person["sex"] for _, person in said if person["sex"] not in UNSTATED]),
            nationalities=_latest([person["nationalities"] for _, person in said]) or (),
            exploitation=_latest(kinds) or frozenset(),
            control=_latest(control) or frozenset(),
            decision=decision,
            conclusive=conclusive,
            referred_on=referred_on,
            referred_by=referred_by,
        )


def _referral(steps: Sequence[Exported]) -> tuple[date | None, str | None]:
    """Return when a case was referred and by whom, where a step here says so."""
    for one in _steps(steps, "referred")[:1]:
        return one.event["step_on"], one.event["first_responder"] or one.agency
    return None, None


def _decision(steps: Sequence[Exported]) -> tuple[str | None, bool]:
    """Return the decision that holds, and whether it is conclusive."""
    concluded = _decided(steps, "conclusive_grounds")[:1]
    before = concluded or _decided(steps, "reasonable_grounds")[-1:]
    again = _decided(steps, "reconsidered")[-1:]
    # What was reconsidered may not be here; the new decision is one all the same.
    if again and (not before or again[0].event["step_on"] >= before[0].event["step_on"]):
        before = again
    return (before[0].event["decision"] if before else None), bool(concluded)


def _decided(steps: Sequence[Exported], name: str) -> list[Exported]:
    return [one for one in _steps(steps, name) if one.event["decision"]]


def _steps(steps: Sequence[Exported], name: str) -> list[Exported]:
    return [one for one in steps if one.event["step"] == name]


def _latest(said: Sequence[Any]) -> Any:
    """Return the last of these that says something."""
    return next((one for one in reversed(said) if one), None)
