"""What is remembered between batches changes no weight."""

from itertools import combinations

import numpy as np
import pytest

from repository.linking.memory import Memory
from repository.linking.subjects import Described, describe_subject
from repository.linking.weigher import Weigher
from tests.support.linked import person, vehicle

PEOPLE = [
    describe_subject("person", person(given, family, born)["details"]["person"])
    for given, family, born in (
        ("Ilinca", "Dobre", (1984, 5, 17)),
        ("Ilinka", "Dobre", (1984, 5, 17)),
        ("Lan", "Nguyen", (1984, 5, None)),
        ("Nguyen", "Lan", (1984, 5, 18)),
        ("Maria Elena", "van den Berg", (1951, 1, 1)),
        ("Elena", "Berg", (1951, None, None)),
    )
]
VEHICLES = [
    describe_subject("vehicle", vehicle(mark)["details"]["vehicle"])
    for mark in ("AB12 CDE", "AB12 CDF", "XY99 ZZZ")
]


@pytest.mark.parametrize("most", [0, 2, 1000])
@pytest.mark.parametrize("described", [PEOPLE, VEHICLES])
def test_a_pair_weighs_the_same_whatever_is_remembered(
    described: list[Described], most: int
) -> None:
    weigher = Weigher()
    memory, kind = Memory(weigher, most=most), described[0].kind
    alone = weigher.own(kind, [one.description for one in described])
    for place, one in enumerate(described):
        memory.forget_most()
        assert memory.add_new(kind, [one]) == {one.number: alone[place]}
    known = {one.number: one.description for one in described}
    own = {one.number: weight for one, weight in zip(described, alone, strict=True)}
    for one, other in combinations(known, 2):
        memory.forget_most()
        unknown = memory.unknown(kind, (one, other))
        texts = {each.number: each.text for each in described}
        memory.add_known(kind, [(number, texts[number], own[number]) for number in unknown])
        a, b = np.array([one]), np.array([other])
        assert memory.pairs(kind, a, b).tolist() == weigher.pairs(kind, known, a, b).tolist()
        assert memory.own(kind, a).tolist() == [own[one]]


def test_no_more_is_remembered_than_was_said() -> None:
    memory = Memory(Weigher(), most=1)
    memory.add_new("person", PEOPLE[:2])
    memory.forget_most()
    assert memory.unknown("person", [PEOPLE[0].number]) == [PEOPLE[0].number]
