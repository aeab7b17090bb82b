"""Training: what names of one language have in common, learnt without labels."""

from dataclasses import replace
from itertools import product
from random import Random

import numpy as np
import pytest

from repository.linking.corpus import Corpus
from repository.linking.described import Description, describe
from repository.linking.scoring import prior
from repository.linking.training import names_together, train
from repository.linking.weigher import Weigher
from repository.linking.weights import parse_weights, read_weights, shipped

LANGUAGES = (("Jonas Mantas Rokas Tomas", "Kazlauskas Petrauskas Jankauskas Butkus"),
             ("Ion Radu Mihai Andrei", "Popescu Ionescu Dobre Munteanu"))  # fmt: skip


def person(given: str, family: str, year: int) -> Description:
    born = f"{year}-06-24"
    return describe([("given_names", given), ("family_name", family), ("date_of_birth", born)])


def together(people: list[Description], entity: list[int] | None = None) -> float | None:
    corpus = Corpus()
    corpus.add(people)
    return names_together(corpus, np.array(entity or range(len(people)), np.int64))


def test_names_of_two_languages_go_together_and_of_one_they_do_not() -> None:
    random = Random(1)

    def people(languages: tuple[tuple[str, str], ...]) -> list[Description]:
        return [
            person(given, family, random.randrange(1950, 1990))
            for names, families in languages
            for given, family in product(names.split(), families.split())
            for _ in range(20)
        ]

    assert together(people(LANGUAGES)) == pytest.approx(1.0, abs=0.1)
    assert together(people(LANGUAGES[:1])) == pytest.approx(0.0, abs=0.05)


def test_records_of_one_person_are_no_namesakes() -> None:
    one = [person("Jonas", "Kazlauskas", 1950 + 2 * n) for n in range(40)]
    assert together(one, [0] * 40) is None, "one person is nobody's namesake"
    others = [person("Mantas", "Butkus", 1950), person("Rokas", "Petrauskas", 1960)]
    assert together([*one, *others], [0] * 40 + [1, 2]) == 0.0
    assert together([describe([("full_name", "Jonas Kazlauskas")])] * 3) is None


def test_reports_that_a_third_ties_teach_how_much_reports_of_one_person_differ() -> None:
    random = Random(2)

    def letters(count: int) -> str:
        return "".join(random.choices("abcdefghijklmnoprstuvz", k=count))

    said, pairs = [], []
    for n in range(0, 300, 3):
        name = [("given_names", letters(5)), ("family_name", letters(7))]
        first, second = (("telephone", f"+4478{random.randrange(10**8):08}") for _ in range(2))
        # They moved, and changed their number: only the report between says that it is they.
        said += [
            describe([*name, first, ("town", letters(8))]),
            describe([*name, first, second]),
            describe([*name, second, ("town", letters(8))]),
        ]
        pairs += [(n, n + 1), (n, n + 2), (n + 1, n + 2)]
    corpus = Corpus()
    corpus.add(said)
    a, b = np.array(pairs, np.int64).T
    learnt = train(corpus, a, b, read_weights(), persons=True).weights
    moved, before = learnt.of("town").m[0], read_weights().of("town").m[0]
    assert moved > before + 0.1


def test_what_speaks_against_two_is_never_learnt_to_speak_for_them() -> None:
    random = Random(3)

    def letters(count: int) -> str:
        return "".join(random.choices("abcdefghijklmnoprstuvz", k=count)).title()

    said, pairs = [], []
    for n in range(0, 400, 2):
        given, family, year = letters(5), letters(7), random.randrange(1950, 1990)
        turned = (family, given) if n % 4 else (given, family)
        said += [person(given, family, year), person(*turned, year)]
        pairs.append((n, n + 1))
    corpus = Corpus()
    corpus.add(said)
    a, b = np.array(pairs, np.int64).T
    weights = train(corpus, a, b, read_weights(), persons=True).weights
    order = weights.of("name_order")
    turned_m, turned_u = order.m[1], order.u[1]
    assert turned_m > 2 * read_weights().of("name_order").m[1], "half of them are turned"
    assert turned_u >= turned_m, "and yet it is no evidence for"


def test_a_full_name_weighs_less_where_names_go_together() -> None:
    one, other = person("Jonas", "Kazlauskas", 1971), person("Jonas", "Kazlauskas", 1972)

    def weight(bits: float) -> float:
        weights = replace(read_weights(), names_together=bits)
        weigh = Weigher(weights).pairs
        return float(weigh("person", {0: one, 1: other}, np.array([0]), np.array([1]))[0])

    # What says most counts in full, so no more is lost than the weaker name said.
    assert weight(0.0) - weight(2.0) == pytest.approx(2.0, abs=0.1)
    assert weight(50.0) == weight(60.0)


def test_a_file_of_before_says_nothing_of_names_together() -> None:
    assert parse_weights(shipped(), "shipped.json").names_together == 0.0
    assert read_weights().as_json()["names_together_bits"] == 0.0


def test_between_sources_what_is_expected_is_a_share_of_pairs_between_them() -> None:
    random = Random(3)
    said = [
        person(random.choice(["Jonas", "Mantas", "Rokas"]),
               "".join(random.choices("abcdefghij", k=8)), random.randrange(1950, 1990))
        for _ in range(200)
    ]  # fmt: skip
    pairs = [(n, n + 200) for n in range(200)] + [(n, n + 1) for n in range(199)]
    a, b = np.array(pairs, np.int64).T
    priors = []
    for sources in ([""] * 400, ["here"] * 200 + ["there"] * 200):
        corpus = Corpus()
        corpus.add(replace(one, source=at) for one, at in zip(said + said, sources, strict=True))
        priors.append(prior(train(corpus, a, b, read_weights(), persons=True).weights))
    everywhere, between = priors
    assert everywhere == pytest.approx(np.log2(200 / (400**2 / 2)), abs=0.1)
    assert between == pytest.approx(np.log2(200 / 200**2), abs=0.1)
