"""Persons in generated national data: how right the linker is where the truth is known.

The evaluation split of the generator: names, spellings and slips of the hand that no training saw
(`producers/generator/noise.py`). What the repository would drop before linking is dropped here
too: repeats, and corrections, which take the place of what they correct.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from intelbus.source_form import from_source
from producers.generator.stream import events
from producers.generator.told import Told
from repository.linking.described import Description
from repository.linking.evaluation import Progress, Setup, evaluate_entities, silent
from repository.linking.labelled import Labelled
from repository.linking.measures import Labels, numbered
from repository.linking.records import records_of
from repository.linking.weights import Weights

_NOT_LINKED = frozenset({"repeat", "correction", "retraction"})


@dataclass(frozen=True, slots=True)
class Person:
    """One record of a person: as described to the linker, in which role, and who it truly is."""

    description: Description
    label: str
    role: str
    victim: bool
    truth: str


def persons(told: Iterable[Told]) -> Iterator[Person]:
    """Yield every record of a person that the linker would see."""
    for one in told:
        if one.nature in _NOT_LINKED:
            continue
        told_of = one.source.get("subjects", ())
        if not told_of:
            continue
        records = records_of(0, one.agency, from_source(one.source["kind"], one.source))
        for source, record in zip(told_of, records, strict=False):
            truth = one.subjects.get(source["local_id"])
            if record.kind == "person" and truth:
                described = replace(record.described.description, source=one.agency)
                yield Person(described, record.label, record.role, record.victim, truth)


def evaluate_national(
    count: int,
    seed: int,
    weights: Weights,
    *,
    train: bool = False,
    mistakes: int = 5,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Link the persons of `count` generated events; return `evaluate`'s report and the victims'.

    `victims_joined` counts pairs of two victims that ended in one entity.
    """
    found = list(persons(events(seed, count, split="evaluation")))
    labelled = Labelled(
        rows=[{"truth": p.truth, "role": p.role, "label": p.label} for p in found],
        descriptions=[p.description for p in found],
        truth=[p.truth for p in found],
        victims=[p.victim for p in found],
    )
    setup = Setup(kind="person", train=train, mistakes=mistakes)
    report, entity = evaluate_entities(labelled, weights, setup, progress=progress)
    victims = np.array(labelled.victims)
    report["victims_joined"] = wrongly_joined(entity[victims], numbered(labelled.truth)[victims])
    return {"events": count, "seed": seed, **report}


def wrongly_joined(entity: Labels, truth: Labels) -> int:
    """Return how many pairs are in one entity and are not one."""
    both = np.unique(np.stack([entity, truth]), axis=1, return_counts=True)[1].astype(float)
    all_of = np.unique(entity, return_counts=True)[1].astype(float)
    return round(float((all_of * (all_of - 1)).sum() - (both * (both - 1)).sum()) / 2)
