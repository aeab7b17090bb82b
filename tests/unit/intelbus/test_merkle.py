"""Inclusion paths of every leaf of every batch size, and what verifiers answer to nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelbus import merkle


def leaves(size: int) -> list[bytes]:
    return [merkle.leaf_hash(n.to_bytes(2, "big")) for n in range(size)]


@pytest.mark.parametrize("size", range(1, 129))
def test_every_leaf_of_every_size_is_included_and_nowhere_else(size: int) -> None:
    hashes = leaves(size)
    root = merkle.root(hashes)
    for index in range(size):
        path = merkle.inclusion_path(hashes, index)
        assert merkle.verify_inclusion(hashes[index], index, size, path, root)
        assert not merkle.verify_inclusion(
            hashes[index], (index + 1) % (size + 1), size, path, root
        )
        assert not merkle.verify_inclusion(hashes[index], index, size, (*path, root), root)


def test_no_leaf_outside_the_tree() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_path(leaves(3), 3)
    with pytest.raises(IndexError):
        merkle.inclusion_path(leaves(3), -1)
    with pytest.raises(ValueError, match="without leaves"):
        merkle.levels([])


@given(
    leaf=st.binary(max_size=40),
    index=st.integers(-2, 300),
    size=st.integers(-2, 300),
    path=st.lists(st.binary(max_size=40), max_size=9),
    root=st.binary(max_size=40),
)
def test_verifiers_answer_nonsense_with_false(
    leaf: bytes, index: int, size: int, path: list[bytes], root: bytes
) -> None:
    included = merkle.verify_inclusion(leaf, index, size, path, root)
    only_leaf = index == 0 and size == 1 and not path and leaf == root and len(leaf) == 32
    assert included is only_leaf
    assert merkle.verify_consistency(index, size, leaf, root, path) in (True, False)


def test_a_part_shows_its_own_paths_and_the_root() -> None:
    for size in range(1, 20):
        hashes = [merkle.leaf_hash(bytes((n,))) for n in range(size)]
        levels = merkle.levels(hashes)
        paths = [merkle.path_in(levels, n) for n in range(size)]
        for first in range(size):
            for last in range(first, size):
                part = hashes[first : last + 1]
                rows = merkle.part_levels(part, first, size, paths[first], paths[last])
                assert rows is not None
                assert rows[-1] == (0, [merkle.root(hashes)])
                joined = merkle.part_paths(rows, first, len(part))
                assert joined == [b"".join(path) for path in paths[first : last + 1]]


def test_a_part_outside_the_tree_or_with_too_short_a_path_shows_nothing() -> None:
    hashes = [merkle.leaf_hash(bytes((n,))) for n in range(7)]
    path = merkle.path_in(merkle.levels(hashes), 3)
    assert merkle.part_levels(hashes[3:4], 3, 7, path[:1], path) is None
    assert merkle.part_levels(hashes[3:4], 3, 7, path, ()) is None
    for first, size in ((4, 7), (-1, 7), (0, 3)):
        with pytest.raises(IndexError):
            merkle.part_levels(hashes[:4], first, size)
