"""Who is told of whom, for one entity: what is hidden changes nothing that is told."""

from collections.abc import Iterable
from datetime import date
from math import isinf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.linking.closure import Judged
from repository.notices import policy
from repository.notices.evidence import Evidence
from repository.notices.matching import Finding, Key, Member, Watching, findings
from repository.notices.policy import Party, Rule, Way

DAY = date(2009, 10, 1)
POLICE = Party(receives=True, named=Way.OPEN)
PARTIES = dict.fromkeys(("a", "b", "c", "d"), POLICE)
OPEN = Rule(Way.OPEN)
SHUT = Rule(Way.SHUT, "handling_4")
ASK = Rule(Way.ASK, "handling_5")


def record(position: int, agency: str, handling: Rule = OPEN, **over: object) -> Member:
    # A thing of its own description, named by its position: what connects things joins them.
    fields = {"origins": frozenset({f"position:{position}"}), "description": position, **over}
    return Member((position, 0), agency, DAY, handling, **fields)  # type: ignore[arg-type]


Link = tuple[int, int, float]
"""Two positions and what they weigh; a person's word is infinite, either way."""


def same(a: int, b: int, weight: float = 12.0) -> Link:
    return (a, b, weight)


def apart(a: int, b: int) -> Link:
    return (a, b, float("-inf"))


def known(links: Iterable[Link]) -> Evidence:
    edges: dict[int, dict[int, float]] = {}
    words = []
    for a, b, weight in links:
        if isinf(weight):
            words.append(Judged((a, 0), (b, 0), weight > 0))
        else:
            edges.setdefault(a, {})[b] = weight
            edges.setdefault(b, {})[a] = weight
    return Evidence(dict.fromkeys(range(1, 10), 9.0), edges, words)


def found(members: list[Member], *links: Link) -> dict[Key, Finding]:
    return findings(members, known(links), PARTIES)


def ways(members: list[Member], *links: Link) -> dict[tuple[str, str], str]:
    return {
        (receiver, holder): one.reason or one.way.value
        for (receiver, holder, _), one in found(members, *links).items()
    }


def test_two_who_hold_the_same_are_told_of_each_other() -> None:
    assert ways([record(1, "a"), record(2, "b")], same(1, 2)) == {
        ("a", "b"): "open",
        ("b", "a"): "open",
    }


def test_the_strength_is_that_of_the_weakest_link_on_the_strongest_way() -> None:
    members = [record(1, "a"), record(2, "c"), record(3, "b"), record(4, "d")]
    links = (same(1, 2, 12.0), same(2, 3, 4.5), same(1, 3, 4.0), same(3, 4, 3.0))
    strengths = {key[:2]: one.strength for key, one in found(members, *links).items()}
    assert strengths["a", "c"] == "strong"
    assert strengths["a", "b"] == "probable"
    assert strengths["a", "d"] == "possible"


def test_a_person_s_word_is_the_strongest() -> None:
    members = [record(1, "a"), record(2, "b")]
    assert found(members, same(1, 2, float("inf")))["a", "b", None].strength == "confirmed"


def test_handling_hides_the_holder_from_others_and_not_others_from_the_holder() -> None:
    assert ways([record(1, "a", SHUT), record(2, "b")], same(1, 2)) == {
        ("a", "b"): "open",
        ("b", "a"): "handling_4",
    }


def test_a_record_with_conditions_waits_for_an_officer_also_as_a_bridge() -> None:
    assert ways([record(1, "a", ASK), record(2, "b")], same(1, 2))["b", "a"] == "handling_5"
    bridged = ways([record(1, "a"), record(2, "c", ASK), record(3, "b")], same(1, 2), same(2, 3))
    assert bridged["a", "b"] == "handling_5"


def test_a_hidden_bridge_links_nobody() -> None:
    members = [record(1, "a"), record(2, "c", SHUT), record(3, "b")]
    told = ways(members, same(1, 2), same(2, 3))
    assert told["a", "b"] == "no_visible_link"
    assert told["c", "a"] == told["c", "b"] == "open"


def test_what_people_hold_apart_stays_apart() -> None:
    members = [record(1, "a"), record(2, "c"), record(3, "b")]
    told = ways(members, same(1, 2, 20.0), same(2, 3), apart(1, 3))
    assert told["a", "c"] == "open"
    assert told["a", "b"] == "no_visible_link"


@pytest.mark.parametrize("reason", policy.PROTECTING)
def test_one_record_that_protects_keeps_all_from_automatic_notices(reason: str) -> None:
    members = [record(1, "a"), record(2, "b"), record(3, "c", SHUT, protects=reason)]
    told = ways(members, same(1, 2), same(2, 3))
    assert told["a", "b"] == told["b", "a"] == reason


def test_what_everybody_holds_is_nobody_s_subject() -> None:
    members = [record(1, "a", commonplace="public_place"), record(2, "b")]
    assert set(ways(members, same(1, 2)).values()) == {"public_place"}


def test_relays_of_one_origin_are_silent_until_somebody_sees_for_himself() -> None:
    tip = frozenset({"crimestoppers:T/1"})
    relays = [record(1, "a", origins=tip), record(2, "b", origins=tip)]
    assert set(ways(relays, same(1, 2)).values()) == {"same_origin"}
    told = ways([*relays, record(3, "b")], same(1, 2), same(2, 3))
    assert told == {("a", "b"): "open", ("b", "a"): "open"}


def test_who_was_told_by_the_other_is_no_independent_holder() -> None:
    members = [record(1, "a"), record(2, "b", told_by=frozenset({"a"}))]
    assert set(ways(members, same(1, 2)).values()) == {"same_origin"}


def test_a_watch_is_told_and_tells_nobody() -> None:
    members = [record(1, "a", watching=Watching("W/1")), record(2, "b")]
    assert {key: one.way for key, one in found(members, same(1, 2)).items()} == {
        ("a", "b", "W/1"): Way.OPEN
    }


def test_a_watch_is_no_bridge_between_others() -> None:
    members = [record(1, "a"), record(2, "c", watching=Watching("W/1")), record(3, "b")]
    told = ways(members, same(1, 2), same(2, 3))
    assert told["a", "b"] == "no_visible_link"


@pytest.mark.parametrize(
    ("watch", "sought"),
    [
        (Watching("W/1", until=1), False),
        (Watching("W/1", until=3), True),
        (Watching("W/1", last_day=date(2009, 9, 30)), False),
        (Watching("W/1", last_day=DAY), True),
    ],
)
def test_a_watch_ends(watch: Watching, sought: bool) -> None:
    members = [record(1, "a", watching=watch), record(2, "b")]
    assert bool(found(members, same(1, 2))) is sought


def test_agencies_that_nobody_enrolled_are_told_nothing() -> None:
    told = ways([record(1, "a"), record(2, "stranger")], same(1, 2))
    assert told == {("a", "stranger"): "holder_not_named", ("stranger", "a"): "receiver_takes_none"}


LINKS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from([2.5, 4.0, 9.0])),
    max_size=8,
)


@given(
    agencies=st.lists(st.sampled_from("abcd"), min_size=6, max_size=6),
    hidden=st.sets(st.integers(1, 6)),
    links=LINKS,
)
def test_nobody_s_notices_depend_on_what_is_hidden_from_them(
    agencies: list[str], hidden: set[int], links: list[tuple[int, int, float]]
) -> None:
    members = [
        record(number, agency, SHUT if number in hidden else OPEN)
        for number, agency in enumerate(agencies, 1)
    ]
    pairs = [same(min(a, b), max(a, b), w) for a, b, w in links if a != b]
    with_all = findings(members, known(pairs), PARTIES)
    for receiver in set(agencies):
        visible = [m for m in members if m.agency == receiver or m.handling is OPEN]
        there = {m.description for m in visible}
        seen = [link for link in pairs if link[0] in there and link[1] in there]
        without = findings(visible, known(seen), PARTIES)
        told = {k: f for k, f in with_all.items() if k[0] == receiver and f.way is Way.OPEN}
        assert told == {k: f for k, f in without.items() if k[0] == receiver and f.way is Way.OPEN}
