"""Entities are closures: stable, order-free, split by a negative judgement, blind to the hidden."""

from hypothesis import given
from hypothesis import strategies as st

from repository.linking.closure import Judged, closure, entity_name, merged, parse_entity

A, B, C, D = (1, 0), (2, 0), (3, 0), (4, 0)


def test_an_entity_is_named_by_its_oldest_record() -> None:
    found = closure({A, B, C}, [Judged(B, C, True), Judged(A, B, True)])
    assert found == {A: A, B: A, C: A}


def test_a_hidden_record_bridges_nothing() -> None:
    found = closure({A, C}, [Judged(A, B, True), Judged(B, C, True)])
    assert found == {A: A, C: C}


def test_a_negative_judgement_splits_and_the_heavier_link_stays() -> None:
    judgements = [Judged(A, B, True, 15), Judged(B, C, True, 12), Judged(A, C, False)]
    assert closure({A, B, C}, judgements) == {A: A, B: A, C: C}


def test_a_negative_judgement_holds_for_whole_entities() -> None:
    judgements = [
        Judged(A, B, True, 20),
        Judged(C, D, True, 19),
        Judged(B, C, True, 12),
        Judged(A, D, False),
    ]
    assert closure({A, B, C, D}, judgements) == {A: A, B: A, C: C, D: C}


RECORDS = st.tuples(st.integers(1, 6), st.integers(0, 1))
JUDGEMENTS = st.lists(
    st.builds(
        lambda pair, same, weight: Judged(min(pair), max(pair), same, float(weight)),
        st.tuples(RECORDS, RECORDS).filter(lambda pair: pair[0] != pair[1]),
        st.integers(0, 4).map(bool),
        st.integers(10, 12),
    ),
    max_size=14,
)


@given(JUDGEMENTS.flatmap(lambda known: st.tuples(st.just(known), st.permutations(known))))
def test_order_changes_nothing_and_no_negative_pair_is_joined(
    orders: tuple[list[Judged], ...],
) -> None:
    one, other = orders
    everything = {record for judged in one for record in (judged.a, judged.b)}
    found = closure(everything, one)
    assert found == closure(everything, other)
    assert [j for j in one if not j.same and found[j.a] == found[j.b]] == []
    assert all(entity <= record for record, entity in found.items())


def test_merges_end_at_the_oldest_entity() -> None:
    assert merged([(C, B), (B, A)]) == {B: A, C: A}


def test_names_of_entities_are_read_back() -> None:
    assert parse_entity(entity_name((120, 3))) == (120, 3)
    assert parse_entity("nonsense") is None
