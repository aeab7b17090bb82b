"""How two clusterings differ."""

from repository.linking.differing import Change, compare

A, B, C, D, E, F = ((n, 0) for n in range(1, 7))


def test_entities_are_joined_split_regrouped_or_unchanged() -> None:
    before = {A: A, B: A, C: C, D: D, E: D, F: F}
    after = {A: A, B: B, C: C, D: D, E: D, F: D}
    found = compare(before, after)
    assert found.unchanged == 1
    assert found.changes == (
        Change("joined", (D, F), (D,), 3),
        Change("split", (A,), (A, B), 2),
    )
    assert (found.pairs_joined, found.pairs_parted) == (2, 1)


def test_a_record_that_changes_sides_regroups_both() -> None:
    found = compare({A: A, B: A, C: C}, {A: A, B: B, C: B})
    assert [change.what for change in found.changes] == ["regrouped"]
    assert found.count("regrouped") == 1


def test_another_name_for_the_same_records_is_no_change() -> None:
    found = compare({A: A, B: A}, {A: B, B: B})
    assert (found.unchanged, found.changes) == (1, ())


def test_records_in_one_only_are_counted_apart() -> None:
    found = compare({A: A, B: A, C: C}, {B: B, C: C, D: B})
    assert (found.records_gone, found.records_new) == (1, 1)
    assert found.changes == ()
