"""Origins: how many independent sources stand behind some reports, echoes never counted. Pure.

Reports are families of versions. One repeats another where its wording or its provenance shows it;
what repeats nothing is an origin. Reports that repeat each other in a circle are one origin. An
origin is known by its agency and, where the agency's sources can be told apart, by its source
(`repository/relays/sources.py`); two reports of one agency from one source are one origin.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from repository.relays.evidence import CERTAIN, CITED, Verdict

Family = tuple[str, UUID]
"""An agency and the event id of a first version."""

Key = tuple[str, str]
"""An agency (or an outside partner, folded) and its source, "" where sources are not told apart."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a report that the reader may see; `stands` when nothing replaced it."""

    position: int
    agency: str
    root_event_id: UUID
    event_id: UUID
    name: str
    reported_at: datetime
    asserts: bool
    source: str
    stands: bool

    @property
    def family(self) -> Family:
        """The report that this is a version of."""
        return (self.agency, self.root_event_id)


@dataclass(frozen=True, slots=True)
class Repeats:
    """A row of `relay`."""

    position: int
    of_position: int
    kind: str
    verdict: int


@dataclass(frozen=True, slots=True)
class Cites:
    """A row of `citation`."""

    position: int
    name: str | None
    event_id: UUID | None


@dataclass(frozen=True, slots=True)
class Origin:
    """An independent origin: whose, which source, and the asked reports that rest on it."""

    agency: str
    source: str
    positions: tuple[int, ...]
    held: bool


@dataclass(frozen=True, slots=True)
class Corroboration:
    """What stands behind the asked reports.

    `independent` counts origins; those that may be one (`unsure`: pairs of asked positions too
    alike to call independent) count once. `echoes` says of each asked report that repeats others
    which ones, and `baseless` which asked reports have no origin that stands.
    """

    independent: int
    origins: tuple[Origin, ...]
    echoes: Mapping[int, tuple[int, ...]]
    unsure: tuple[tuple[int, int], ...]
    baseless: tuple[int, ...]


class Graph:
    """Who repeats whom, among all versions that were read; asked as often as needed."""

    def __init__(
        self,
        versions: Iterable[Version],
        repeats: Iterable[Repeats],
        cites: Iterable[Cites],
        restates: Mapping[int, int],
    ) -> None:
        import networkx as nx

        self._at = {one.position: one for one in versions}
        self._families: dict[Family, list[Version]] = {}
        for one in sorted(self._at.values(), key=lambda v: v.position):
            self._families.setdefault(one.family, []).append(one)
        self._edges = nx.DiGraph()
        self._edges.add_nodes_from(self._families)
        self._doubts: list[tuple[Family, Family]] = []
        # Who cites says whose words they are, whatever the dates say: citations come first.
        for row in sorted(repeats, key=lambda row: row.kind != CITED):
            if row.position in self._at and row.of_position in self._at:
                self._repeat(row)
        self._cite(cites)
        for later, first in restates.items():
            if later in self._at and first in self._at:
                families = self._at[later].family, self._at[first].family
                self._edges.add_edge(*families, certain=True)
        condensed = nx.condensation(self._edges)
        self._component: Mapping[Any, int] = condensed.graph["mapping"]
        self._sinks = _sinks(condensed)
        self._keys = {
            number: self._key(data["members"]) for number, data in condensed.nodes(data=True)
        }

    def _tells(self, version: Version) -> bool:
        """Return whether this version's words are its report's: it stands, or none does."""
        return version.stands or not any(one.stands for one in self._families[version.family])

    def _repeat(self, row: Repeats) -> None:
        one, other = self._at[row.position], self._at[row.of_position]
        if one.family == other.family:
            return
        if row.kind == CITED:
            if self._tells(one):
                self._edges.add_edge(one.family, other.family, certain=True)
            return
        later, first = sorted((one, other), key=self._told_first, reverse=True)
        if not self._tells(later):
            return
        if row.verdict == Verdict.RELAY:
            if not self._edges.has_edge(first.family, later.family):
                known = self._edges.get_edge_data(later.family, first.family, {"certain": False})
                certain = known["certain"] or row.kind in CERTAIN
                self._edges.add_edge(later.family, first.family, certain=certain)
        else:
            self._doubts.append((later.family, first.family))

    def _told_first(self, version: Version) -> Any:
        first = min(self._families[version.family], key=lambda one: one.reported_at)
        return (first.reported_at, version.family)

    def _cite(self, cites: Iterable[Cites]) -> None:
        by_name = {one.name: family for family, all_ in self._families.items() for one in all_}
        by_id = {one.event_id: family for family, all_ in self._families.items() for one in all_}
        chains: dict[int, list[Any]] = {}
        for cite in cites:
            version = self._at.get(cite.position)
            if version is None or not self._tells(version):
                continue
            held = by_name.get(cite.name or "") or (by_id.get(cite.event_id) if cite.event_id else None)  # fmt: skip # noqa: E501
            node: Any = held or (cite.name or str(cite.event_id),)
            if node != version.family:
                chains.setdefault(cite.position, []).append(node)
        for position, nodes in chains.items():
            for node in nodes:
                self._edges.add_edge(self._at[position].family, node, certain=True)

    def _key(self, members: Iterable[Any]) -> tuple[Key, bool] | None:
        """Return the key of an origin and whether its report is held; None when none stands."""
        held = [
            one
            for node in members
            for one in self._families.get(node, ())
            if one.stands and one.asserts
        ]
        if held:
            first = min(held, key=lambda one: (one.reported_at, one.family))
            return (first.agency, first.source), True
        outside = sorted(node[0] for node in members if node not in self._families)
        return ((outside[0].partition(":")[0], ""), False) if outside else None

    def corroboration(self, asked: Iterable[int]) -> Corroboration:
        """Return what stands behind the reports at these positions, those that assert nothing
        left out.
        """
        positions = sorted({p for p in asked if p in self._at and self._at[p].asserts})
        resting: dict[int, list[Key]] = {}
        holds: dict[Key, bool] = {}
        for position in positions:
            for sink in self._sinks[self._component[self._at[position].family]]:
                found = self._keys[sink]
                if found is not None:
                    key, held = found
                    resting.setdefault(position, []).append(key)
                    holds[key] = holds.get(key, False) or held
        joined = [
            [(self._at[p].agency, self._at[p].source), *keys]
            for p, keys in resting.items()
            if not self._certain(p)
        ]
        by_family = {self._at[p].family: p for p in positions if p in resting}
        unsure = sorted(
            {
                (by_family[first], by_family[later])
                for later, first in self._doubts
                if later in by_family and first in by_family
            }
        )
        return Corroboration(
            independent=_count(
                holds, [*joined, *([*resting[one], *resting[other]] for one, other in unsure)]
            ),
            origins=tuple(
                Origin(*key, tuple(p for p in resting if key in resting[p]), holds[key])
                for key in sorted(holds)
            ),
            echoes={
                p: self._repeated(p)
                for p in positions
                if self._edges.out_degree(self._at[p].family)
            },
            unsure=tuple(
                pair for pair in unsure if set(resting[pair[0]]).isdisjoint(resting[pair[1]])
            ),
            baseless=tuple(p for p in positions if p not in resting),
        )

    def ends(self, asked: Iterable[int]) -> dict[int, frozenset[int]]:
        """Return, for each of these positions, the reports that its words go back to, numbered."""
        return {
            position: self._sinks[self._component[self._at[position].family]]
            for position in asked
            if position in self._at
        }

    def _certain(self, position: int) -> bool:
        """Return whether a report's origins are beyond doubt: it repeats nothing, or says whom or
        quotes somebody. One that only puts likely the same in other words may be its agency's own.
        """
        edges = self._edges.out_edges(self._at[position].family, data="certain")
        return not edges or any(certain for *_, certain in edges)

    def _repeated(self, position: int) -> tuple[int, ...]:
        """Return the positions of the held reports that this one repeats, as they stand now."""
        families = self._edges.successors(self._at[position].family)
        found = []
        for family in families:
            versions = self._families.get(family, [])
            standing = [one.position for one in versions if one.stands]
            found += standing or [one.position for one in versions[-1:]]
        return tuple(sorted(found))


def _sinks(condensed: Any) -> dict[int, frozenset[int]]:
    """Return the ends that each component of the condensed graph leads to."""
    import networkx as nx

    ends: dict[int, frozenset[int]] = {}
    for number in reversed(list(nx.topological_sort(condensed))):
        after = [ends[other] for other in condensed.successors(number)]
        ends[number] = frozenset().union(*after) if after else frozenset({number})
    return ends


def _count(keys: Collection[Key], joined: Iterable[Sequence[Key]]) -> int:
    """Return how many origins there are when those that may be one count once."""
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(keys)
    for group in joined:
        # A key that is no origin here only ties those that are.
        nx.add_path(graph, group)
    origins = set(keys)
    return sum(not origins.isdisjoint(part) for part in nx.connected_components(graph))
