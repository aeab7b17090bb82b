"""Persons in generated national data: how right the linker is where the truth is known.

The evaluation split of the generator: names, spellings and slips of the hand that no training saw
(`producers/generator/noise.py`). What the repository would drop before linking is dropped here
too: repeats, and corrections, which take the place of what they correct.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from producers.generator.stream import events
from producers.generator.told import Told
from repository.linking.described import Description, describe
from repository.linking.evaluation import Setup, evaluate_entities
from repository.linking.features import VICTIM_ROLES
from repository.linking.labelled import Labelled
from repository.linking.measures import Labels, numbered
from repository.linking.weights import Weights

_NOT_LINKED = frozenset({"repeat", "correction", "retraction"})


@dataclass(frozen=True, slots=True)
class Person:
    """One record of a person: as told, by which agency, in which role, and who it truly is."""

    details: Mapping[str, Any]
    agency: str
    role: str
    truth: str


def persons(told: Iterable[Told]) -> Iterator[Person]:
    """Yield every record of a person that the linker would see."""
    for one in told:
        if one.nature in _NOT_LINKED:
            continue
        for subject in one.source.get("subjects", ()):
            truth = one.subjects.get(subject["local_id"])
            if "person" in subject and truth:
                yield Person(subject["person"], one.agency, subject["role"], truth)


def description(person: Person) -> Description:
    """Return what the linker compares of a person in source form."""
    said: list[tuple[str, str]] = []
    for name in person.details["names"]:
        if name.get("given") and name.get("family"):
            said += [("given_names", name["given"]), ("family_name", name["family"])]
        else:
            said.append(("full_name", name["full"]))
    for field in ("date_of_birth", "sex"):
        if person.details.get(field):
            said.append((field, person.details[field]))
    said += [("nationality", code) for code in person.details.get("nationalities", ())]
    said += [("document", one["number"]) for one in person.details.get("documents", ())]
    return describe(said, source=person.agency)


def evaluate_national(
    count: int, seed: int, weights: Weights, *, train: bool = False, mistakes: int = 5
) -> dict[str, Any]:
    """Link the persons of `count` generated events; return `evaluate`'s report and the victims'.

    `victims_joined` counts pairs of two victims that ended in one entity.
    """
    found = list(persons(events(seed, count, split="evaluation")))
    labelled = Labelled(
        rows=[{"truth": p.truth, "role": p.role, "details": str(p.details)} for p in found],
        descriptions=[description(p) for p in found],
        truth=[p.truth for p in found],
    )
    setup = Setup(kind="person", train=train, mistakes=mistakes)
    report, entity = evaluate_entities(labelled, weights, setup)
    victims = np.array([p.role in VICTIM_ROLES for p in found])
    report["victims_joined"] = wrongly_joined(entity[victims], numbered(labelled.truth)[victims])
    return {"events": count, "seed": seed, **report}


def wrongly_joined(entity: Labels, truth: Labels) -> int:
    """Return how many pairs are in one entity and are not one."""
    both = np.unique(np.stack([entity, truth]), axis=1, return_counts=True)[1].astype(float)
    all_of = np.unique(entity, return_counts=True)[1].astype(float)
    return round(float((all_of * (all_of - 1)).sum() - (both * (both - 1)).sum()) / 2)
