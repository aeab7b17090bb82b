"""A file is a world of its own: what is counted in it, what only fills it, and who has branches."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from repository.linking.described import Description, describe
from repository.linking.evaluation import Setup, evaluate
from repository.linking.fillers import LEAST_NAMES, without_fillers
from repository.linking.keys import keys_of
from repository.linking.labelled import Labelled, parse_map, read_labelled
from repository.linking.names import readings
from repository.linking.resolver import Arrived, Resolver
from repository.linking.weigher import Weigher, names_cost
from repository.linking.weights import read_weights

FAMILIES = [f"{start}{end}" for start in ("Bar", "Cow", "Dun", "Fen", "Gar", "Hol", "Kip", "Lang")
            for end in ("ley", "den", "ton", "worth", "ham", "shaw", "by", "field")]  # fmt: skip


def people(number: str) -> list[Description]:
    return [
        describe([("full_name", f"Alan {family}"), ("national_id", f"{at:05}{at:04}7" if at % 2
                                                    else number)])
        for at, family in enumerate(FAMILIES)
    ]  # fmt: skip


def test_a_number_that_many_names_share_says_nothing() -> None:
    kept, gone = without_fillers(people("123456789"))
    assert gone == {"national_id": len(FAMILIES) // 2}
    assert ["national_id" in one.values for one in kept] == [
        bool(at % 2) for at in range(len(FAMILIES))
    ]


def test_what_few_names_or_one_share_stays() -> None:
    few = people("123456789")[: 2 * LEAST_NAMES - 2]
    assert without_fillers(few) == (few, {})
    one = [describe([("full_name", "Ann Barley"), ("national_id", "123456789")])] * 50
    assert without_fillers(one) == (one, {})


def test_a_year_and_a_day_on_which_many_were_born_stay() -> None:
    year = [describe([("full_name", f"A {f}"), ("date_of_birth", "1980")]) for f in FAMILIES]
    assert without_fillers(year) == (year, {})
    # Of few days each is many people's.
    days = [
        describe([("full_name", f"A {family}"), ("date_of_birth", f"1980-02-{1 + at % 3:02}")])
        for at, family in enumerate(FAMILIES)
    ]
    assert without_fillers(days) == (days, {})


def test_a_name_loses_less_the_more_records_tell_how_common_it_is() -> None:
    assert names_cost(4096) == names_cost(50_000) == 0.0
    assert names_cost(512) == 3.0
    assert names_cost(0) == names_cost(1) == 12.0


def phonebook(tmp_path: Path) -> Labelled:
    """2,560 people with family names of their own, one in four of them twice, once without a town,
    and a John Smith in each of 64 towns.
    """
    random = Random(5)

    def words(count: int) -> list[str]:
        return ["".join(random.choices("abcdefghiklmnoprstuvwxyz", k=9)) for _ in range(count)]

    towns, given = words(64), words(200)
    rows = [("John Smith", town, f"s{town}") for town in towns]
    for at, family in enumerate(words(2560)):
        rows.append((f"{given[at % 200]} {family}", towns[at % 64], str(at)))
        if at % 4 == 0:
            rows.append((f"{given[at % 200]} {family}", "", str(at)))
    path = tmp_path / "book.csv"
    path.write_text("\n".join(["name,town,who", *(",".join(row) for row in rows)]), "utf-8")
    return read_labelled(path, parse_map("full_name=name,town=town", "person"), truth="who")


def test_in_a_file_a_rare_name_is_enough_and_a_common_one_is_not(tmp_path: Path) -> None:
    found = evaluate(phonebook(tmp_path), read_weights(), Setup(kind="person", mistakes=0))
    assert found["true_pairs"] == 640
    assert found["shipped"]["f1"] == 1.0


def test_events_are_never_joined_by_a_name_alone() -> None:
    same = [describe([("full_name", "Zebedee Quillfeather")]) for _ in range(2)]
    assert max(Weigher().own("person", same)) < 0.0
    open_world = Resolver(Weigher(), "person")
    open_world.add([Arrived(one) for one in same])
    assert open_world.entity().tolist() == [0, 1]


SHOP = [("business_name", "Garwood & Fenby Cleaning"), ("text1", "garwoodfenby.example")]


def test_two_branches_of_a_chain_are_two() -> None:
    shops = [
        describe([*SHOP, ("street", "12 High Street"), ("telephone", "0113 496 0101")]),
        describe([*SHOP, ("street", "98 Mill Lane"), ("telephone", "0114 496 0202")]),
        describe([*SHOP, ("street", "12 High St"), ("telephone", "0113 496 0101")]),
    ]
    entities = {}
    for chains in (True, False):
        weights = replace(read_weights(), population=100.0)
        weigher = Weigher(weights, chains=chains)
        resolver = Resolver(weigher, "organisation", wide=True)
        resolver.add([Arrived(one) for one in shops])
        entities[chains] = resolver.entity().tolist()
    assert entities == {True: [0, 1, 0], False: [0, 0, 0]}


def test_a_title_shares_a_key_by_one_word_where_no_name_is_said() -> None:
    one = describe([("text1", "Canon EE-1179X camera silver")])
    other = describe([("text1", "EE1179X by canon")])
    assert keys_of(one, wide=True) & keys_of(other, wide=True)
    assert not keys_of(one) & keys_of(other)
    named = describe([("text1", "driver"), ("full_name", "Ann Barley")])
    driver = describe([("text1", "driver"), ("full_name", "Kip Dunton")])
    assert not keys_of(named, wide=True) & keys_of(driver, wide=True)


@pytest.mark.parametrize("text", ["0,0", "0.0,0.0"])
def test_where_the_equator_meets_greenwich_is_nowhere(text: str) -> None:
    assert "coordinates" not in describe([("coordinates", text)]).values
    assert describe([("coordinates", "0.1,0")]).values["coordinates"] == ("0.1,0",)


def test_a_child_without_a_name_has_not_its_mothers() -> None:
    for written in ("Baby of Rita", "BABY", "Baby boy", "Infant daughter of Rita"):
        assert readings(given=written, family="Jones")[0].given == "", written
    assert readings(given="Baby Jane", family="Jones")[0].given == "baby"
