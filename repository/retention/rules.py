"""The review rules: how long an event is kept before somebody must say whether to keep it longer.

One row a rule, the first that fits counts; the last fits everything. A review decides, nothing is
deleted by a date. Six years is the period after which police intelligence is reviewed as a rule
(Management of Police Information, the shortest review group); the other rows are this project's.
"""

from dataclasses import dataclass
from typing import LiteralString


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `condition` is SQL over `event` as e and `counted` as c."""

    name: str
    months: int
    condition: LiteralString
    why: str


SIX_YEARS = 72
RULES: tuple[Rule, ...] = (
    Rule(
        "nil return",
        24,
        "c.kind = 'nil-return'",
        "it says of nobody anything; two years show who was silent",
    ),
    Rule(
        "suspected false",
        12,
        "(e.grading_scheme, e.information_grade) IN"
        " (('five_by_five_by_five', '5'), ('three_by_five_by_two', 'E'))",
        "information suspected to be false or malicious harms whom it is about",
    ),
    Rule(
        "watch",
        12,
        "c.kind = 'watch'",
        "an agency that still wants to be told places it again",
    ),
    Rule(
        "conviction",
        120,
        "c.kind = 'outcome' AND c.facts ->> 'result' = 'convicted'",
        "what a court has found stands longer than what was suspected",
    ),
    Rule(
        "child",
        120,
        "c.kind = 'missing-child' OR EXISTS (SELECT FROM nrm_step s"
        " WHERE s.position = c.position AND s.age = 'child')",
        "who was trafficked as a child may need it as an adult",
    ),
    Rule("every other event", SIX_YEARS, "true", "the six years of the shortest review group"),
)
SHORTEST = min(rule.months for rule in RULES)


def shown() -> list[dict[str, str | int]]:
    """Return the rules as people read them; the first that fits counts."""
    return [{"name": one.name, "months": one.months, "why": one.why} for one in RULES]


def case_of(column: str) -> str:
    """Return a SQL CASE over the rules that gives a rule's `name` or its `months`."""
    rows = " ".join(
        f"WHEN {rule.condition} THEN {_literal(getattr(rule, column))}" for rule in RULES
    )
    return f"CASE {rows} END"


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else f"'{value}'"
