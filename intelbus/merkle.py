"""Merkle trees of RFC 9162 §2.1 over SHA-256: roots, inclusion paths, consistency proofs.

Leaves and nodes are hashed under different prefixes (0x00, 0x01), so that a node can never be
shown as a leaf. Indexes count from 0. Verifiers return a bool and raise nothing on hostile input.
"""

from collections.abc import Sequence
from hashlib import sha256

HASH_LENGTH = 32
LEAF_PREFIX = b"\x00"
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf's data (RFC 9162 §2.1.1)."""
    return sha256(LEAF_PREFIX + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 9162 §2.1.1)."""
    return sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of a tree, given its leaf hashes (RFC 9162 §2.1.1)."""
    return levels(leaves)[-1][0] if leaves else EMPTY_ROOT


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """Return every level of a tree of at least one leaf hash, leaves first, root last.

    A last node without a sibling moves up unchanged, which gives the same tree as RFC 9162's
    split at the largest power of two.
    """
    if not leaves:
        raise ValueError("a tree without leaves has no levels")
    rows = [list(leaves)]
    while len(rows[-1]) > 1:
        rows.append(_above(rows[-1]))
    return rows


def _above(row: Sequence[bytes]) -> list[bytes]:
    """Return the nodes above those of a level; a last one without a sibling moves up."""
    pairs = zip(row[::2], row[1::2], strict=False)
    above = [sha256(b"\x01" + left + right).digest() for left, right in pairs]
    if len(row) % 2:
        above.append(row[-1])
    return above


def inclusion_path(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the inclusion path of leaf `index`, given all leaf hashes (RFC 9162 §2.1.3.1).

    Raises IndexError when there is no such leaf.
    """
    return path_in(levels(leaves), index)


def path_in(rows: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """Return the inclusion path of leaf `index` in a tree already built by `levels`."""
    if not 0 <= index < len(rows[0]):
        raise IndexError(f"leaf {index} of a tree of {len(rows[0])}")
    path = []
    for row in rows[:-1]:
        sibling = index ^ 1
        if sibling < len(row):
            path.append(row[sibling])
        index >>= 1
    return tuple(path)


def part_levels(
    leaves: Sequence[bytes],
    first: int,
    size: int,
    before: Sequence[bytes] = (),
    after: Sequence[bytes] = (),
) -> list[tuple[int, list[bytes]]] | None:
    """Return what consecutive leaf hashes show of a tree of `size` leaves, root last.

    Each level is the index of its first node that is known (an even one), and the nodes known from
    there. `leaves` begin with leaf `first`; `before` is the inclusion path of the first of them,
    `after` of the last: what stands beside the others comes from there. Of all leaves no path is
    needed. None if a path is too short. Raises IndexError when the leaves lie outside the tree.
    """
    last, row = first + len(leaves) - 1, list(leaves)
    if not 0 <= first <= last < size:
        raise IndexError(f"leaves {first} to {last} of a tree of {size}")
    start, left, right = first, iter(before), iter(after)
    rows = []
    while size > 1:
        # 1 the siblings of both ends, as far as they are outside
        if first ^ 1 < size:
            beside = next(left, None)
            if first & 1:
                if beside is None:
                    return None
                start, row = start - 1, [beside, *row]
        if last ^ 1 < size:
            beside = next(right, None)
            if not last & 1:
                if beside is None:
                    return None
                row.append(beside)
        rows.append((start, row))
        # 2 the nodes above
        row = _above(row)
        start, first, last, size = start >> 1, first >> 1, last >> 1, (size + 1) >> 1
    return [*rows, (0, row)]


def part_paths(rows: Sequence[tuple[int, Sequence[bytes]]], first: int, count: int) -> list[bytes]:
    """Return the inclusion paths, hashes joined, of the leaves that `part_levels` was given.

    From the root down, each node's path is its sibling before its parent's path: one step a node.
    """
    paths, above = [b""], 0
    for start, row in reversed(rows[:-1]):
        last, shift = len(row) - 1, (start >> 1) - above
        paths = [
            paths[(i >> 1) + shift]
            if i == last and not i & 1
            else row[i ^ 1] + paths[(i >> 1) + shift]
            for i in range(len(row))
        ]
        above = start
    return paths[first - above : first - above + count]


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes
) -> bool:
    """Return whether `leaf` (a leaf hash) is leaf `index` of the tree of `size` leaves.

    RFC 9162 §2.1.3.2, step by step.
    """
    if not 0 <= index < size or len(leaf) != HASH_LENGTH:
        return False
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0 or len(p) != HASH_LENGTH:
            return False
        if fn & 1 or fn == sn:
            r = sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            r = sha256(b"\x01" + r + p).digest()
        fn >>= 1
        sn >>= 1
    return sn == 0 and r == expected_root


def verify_consistency(
    first_size: int,
    second_size: int,
    first_root: bytes,
    second_root: bytes,
    proof: Sequence[bytes],
) -> bool:
    """Return whether the tree of `second_size` leaves only adds to the one of `first_size`.

    RFC 9162 §2.1.4.2. Equal sizes have an empty proof. The empty tree has none (the
    RFC defines proofs for 0 < m), so that nothing is never taken for a proof.
    """
    if not 0 < first_size <= second_size:
        return False
    if first_size == second_size:
        return not proof and first_root == second_root
    if not proof or any(len(p) != HASH_LENGTH for p in proof):
        return False
    # 1 a first tree of a power of two leaves is itself the first node of the proof
    nodes = list(proof)
    if first_size & (first_size - 1) == 0:
        nodes.insert(0, first_root)
    # 2 both roots start from the same subtree, and the old one ends where the new one goes on
    fn, sn = first_size - 1, second_size - 1
    while fn & 1:
        fn >>= 1
        sn >>= 1
    fr = sr = nodes[0]
    for c in nodes[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr = node_hash(c, fr)
            sr = node_hash(c, sr)
            while not fn & 1 and fn:
                fn >>= 1
                sn >>= 1
        else:
            sr = node_hash(sr, c)
        fn >>= 1
        sn >>= 1
    return sn == 0 and fr == first_root and sr == second_root
