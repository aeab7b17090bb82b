"""A network: entities, the ties between them, and the events behind each. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from repository.linking.closure import RecordId, entity_name
from repository.networks.hubs import closeness, is_hub, rarity

if TYPE_CHECKING:
    from networkx import Graph

SEED = 2009
Pair = tuple[RecordId, RecordId]
"""Two entities, the lesser first."""


@dataclass(slots=True)
class Node:
    """An entity as a network shows it. `reports` are the events that are known to name it."""

    entity: RecordId
    kind: str
    label: str
    victim: bool
    agencies: set[str] = field(default_factory=set)
    reports: int = 1

    @property
    def hub(self) -> bool:
        """Whether it is shown and not followed."""
        return is_hub(self.kind, self.reports)


@dataclass(frozen=True, slots=True)
class Tie:
    """One event that names both entities: in which roles, and what its originator states.

    `stated` are (kind of relation, whether it leads from the pair's first to its second).
    """

    position: int
    roles: tuple[str, str]
    stated: tuple[tuple[str, bool], ...]
    subjects: int

    @property
    def strength(self) -> float:
        """Return what the event is worth: less in a crowd, twice if the relation is stated."""
        return closeness(self.subjects) * (2 if self.stated else 1)


class Network:
    """Entities and ties, in any order of adding."""

    def __init__(self) -> None:
        self.nodes: dict[RecordId, Node] = {}
        self.ties: dict[Pair, dict[int, Tie]] = {}
        self.near: dict[RecordId, set[RecordId]] = {}

    def add(self, tie: Tie, one: RecordId, other: RecordId) -> None:
        """Tie two entities by one more event, from `one` to `other`."""
        if other < one:
            one, other = other, one
            tie = Tie(
                tie.position,
                (tie.roles[1], tie.roles[0]),
                tuple((kind, not along) for kind, along in tie.stated),
                tie.subjects,
            )
        self.ties.setdefault((one, other), {}).setdefault(tie.position, tie)
        self.near.setdefault(one, set()).add(other)
        self.near.setdefault(other, set()).add(one)

    def strength(self, pair: Pair) -> float:
        """Return how strong the ties of a pair are, before origins are counted."""
        ends = [self.nodes[end].reports for end in pair if end in self.nodes]
        return sum(tie.strength for tie in self.ties[pair].values()) * rarity(max(ends, default=1))

    def within(self, kept: Iterable[RecordId]) -> "Network":
        """Return the part that lies between these entities."""
        part, there = Network(), set(kept)
        part.nodes = {entity: node for entity, node in self.nodes.items() if entity in there}
        part.ties = {pair: ties for pair, ties in self.ties.items() if there.issuperset(pair)}
        return part

    def graph(self) -> "Graph":
        """Return it for networkx: `strength`, and `length`, by which fewer steps come first."""
        from networkx import Graph

        graph = Graph()
        graph.add_nodes_from(sorted(self.nodes))
        for a, b in sorted(self.ties):
            strength = self.strength((a, b))
            graph.add_edge(a, b, strength=strength, length=1_000 + 100 / (1 + strength))
        return graph


def shortest(network: Network, one: RecordId, other: RecordId) -> list[RecordId] | None:
    """Return the shortest way between two entities that leads through no hub, the strongest among
    equals; None when there is none.
    """
    import networkx as nx

    graph = network.graph()
    ends = {one, other}
    graph.remove_nodes_from([n for n, node in network.nodes.items() if node.hub and n not in ends])
    try:
        found: list[RecordId] = nx.shortest_path(graph, one, other, weight="length")
    except (nx.NetworkXNoPath, nx.NodeNotFound):
        return None
    return found


def communities(network: Network, *, least: int = 3) -> list[list[RecordId]]:
    """Return groups of at least so many that hang together more than with the rest, largest first.

    Louvain communities (Blondel et al. 2008, networkx) on the strength of ties, hubs left out. A
    suggestion to look at, never a fact: the same ties allow other groups.
    """
    import networkx as nx

    graph = network.graph()
    graph.remove_nodes_from([entity for entity, node in network.nodes.items() if node.hub])
    found = nx.community.louvain_communities(graph, weight="strength", seed=SEED)
    groups = (sorted(group) for group in found if len(group) >= least)
    return sorted(groups, key=lambda group: (-len(group), group))


def shown(network: Network, origins: Mapping[Pair, int]) -> dict[str, Any]:
    """Return a network as JSON. An edge weighs its independent origins, less where the event is a
    crowd or an end is in many reports.
    """
    edges = []
    for pair, ties in sorted(network.ties.items()):
        best = max(closeness(tie.subjects) for tie in ties.values())
        ends = max(network.nodes[end].reports for end in pair)
        count = origins.get(pair, 0)
        edges.append({
            "between": [entity_name(end) for end in pair],
            "origins": count,
            "weight": round(count * best * rarity(ends), 4),
            "stated": sorted({kind for tie in ties.values() for kind, _ in tie.stated}),
            "events": [_shown_tie(tie, pair) for _, tie in sorted(ties.items())],
        })  # fmt: skip
    return {
        "nodes": [_shown_node(network.nodes[entity]) for entity in sorted(network.nodes)],
        "edges": sorted(edges, key=lambda edge: (-edge["weight"], edge["between"])),
    }


def _shown_node(node: Node) -> dict[str, Any]:
    return {
        "entity": entity_name(node.entity),
        "kind": node.kind,
        "label": node.label,
        "victim": node.victim,
        "agencies": sorted(node.agencies),
        "reports": node.reports,
        "hub": node.hub,
    }


def _shown_tie(tie: Tie, pair: Pair) -> dict[str, Any]:
    names = [entity_name(end) for end in pair]
    return {
        "position": tie.position,
        "roles": list(tie.roles),
        "stated": [
            {"kind": kind, "from": names[not along], "to": names[along]}
            for kind, along in tie.stated
        ],
    }


def strongest(network: Network, start: RecordId, most: int) -> list[RecordId]:
    """Return the entity and what is most strongly tied to it, step by step, so many in all."""
    from networkx import bfs_layers

    kept: dict[RecordId, None] = {start: None}
    graph = network.graph()
    layers: Sequence[Sequence[RecordId]] = list(bfs_layers(graph, start)) if start in graph else []
    for layer in layers[1:]:
        worth = {
            entity: max(
                (
                    graph.edges[entity, other]["strength"]
                    for other in graph[entity]
                    if other in kept
                ),
                default=0.0,
            )
            for entity in layer
        }
        for entity in sorted(layer, key=lambda one: (-worth[one], one)):
            if len(kept) == most:
                return list(kept)
            if worth[entity]:
                kept[entity] = None
    return list(kept)
