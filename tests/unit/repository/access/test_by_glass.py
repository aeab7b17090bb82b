"""To what a look by a broken glass goes back."""

from typing import Any
from uuid import UUID

import pytest

from repository.access.audit import Who
from repository.access.by_glass import Opened, by_glass, seen_through

ID = UUID("0198f2c4-0000-7000-8000-000000000007")
OTHER = UUID("0198f2c4-0000-7000-8000-000000000009")
OPENED = Opened(
    {7: ID, 9: OTHER},
    {7: frozenset({3}), 9: frozenset({4, 5})},
    ((1, False, frozenset({7})), (2, True, frozenset({9}))),
)
WHO = Who("a", "ukhtc", "OP/1", "", "", "0" * 256)


@pytest.mark.parametrize(
    ("asked", "ids", "seen"),
    [
        ({"event": "7"}, ["7"], {7}),
        ({"event": str(ID)}, ["7"], {7}),
        ({"who may": "7"}, [], {7}),
        ({"who may": str(ID).upper()}, [], {7}),
        ({"sanitised": 9, "of": 1}, [], {9}),
        ({"why": ["R1-0", "R7-2"]}, [], {7}),
        ({"query": "anything"}, ["7", "8", "9"], {7, 9}),
        ({"who may": "8"}, [], set()),
        ({"exports": "", "limit": 100, "offset": 0}, [], set()),
        ({"event": "8"}, ["8", "E8-0"], {7, 9}),
        ({"event": "8"}, None, {7, 9}),
        ({"streams": True, "filters": {"kind": ["vehicle"]}, "by": None}, [], set()),
    ],
)
def test_a_look_goes_back_to_what_it_names_and_to_all_where_names_do_not_tell(
    asked: dict[str, Any], ids: list[str] | None, seen: set[int]
) -> None:
    assert seen_through(OPENED, asked, ids) == seen


def test_it_is_shown_to_whose_rights_reach_what_it_goes_back_to() -> None:
    assert by_glass(OPENED, WHO, {"event": "8"}, ["8"]) == (WHO, {"event": "8"})
    who, said = by_glass(OPENED, WHO, {"who may": "7"}, [])
    assert [at for at, bit in enumerate(who.rights) if bit == "1"] == [3]
    assert said == {"who may": "7", "glass": [1]}
    who, said = by_glass(OPENED, WHO, {"event": "8"}, None)
    assert [at for at, bit in enumerate(who.rights) if bit == "1"] == [3, 4, 5, 67, 68, 69]
    assert said == {"event": "8", "glass": [1, 2]}
