"""The keys of a whole file find what the index finds that learns of records as they come."""

import numpy as np
import pytest

from repository.linking import file_keys
from repository.linking.described import Description, describe
from repository.linking.file_keys import FileKeys
from repository.linking.index import KeyIndex
from repository.linking.keys import keys_of

SURNAMES = ["smith", "smyth", "jones", "johns", "brown", "braun", "nowak", "novak", "khan", "kahn"]
GIVEN = ["anna", "hanna", "jan", "jana", "john", "jon", "maria", "marya", "ali", "aliyah"]


def people(count: int) -> list[Description]:
    random = np.random.default_rng(3)
    found = []
    for _ in range(count):
        year, month, day = random.integers(1980, 1984), random.integers(1, 13), 3
        found.append(
            describe(
                [
                    ("family_name", SURNAMES[random.integers(len(SURNAMES))]),
                    ("given_names", GIVEN[random.integers(len(GIVEN))]),
                    ("date_of_birth", f"{year}-{month:02}-{day:02}"),
                ]
            )
        )
    return found


@pytest.mark.parametrize(("at_once", "hits"), [(1_000, 4_000_000), (1_000, 1), (120, 900)])
def test_pairs_are_those_of_the_index(
    at_once: int, hits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_keys, "AT_ONCE", at_once)
    monkeypatch.setattr(file_keys, "HITS", hits)
    said = people(700)
    index = KeyIndex(700.0)
    a, b = (
        np.concatenate(column)
        for column in zip(
            *(
                index.add([keys_of(one, wide=True) for one in said[at : at + at_once]])
                for at in range(0, len(said), at_once)
            ),
            strict=True,
        )
    )
    one, other = FileKeys.of(said, wide=True).pairs(700.0)
    assert len(a) > 5_000
    assert (one.tolist(), other.tolist()) == (a.tolist(), b.tolist())


def test_a_file_of_nobody_has_no_pairs() -> None:
    for said in ([], [describe([])], [describe([("family_name", "Nowak")])]):
        a, b = FileKeys.of(said, wide=False).pairs(float(len(said)))
        assert len(a) == len(b) == 0


def test_keys_that_nobody_shares_are_left_out() -> None:
    ann, bob = (describe([("family_name", "Smith"), ("given_names", g)]) for g in ("Ann", "Bob"))
    keys = FileKeys.of([ann, bob], wide=True)
    shared = len(keys_of(ann, wide=True) & keys_of(bob, wide=True))
    assert len(keys[0]) == len(keys[1]) == shared > 0
    assert len(keys_of(ann, wide=True)) > shared
