"""Entities: pure code from the records that may be seen and the pairs between them.

An entity's id is its oldest record's (position, ordinal): it stays when entities merge into it,
means the same after a replay, and of a reader's view it tells nothing that the view does not hold.

Records whose descriptions are equal are one node when what they say is enough to be one; a record
that says too little (a name alone) never joins anything by itself. Nodes are clustered by average
linkage. People's words come first: a pair that somebody said is one is joined, a pair that somebody
said is two is never in one entity.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from operator import attrgetter

from repository.linking.clustering import (
    ABSENT,
    MOST,
    SURE,
    average_linkage,
    components,
    reached,
    settled,
    tied,
    with_ties,
)
from repository.linking.documents import Documents, Doubts, fit_two, held

RecordId = tuple[int, int]
"""(position, ordinal)."""

# What connects: below it a pair can neither join nor be a rival of one that does.
CONNECTS = 0.0
# What a record must say to be told from all others, in bits, and what joins things: four in five.
THRESHOLD = 2.0
# Persons are joined from here on: rather one than not, in the mean of all pairs. A record that says
# too little joins nothing, so what comes near this bar are slips of the hand; docs/linking.md has
# what was measured. A victim's records of two agencies are joined at 99 in 100.
JOINS_AT: Mapping[str, float] = {"person": CONNECTS}
VICTIM_BAR = SURE
# Pairs from here up wait for a person: one in nine is one.
REVIEW_BAR = -3.0
# Things have identifiers: that a pair was not compared says nothing, since one record gives the
# number and another the handset: it counts as the bar itself. For people, organisations and places
# it says that they differ; of people less, who are reported in ways that share no key.
ABSENT_OF: Mapping[str, float] = {"person": -2.0, "organisation": ABSENT, "location": ABSENT}
# Persons have rivals only where something certain (a document, a name with its date) fits two of
# them: of what fits less, the two are mostly one, reported in ways that share no key.
RIVALS_FROM: Mapping[str, float] = {"person": MOST}
# The victims' bar is of persons; of things, no record is guarded.
GUARDED = frozenset({"person"})


@dataclass(frozen=True, slots=True)
class Judged:
    """A person's word: two records are (`same`) or are not one thing; a before b."""

    a: RecordId
    b: RecordId
    same: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as clustering sees it, or the oldest of several with one description."""

    record: RecordId
    description: int
    kind: str
    agency: str = ""
    victim: bool = False


@dataclass(slots=True)
class _Node:
    """Records that are one before any pair is looked at."""

    seen: list[Seen]
    apart: set[int] = field(default_factory=set)
    documents: frozenset[str] = frozenset()
    doubtful: bool = False
    """Whether it fits two people, as documents tell them apart."""

    @property
    def description(self) -> int:
        return self.seen[0].description

    @property
    def victim(self) -> bool:
        return any(one.victim for one in self.seen)

    def guarded_from(self, other: "_Node", vouched: Set[frozenset[str]]) -> bool:
        """Whether only the victims' bar joins both, where nobody has vouched for the records of
        these agencies being one.
        """
        for one in self.seen:
            for two in other.seen:
                if guards(one, two) and frozenset((one.agency, two.agency)) not in vouched:
                    return True
        return False


def guards(one: Seen, other: Seen) -> bool:
    """Whether two records are joined at the victims' bar or by a person: two victims', or a
    victim's and another agency's.
    """
    if one.agency == other.agency:
        return one.victim and other.victim
    return one.victim or other.victim


def entities(
    seen: Iterable[Seen],
    own: Mapping[int, float],
    edges: Mapping[int, Mapping[int, float]],
    words: Iterable[Judged] = (),
    *,
    documents: Documents | None = None,
    doubtful: Set[int] | None = None,
    joins_at: float | None = None,
    parts: Iterable[Iterable[int]] | None = None,
) -> dict[RecordId, RecordId]:
    """Return the entity of every record, from these records, pairs and words alone.

    `own[d]` is what description d weighs against itself, `edges[d][e]` what two descriptions weigh,
    both ways, `documents[d]` what it says of documents. Neither the order of the records nor that
    of the pairs changes the result. Another bar than the kind's own, `joins_at`, is for looking
    what it would do. `parts` are descriptions whose records are clustered by themselves; if none
    are told, the components that there are. `doubtful` is what `in_doubt` says of these, if it has
    been asked.
    """
    known = sorted(seen, key=attrgetter("record"))
    words = list(words)
    present = {one.record for one in known} if words else set()
    spoken = [w for w in words if w.a in present and w.b in present]
    if parts is None:
        described = {one.record: one.description for one in known}
        bar = CONNECTS if joins_at is None else min(joins_at, CONNECTS)
        ties = tied((described[w.a], described[w.b]) for w in spoken if w.same)
        parts = components(described.values(), with_ties(edges, ties), bar)
    parts = [list(part) for part in parts]
    documents = documents or {}
    if doubtful is None:
        doubtful = in_doubt(known, parts, edges, documents) if documents else set()
    nodes = _nodes(known, own, {side for w in spoken for side in (w.a, w.b)}, doubtful)
    for node in nodes if documents else ():
        node.documents = documents.get(node.description, node.documents)
    # Where nobody has spoken, which is nearly everywhere, no record's node is asked for.
    place = {one.record: at for at, node in enumerate(nodes) for one in node.seen} if spoken else {}
    for word in spoken:
        if not word.same:
            nodes[place[word.a]].apart.add(place[word.b])
            nodes[place[word.b]].apart.add(place[word.a])
    together = sorted((place[w.a], place[w.b]) for w in spoken if w.same)
    at: dict[int, list[int]] = {}
    for number, node in enumerate(nodes):
        at.setdefault(node.description, []).append(number)
    weights = _weights(at, own, edges, together)
    found: dict[RecordId, RecordId] = {}
    for part in parts:
        inside = sorted(number for description in part for number in at.get(description, ()))
        for members in _clusters(inside, nodes, weights, together, joins_at) if inside else ():
            # Nodes, and the records of each, are in the order of their records.
            name = nodes[members[0]].seen[0].record
            for n in members:
                for one in nodes[n].seen:
                    found[one.record] = name
    return found


def in_doubt(
    known: Collection[Seen],
    parts: Iterable[Iterable[int]],
    edges: Mapping[int, Mapping[int, float]],
    documents: Documents,
) -> set[int]:
    """Return the descriptions, in parts with a victim's, that fit two people by their documents.

    Of a victim, each record of these is by itself: those of one agency may be of two people too.
    """
    present = {one.description for one in known}
    victims = {one.description for one in known if one.victim and one.kind in GUARDED}
    found: set[int] = set()
    for part in parts:
        inside = present.intersection(part)
        told = {documents[number] for number in inside if number in documents}
        if len(told) > 1 and not victims.isdisjoint(inside):
            found.update(fit_two(inside, held(inside, documents), edges, VICTIM_BAR))
    return found


def _nodes(
    known: Sequence[Seen], own: Mapping[int, float], judged: set[RecordId], doubtful: Set[int]
) -> list[_Node]:
    """Return the nodes, in the order of their oldest records."""
    nodes: list[_Node] = []
    groups: dict[tuple[int, str], _Node] = {}
    # A description that some record gives of a victim is one node an agency, unless it weighs
    # enough for the higher bar and does not fit two people. One that does is of a victim a node
    # a record.
    delicate = {
        one.description
        for one in known
        if one.victim
        and one.kind in GUARDED
        and (own[one.description] < VICTIM_BAR or one.description in doubtful)
    }
    for one in known:
        number = one.description
        single = one.record in judged or (one.victim and number in doubtful)
        if single or own[number] < THRESHOLD:
            nodes.append(_Node([one]))
            continue
        group = (number, one.agency if number in delicate else "")
        node = groups.get(group)
        if node is None:
            node = groups[group] = _Node([one])
            nodes.append(node)
        else:
            node.seen.append(one)
    for node in nodes if doubtful else ():
        node.doubtful = node.description in doubtful
    return nodes


def _weights(
    at: Mapping[int, Sequence[int]],
    own: Mapping[int, float],
    edges: Mapping[int, Mapping[int, float]],
    together: Iterable[tuple[int, int]],
) -> dict[int, dict[int, float]]:
    """Return what pairs of nodes weigh, both ways, given the nodes of each description."""
    weights: dict[int, dict[int, float]] = {}
    for description, numbers in at.items():
        there = {
            n: weight
            for other, weight in edges.get(description, {}).items()
            if other in at
            for n in at[other]
        }
        # Most descriptions are one node.
        for number in numbers[1:]:
            weights[number] = there.copy()
        weights[numbers[0]] = there
        if len(numbers) > 1 and own[description] >= THRESHOLD:
            for number in numbers:
                weights[number].update((n, own[description]) for n in numbers if n != number)
    for a, b in together:
        if a != b:
            weights[a][b] = weights[b][a] = MOST
    return weights


def _clusters(
    component: Sequence[int],
    nodes: Sequence[_Node],
    weights: Mapping[int, Mapping[int, float]],
    together: Iterable[tuple[int, int]],
    joins_at: float | None,
) -> list[list[int]]:
    if len(component) == 1:
        return [list(component)]
    inside = set(component)
    kind = nodes[component[0]].seen[0].kind
    bar = JOINS_AT.get(kind, THRESHOLD) if joins_at is None else joins_at
    victims = {n for n in component if nodes[n].victim} if kind in GUARDED else set()
    kept_apart = any(nodes[n].apart for n in component)
    said = {pair for pair in together if pair[0] in inside and pair[1] in inside}
    doubts = _doubts(component, nodes, weights, said) if victims else None

    def allowed(one: Sequence[int], other: Sequence[int]) -> bool:
        if kept_apart and any(nodes[a].apart.intersection(other) for a in one):
            return False
        if victims.isdisjoint(one) and victims.isdisjoint(other):
            return True
        if not said and len(one) == len(other) == 1:
            # the rest written out for two records, which is what is asked most
            ((a,), (b,)) = one, other
            sure = weights[a].get(b, ABSENT) >= VICTIM_BAR and not (doubts and doubts.on(a, b))
            return sure or not nodes[a].guarded_from(nodes[b], frozenset())
        if doubts and any(
            doubts.on(a, b) and nodes[a].guarded_from(nodes[b], frozenset())
            for a in one
            for b in other
        ):
            return False
        joined = {*one, *other}
        vouched = {
            frozenset(agencies)
            for a, b in said
            if a in joined and b in joined
            for p in nodes[a].seen
            for q in nodes[b].seen
            for agencies in ((p.agency, q.agency), (p.agency,), (q.agency,))
        }
        guarding = [b for b in other if b in victims]
        pairs = [
            (a, b)
            for a in one
            for b in (other if a in victims else guarding)
            if nodes[a].guarded_from(nodes[b], vouched)
        ]
        if not pairs:
            return True
        # No agency repeats another's slip: what two of them say is settled.
        apart = settled(one, other, weights, times=lambda n: len({s.agency for s in nodes[n].seen}))
        return apart <= 1 and _proven(pairs, joined, weights)

    clusters, _ = average_linkage(
        component,
        weights,
        bar,
        absent=ABSENT_OF.get(kind, bar),
        rivals_from=RIVALS_FROM.get(kind, 0.0),
        together=sorted(said),
        allowed=allowed if victims or kept_apart else None,
    )
    return clusters


def _doubts(
    part: Sequence[int],
    nodes: Sequence[_Node],
    weights: Mapping[int, Mapping[int, float]],
    said: Iterable[tuple[int, int]],
) -> Doubts | None:
    """Return what documents leave in doubt among the nodes of a part; None if there is nothing."""
    documents = {n: nodes[n].documents for n in part if nodes[n].documents}
    if len(set(documents.values())) < 2:
        return None
    doubtful = {n: nodes[n].apart for n in part if nodes[n].doubtful}
    return Doubts(documents, doubtful, weights, VICTIM_BAR, tied(said))


def _proven(
    guarded: Sequence[tuple[int, int]], joined: Set[int], weights: Mapping[int, Mapping[int, float]]
) -> bool:
    """Return whether guarded pairs may be in one entity: pairs of at least the victims' bar lead
    from each one to the other, within the entity.

    A passport without a date of birth leads to the same passport with one, and that to the date.
    What one record says against it, by a slip of the hand, is for the mean to weigh.
    """
    short = [(a, b) for a, b in guarded if weights[a].get(b, ABSENT) < VICTIM_BAR]
    left = {a for a, _ in short}
    while left:
        a = left.pop()
        there = reached([a], weights, VICTIM_BAR, inside=joined)
        if any(b not in there for one, b in short if one in there):
            return False
        left -= there
    return True


def entity_name(entity: RecordId) -> str:
    """Return an entity's id as people read it, for example `E120-3`."""
    return f"E{entity[0]}-{entity[1]}"


def record_name(record: RecordId) -> str:
    """Return a record's id as people read it, for example `R120-3`."""
    return f"R{record[0]}-{record[1]}"


def parse_entity(name: str) -> RecordId | None:
    """Return the (position, ordinal) in an entity's or a record's id; None when it is neither, or
    has more digits than any that PostgreSQL could compare with one.
    """
    found = re.fullmatch(r"[EeRr]?([0-9]{1,18})-([0-9]{1,4})", name.strip())
    return (int(found[1]), int(found[2])) if found else None
