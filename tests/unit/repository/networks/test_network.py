"""Networks: hubs tie nobody, the order of adding changes nothing, each edge has its events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking.closure import RecordId
from repository.networks.hubs import FOLLOWED, closeness, is_hub, rarity
from repository.networks.network import (
    Network,
    Node,
    Tie,
    communities,
    shortest,
    shown,
    strongest,
)


def entity(number: int) -> RecordId:
    return (number, 0)


def network(*edges: tuple[int, int], hubs: tuple[int, ...] = (), kind: str = "person") -> Network:
    made = Network()
    for position, (a, b) in enumerate(edges, start=1):
        for one in (a, b):
            reports = 10_000 if one in hubs else 1
            made.nodes[entity(one)] = Node(entity(one), kind, f"no. {one}", False, {"met"}, reports)
        made.add(Tie(position, ("suspect", "associate"), (), 2), entity(a), entity(b))
    return made


def test_an_operation_is_never_followed() -> None:
    assert is_hub("event_reference", 1)
    assert is_hub("anything else", 1)
    assert not is_hub("location", FOLLOWED["location"].reports)
    assert is_hub("location", FOLLOWED["location"].reports + 1)


def test_what_many_share_is_worth_little() -> None:
    assert [rarity(n) for n in (0, 1, 10, 100)] == [1, 1, 0.5, pytest.approx(1 / 3)]
    assert [closeness(n) for n in (1, 2, 5, 41)] == [1, 1, 0.25, 0.025]


def test_the_shortest_way_leads_through_no_hub() -> None:
    edges = ((1, 9), (9, 2), (1, 3), (3, 4), (4, 2))
    through = shortest(network(*edges, hubs=(9,)), entity(1), entity(2))
    assert through == [entity(n) for n in (1, 3, 4, 2)]
    assert shortest(network(*edges), entity(1), entity(2)) == [entity(n) for n in (1, 9, 2)]


def test_a_hub_may_be_an_end() -> None:
    assert shortest(network((1, 9), hubs=(9,)), entity(1), entity(9)) == [entity(1), entity(9)]


def test_there_may_be_no_way() -> None:
    assert shortest(network((1, 2), (3, 4)), entity(1), entity(4)) is None
    assert shortest(network((1, 2)), entity(1), entity(7)) is None


def test_of_equal_ways_the_stronger_is_shown() -> None:
    made = network((1, 3), (3, 2), (1, 4), (4, 2), (1, 4), (4, 2))
    assert shortest(made, entity(1), entity(2)) == [entity(1), entity(4), entity(2)]


def test_groups_are_those_that_hang_together_and_the_same_each_time() -> None:
    edges = [(a, b) for a in range(1, 5) for b in range(a + 1, 5)]
    edges += [(a + 10, b + 10) for a, b in edges] + [(1, 11)]
    expected = [[entity(n) for n in range(1, 5)], [entity(n) for n in range(11, 15)]]
    assert communities(network(*edges)) == expected
    assert communities(network(*edges)) == expected


def test_a_hub_makes_no_group() -> None:
    assert communities(network(*((9, n) for n in range(20, 40)), hubs=(9,))) == []


def test_an_edge_weighs_its_origins_and_names_its_events() -> None:
    made = network((1, 2))
    made.add(Tie(7, ("suspect", "controller"), (("uses", True),), 3), entity(2), entity(1))
    found = shown(made, {(entity(1), entity(2)): 2})
    (edge,) = found["edges"]
    assert (edge["origins"], edge["weight"], edge["stated"]) == (2, 2.0, ["uses"])
    assert [event["position"] for event in edge["events"]] == [1, 7]
    assert edge["events"][1]["roles"] == ["controller", "suspect"]
    assert edge["events"][1]["stated"] == [{"kind": "uses", "from": "E2-0", "to": "E1-0"}]


def test_the_strongest_are_kept() -> None:
    made = network((1, 2), (1, 2), (1, 3), (2, 4), (3, 5))
    assert strongest(made, entity(1), 3) == [entity(1), entity(2), entity(3)]
    assert strongest(made, entity(8), 3) == [entity(8)]


EDGES = st.lists(
    st.tuples(st.integers(1, 8), st.integers(1, 8)).filter(lambda pair: pair[0] != pair[1]),
    min_size=1,
    max_size=20,
)


@given(EDGES, st.randoms(), st.sets(st.integers(1, 8), max_size=2))
def test_the_order_of_adding_changes_nothing(
    edges: list[tuple[int, int]], random: object, hubs: set[int]
) -> None:
    one = network(*edges, hubs=tuple(hubs))
    other = Network()
    other.nodes = dict(reversed(one.nodes.items()))
    ties = [(tie, *pair) for pair, ties in one.ties.items() for tie in ties.values()]
    random.shuffle(ties)  # type: ignore[attr-defined]
    for tie, a, b in ties:
        other.add(tie, a, b)
    assert shown(other, {}) == shown(one, {})
    assert communities(other, least=2) == communities(one, least=2)
    for start in one.nodes:
        assert shortest(other, entity(edges[0][0]), start) == shortest(
            one, entity(edges[0][0]), start
        )
        assert strongest(other, start, 4) == strongest(one, start, 4)
