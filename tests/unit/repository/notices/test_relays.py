"""What goes back to what: a chain, a third nobody has seen, a circle, an assessment of several."""

from repository.notices.relays import Spoken, origins


def said(position: int, *upstream: str) -> Spoken:
    return Spoken(position, frozenset({f"e{position}"}), frozenset(upstream))


def test_what_relays_nothing_is_its_own_origin() -> None:
    assert origins([said(1), said(2)]) == {1: {"position:1"}, 2: {"position:2"}}


def test_a_chain_goes_back_to_its_first() -> None:
    found = origins([said(1), said(2, "e1"), said(3, "e2")])
    assert set(found.values()) == {frozenset({"position:1"})}


def test_two_relays_of_what_never_arrived_have_one_origin() -> None:
    assert origins([said(1, "elsewhere"), said(2, "elsewhere")]) == {
        1: {"elsewhere"},
        2: {"elsewhere"},
    }


def test_a_circle_has_one_origin() -> None:
    found = origins([said(1, "e2"), said(2, "e1")])
    assert found == {1: {"position:1"}, 2: {"position:1"}}


def test_an_assessment_goes_back_to_all_its_sources_and_does_not_make_them_one() -> None:
    found = origins([said(1), said(2), said(3, "e1", "e2")])
    assert found[3] == {"position:1", "position:2"}
    assert found[1].isdisjoint(found[2])
