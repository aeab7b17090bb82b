"""Convictions are counted by offence, and nothing but convictions."""

from typing import Any

from repository.queries.convictions import tabulate


def outcome(result: str, months: int | None, statute: str = "SOA 2003 s.58") -> dict[str, Any]:
    return {"offence": "x", "statute": statute, "result": result, "sentence_months": months}


def test_only_convictions_count_and_their_months_add_up() -> None:
    rows = tabulate(
        [
            outcome("acquitted", None),
            outcome("convicted", 24, "another"),
            outcome("convicted", 60),
            outcome("convicted", None),
        ]
    )
    assert rows == [
        {"offence": "x", "statute": "SOA 2003 s.58", "convictions": 2, "sentence_months": 60},
        {"offence": "x", "statute": "another", "convictions": 1, "sentence_months": 24},
    ]


def test_no_outcome_is_no_row() -> None:
    assert tabulate([]) == []
