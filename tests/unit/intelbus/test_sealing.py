"""What a seal says, and the batches that cannot be sealed."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intelbus import dsse, merkle
from intelbus.codec import decode_control
from intelbus.keys import verify
from intelbus.message import SEAL_HEADER
from intelbus.sealing import BATCH_LIMIT, SealInput, leaf_data, seal_heartbeat
from tests.support.sealed import KEY, NOW, STREAM, TOPIC, batch, nil_return, seal, seal_input


def test_the_statement_says_what_was_sealed() -> None:
    sealed = batch(5)
    assert decode_control("BatchStatement", sealed.statement) == {
        "agency": "gmp",
        "key_id": KEY.key_id,
        "topic": TOPIC,
        "stream": STREAM,
        "first_sequence": 1,
        "count": 5,
        "previous_root": None,
        "root": sealed.root,
        "signed_at": NOW,
    }
    leaves = [merkle.leaf_hash(leaf_data(m.topic, m.key, m.value)) for m in sealed.messages]
    assert merkle.root(leaves) == sealed.root
    assert verify(
        KEY.public_key, sealed.signature, dsse.pae(dsse.BATCH_STATEMENT, sealed.statement)
    )


def test_sealing_again_gives_the_same_bytes() -> None:
    assert batch(5) == batch(5)


def test_a_seal_of_a_full_batch_is_small() -> None:
    seals = [dict(m.headers)[SEAL_HEADER] for m in batch(BATCH_LIMIT).messages]
    assert max(map(len, seals)) < 600


def test_a_batch_goes_on_where_the_one_before_ended() -> None:
    first = batch(3)
    second = seal([seal_input(nil_return(4))], first_sequence=4, previous_root=first.root)
    assert decode_control("BatchStatement", second.statement)["previous_root"] == first.root


@pytest.mark.parametrize(
    ("count", "changes"),
    [
        (0, {}),
        (BATCH_LIMIT + 1, {}),
        (1, {"first_sequence": 0}),
        (1, {"first_sequence": 2}),
        (1, {"previous_root": bytes(32)}),
        (1, {"first_sequence": 2, "previous_root": b"short"}),
    ],
)
def test_what_cannot_be_sealed(count: int, changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"batch|sequence|root"):
        seal([SealInput(b"k", b"v")] * count, **changes)


def test_a_heartbeat_that_contradicts_itself_is_not_signed() -> None:
    with pytest.raises(ValueError, match="batch before it"):
        seal_heartbeat(
            agency="gmp",
            topic=TOPIC,
            stream=UUID(int=0),
            next_sequence=1,
            last_root=bytes(32),
            signing_key=KEY,
            signed_at=NOW,
        )


parts = st.tuples(st.text(max_size=6), st.binary(max_size=6), st.binary(max_size=6))


@given(parts, parts)
def test_leaf_data_is_unambiguous(a: tuple[str, bytes, bytes], b: tuple[str, bytes, bytes]) -> None:
    assert (leaf_data(*a) == leaf_data(*b)) is (a == b)


def test_pae_is_that_of_the_dsse_specification() -> None:
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == expected
