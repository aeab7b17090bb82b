"""What a town says again beside a postcode."""

import json
from dataclasses import replace

import numpy as np
import pytest

from repository.linking.corpus import Corpus
from repository.linking.described import describe
from repository.linking.evaluation import Setup, evaluate
from repository.linking.labelled import Labelled
from repository.linking.repeated import beside
from repository.linking.scoring import GROUP_SHARE, damped
from repository.linking.weights import parse_weights, read_weights, shipped

PEOPLE = 2_000
VILLAGES = 100


def shares(places: list[tuple[str, str]], entity: list[int] | None = None) -> dict[str, float]:
    corpus = Corpus()
    corpus.add([describe([("town", town), ("postcode", code)]) for town, code in places])
    found = beside(corpus, np.array(entity or range(len(places)), np.int64))
    return {" ".join(two): share for two, share in found.items()}


def test_a_town_says_nothing_beside_a_postcode_of_its_own() -> None:
    places = [(f"village {n % VILLAGES}", f"{27000 + n % VILLAGES}") for n in range(PEOPLE)]
    assert shares(places)["postcode town"] < 0.15


def test_what_is_drawn_alone_counts_as_it_is_shipped() -> None:
    random = np.random.default_rng(1)
    drawn = random.integers(0, VILLAGES, (PEOPLE, 2)).tolist()
    places = [(f"village {one}", f"{27000 + other}") for one, other in drawn]
    assert shares(places)["postcode town"] == GROUP_SHARE


def test_of_one_person_told_often_nothing_is_learnt() -> None:
    places = [(f"village {n // 20}", f"{27000 + n // 20}") for n in range(PEOPLE)]
    assert shares(places, [n // 20 for n in range(PEOPLE)])["postcode town"] == GROUP_SHARE


def test_the_lesser_counts_by_its_share_beside_the_best() -> None:
    bits = {"town": np.array([4.0, 10.0, -2.0]), "postcode": np.array([10.0, 4.0, 3.0])}
    assert damped(bits, {("postcode", "town"): 0.25}).tolist() == [11.0, 11.0, 1.0]
    assert damped(bits, {}).tolist() == pytest.approx([12.4, 12.4, 1.0])


def test_a_file_of_weights_keeps_the_shares() -> None:
    learnt = replace(read_weights(), beside={("postcode", "town"): 0.25})
    read = parse_weights(json.dumps(learnt.as_json()), "weights.json")
    assert read.beside == learnt.beside
    assert parse_weights(shipped(), "shipped.json").beside == {}


@pytest.mark.parametrize("train", [False, True])
def test_neighbours_of_one_given_name_stay_two(train: bool) -> None:
    """In a village there is another Ann; that its town and its postcode agree says one thing."""
    given = ["ann", "mary", "john", "james", "susan", "peter", "linda", "robert", "karen", "paul"]
    random = np.random.default_rng(2)

    def word() -> str:
        size = int(random.integers(3, 5))
        return "".join(
            f"{'bcdfghklmnprstvwz'[c]}{'aeiou'[v]}"
            for c, v in zip(random.integers(0, 17, size), random.integers(0, 5, size), strict=True)
        )

    villages = [(word(), f"{27000 + n}") for n in range(400)]
    rows: list[tuple[str, dict[str, str]]] = []
    for n in range(PEOPLE):
        town, code = villages[int(random.integers(0, len(villages)))]
        family = word()
        said = {
            "given_names": given[int(random.integers(0, len(given)))],
            "family_name": family,
            "town": town,
            "postcode": code,
        }
        rows.append((str(n), said))
        if n % 5 == 0:
            rows.append((str(n), {**said, "family_name": f"{family[:-1]}x"}))
    labelled = Labelled(
        [said for _, said in rows],
        [describe(said.items()) for _, said in rows],
        [who for who, _ in rows],
    )
    report = evaluate(labelled, read_weights(), Setup("person", train=train))
    assert report["shipped"]["precision"] > 0.95
    assert report["shipped"]["recall"] > 0.95
