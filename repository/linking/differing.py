"""How two clusterings of the same records differ. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import networkx as nx

from repository.linking.closure import RecordId


class Change(NamedTuple):
    """Entities that became others: `joined`, `split` or `regrouped`; by how many records."""

    what: str
    before: tuple[RecordId, ...]
    after: tuple[RecordId, ...]
    records: int


@dataclass(frozen=True, slots=True)
class Differences:
    """What became of the entities of the records that are in both.

    `records_gone` and `records_new` are those in one only; they are in no other count. Pairs are
    of records: those that only one of both has in one entity.
    """

    unchanged: int
    changes: tuple[Change, ...]
    pairs_joined: int
    pairs_parted: int
    records_gone: int
    records_new: int

    def count(self, what: str) -> int:
        """Return how many changes are of one sort."""
        return sum(change.what == what for change in self.changes)


def _pairs(counts: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in counts)


def compare(before: Mapping[RecordId, RecordId], after: Mapping[RecordId, RecordId]) -> Differences:
    """Compare the entity of each record before with that after; the largest changes come first."""
    both = before.keys() & after.keys()
    cells = Counter((before[record], after[record]) for record in both)
    graph = nx.Graph()
    graph.add_edges_from((("before", old), ("after", new)) for old, new in cells)
    records: Counter[RecordId] = Counter(before[record] for record in both)
    unchanged, changes = 0, []
    for nodes in nx.connected_components(graph):
        old = tuple(sorted(entity for side, entity in nodes if side == "before"))
        new = tuple(sorted(entity for side, entity in nodes if side == "after"))
        if len(old) == len(new) == 1:
            unchanged += 1
            continue
        what = "joined" if len(new) == 1 else "split" if len(old) == 1 else "regrouped"
        changes.append(Change(what, old, new, sum(records[entity] for entity in old)))
    same = _pairs(cells.values())
    return Differences(
        unchanged=unchanged,
        changes=tuple(sorted(changes, key=lambda change: (-change.records, change.before))),
        pairs_joined=_pairs(Counter(after[record] for record in both).values()) - same,
        pairs_parted=_pairs(records.values()) - same,
        records_gone=len(before.keys() - both),
        records_new=len(after.keys() - both),
    )
