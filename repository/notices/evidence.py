"""What is known between the records of an entity, and what ties each to the others. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from repository.linking.closure import CONNECTS, THRESHOLD, Judged, RecordId, Seen
from repository.linking.documents import Documents


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known between records: `own[d]` is what description d weighs against itself,
    `edges[d][e]` what two descriptions weigh, both ways; `words` are people's, `documents[d]` what
    d says of documents.
    """

    own: Mapping[int, float]
    edges: Mapping[int, Mapping[int, float]]
    words: Sequence[Judged] = ()
    documents: Documents = field(default_factory=dict)


def links(seen: Iterable[Seen], known: Evidence) -> Iterator[tuple[float, RecordId, RecordId]]:
    """Yield what connects these records, (bits, a, b), as few as keep every connection: one
    description's records each with the next, two descriptions by their oldest records, and
    people's words, which are infinitely strong.
    """
    last: dict[int, RecordId] = {}
    oldest: dict[int, RecordId] = {}
    present = set()
    for one in sorted(seen, key=lambda one: one.record):
        present.add(one.record)
        own = known.own[one.description]
        if one.description in last and own >= THRESHOLD:
            yield own, last[one.description], one.record
        last[one.description] = one.record
        oldest.setdefault(one.description, one.record)
    for a, others in known.edges.items():
        for b, weight in others.items():
            if a < b and a in oldest and b in oldest and weight >= CONNECTS:
                yield weight, oldest[a], oldest[b]
    for word in known.words:
        if word.same and word.a in present and word.b in present:
            yield inf, word.a, word.b
