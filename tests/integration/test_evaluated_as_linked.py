"""What `ukhtc linking evaluate` measures is what the stage does: the same entities in both, and the
same probability stated.
"""

from typing import Any

import numpy as np
import psycopg

from benchmarks.direct import store
from intelbus.source_form import from_source
from producers.generator.stream import events
from producers.generator.told import Told
from repository.access.audit import Who
from repository.linking.closure import RecordId
from repository.linking.compared import fits_of
from repository.linking.records import records_of
from repository.linking.resolver import Arrived, Resolver, batches
from repository.linking.stage import link_all
from repository.linking.stated import probability, stated
from repository.linking.weigher import Weigher
from repository.review.pairs import waiting
from tests.support.notices import TABLES

COUNT, SEED = 400, 11


def plain(told: Told) -> bool:
    """Whether an event stands by itself: no repeat, and nothing that takes another back."""
    return told.nature not in {"repeat", "correction", "retraction"}


def partition(entity: dict[RecordId, Any]) -> set[frozenset[RecordId]]:
    groups: dict[Any, set[RecordId]] = {}
    for record, name in entity.items():
        groups.setdefault(name, set()).add(record)
    return {frozenset(group) for group in groups.values()}


def test_the_stage_and_the_evaluation_find_the_same_entities(database_url: str) -> None:
    told = [one for one in events(SEED, COUNT, split="evaluation") if plain(one)]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {TABLES}, linking_weights")
        stored = list(store(connection, told))
        link_all(connection, batch=70)
        rows = connection.execute(
            "SELECT position, ordinal, entity_position, entity_ordinal FROM record"
            " WHERE kind = 'person'"
        ).fetchall()
        found, more = waiting(
            connection, Who("dawn", "ukhtc", "review", "", "", "0" * 256), limit=9000
        )
    by_stage = partition({(position, ordinal): (ep, eo) for position, ordinal, ep, eo in rows})

    persons = [
        record
        for position, one in stored
        for record in records_of(position, one.agency, from_source(one.source["kind"], one.source))
        if record.kind == "person"
    ]
    resolver = Resolver(Weigher(), "person")
    for batch in batches(
        [Arrived(one.described.description, one.agency, one.victim) for one in persons], 70
    ):
        resolver.add(batch)
    keys = [(one.position, one.ordinal) for one in persons]
    in_memory = partition(dict(zip(keys, resolver.entity().tolist(), strict=True)))
    assert len(persons) > 500
    assert any(len(group) > 1 for group in by_stage)
    assert in_memory == by_stage

    queued = [one for one in found if one["kind"] == "person"]
    assert len(queued) > 100
    assert not more
    number = {f"R{position}-{ordinal}": n for n, (position, ordinal) in enumerate(keys)}
    side, fits = fits_of(resolver, resolver.entity())
    a, b = (np.array([number[one["records"][n]["record"]] for one in queued]) for n in (0, 1))
    weight = np.array([one["weight"] for one in queued])
    by_memory = probability(stated(side[a], side[b], weight, fits))
    assert [one["probability"] for one in queued] == np.round(by_memory, 6).tolist()
    alone = np.round(probability(weight), 6)
    changed = int((np.round(by_memory, 6) != alone).sum())
    assert 0 < changed < len(queued)
