"""What is unusual of a reader's day: by the rule's own least, and by the reader's history."""

from datetime import date, timedelta

import pytest

from repository.access.patterns import RULES, Day, unusual

TODAY = date(2009, 10, 12)


def day(back: int, looks: int = 20, purposes: int = 2, unanswered: int = 1, ids: int = 60) -> Day:
    return Day("a", TODAY - timedelta(days=back), looks, purposes, unanswered, ids)


HISTORY = [day(back, looks=20 + back % 3) for back in range(1, 20)]


def test_a_day_like_the_others_is_usual() -> None:
    assert unusual([*HISTORY, day(0, looks=22)], TODAY) == []


@pytest.mark.parametrize(
    ("today", "rule"),
    [
        (day(0, looks=150), "volume"),
        (day(0, ids=2000), "reach"),
        (day(0, purposes=12), "breadth"),
        (day(0, unanswered=40), "probing"),
    ],
)
def test_each_rule_is_broken_by_what_it_counts(today: Day, rule: str) -> None:
    assert [one.rule for one in unusual([*HISTORY, today], TODAY)] == [rule]
    assert [one.rule for one in unusual([today], TODAY)] == [rule]


def test_who_always_reads_much_is_measured_by_their_own_history() -> None:
    busy = [day(back, looks=400 + 10 * (back % 5)) for back in range(1, 28)]
    assert unusual([*busy, day(0, looks=430)], TODAY) == []
    assert [one.usual > 400 for one in unusual([*busy, day(0, looks=900)], TODAY)] == [True]


def test_what_lies_further_back_than_the_history_does_not_count() -> None:
    old = [day(back, looks=400) for back in range(40, 60)]
    assert [one.usual for one in unusual([*old, day(0, looks=150)], TODAY)] == [0.0]


def test_a_rule_says_what_it_means() -> None:
    assert all(rule.meaning and rule.least > 0 for rule in RULES.values())
