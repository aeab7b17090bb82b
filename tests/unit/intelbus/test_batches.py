"""Messages opened together get the answers that each gets alone, whatever was done to a batch."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intelbus import merkle
from intelbus.batch_opening import open_all
from intelbus.batches import proven_batches
from intelbus.codec import encode_control, frame
from intelbus.contract import load_contract
from intelbus.message import SEAL_HEADER, ReceivedMessage
from intelbus.opening import Refusal, StatementCache, VerifiedEvent, open_message
from intelbus.sealing import SealedBatch, place_in, seal_ends, seal_start
from intelbus.trust import TrustRegistry
from tests.support.sealed import (
    DAY,
    NOW,
    TOPICS,
    batch,
    nil_return,
    received,
    registry,
    remade,
    seal,
    seal_input,
    with_header,
)

REGISTRY = registry()
Messages = list[ReceivedMessage]


@lru_cache(maxsize=200)
def sealed(count: int) -> SealedBatch:
    return batch(count)


def arrived(count: int) -> Messages:
    return [received(message) for message in sealed(count).messages]


def said(answer: VerifiedEvent | Refusal) -> object:
    """Return an event itself, and of a refusal all that it says."""
    if isinstance(answer, Refusal):
        return answer.reason.code, answer.detail, answer.attribution
    return answer


def alone(message: ReceivedMessage, trust: TrustRegistry) -> VerifiedEvent | Refusal:
    try:
        return open_message(
            message, trust, topics=TOPICS, ceiling="confidential", statements=StatementCache()
        )
    except Refusal as refusal:
        return refusal


def together(
    messages: Sequence[ReceivedMessage], trust: TrustRegistry = REGISTRY
) -> list[VerifiedEvent | Refusal]:
    """Open messages together, having made sure that each alone gets the same answer."""
    answers = open_all(
        messages, trust, topics=TOPICS, ceiling="confidential", statements=StatementCache()
    )
    assert list(map(said, answers)) == [said(alone(message, trust)) for message in messages]
    return answers


def proven(messages: Sequence[ReceivedMessage], trust: TrustRegistry = REGISTRY) -> int:
    """Return how many of the messages are proven in whole batches."""
    found = proven_batches(messages, trust, statements=StatementCache())
    return sum(len(one.positions) for one in found)


@pytest.mark.parametrize("count", range(1, 129))
def test_a_whole_batch_of_any_size_is_proven_by_one_signature(count: int) -> None:
    statements = StatementCache()
    messages = arrived(count)
    (found,) = proven_batches(messages, REGISTRY, statements=statements)
    assert found.positions == list(range(count))
    assert statements.verifications == 1
    assert found.statement == statements.parse(sealed(count).statement)


def rows_paths(rows: list[list[bytes]]) -> list[bytes]:
    """Every leaf's path, its hashes joined."""
    return [b"".join(merkle.path_in(rows, n)) for n in range(len(rows[0]))]


@pytest.mark.parametrize("count", range(1, 18))
def test_any_part_of_a_batch_is_proven_by_one_signature(count: int) -> None:
    messages = arrived(count)
    for first in range(count):
        for end in range(first + 1, count + 1):
            statements = StatementCache()
            (found,) = proven_batches(messages[first:end], REGISTRY, statements=statements)
            assert found.positions == list(range(end - first))
            assert found.first_sequence == 1 + first
            assert statements.verifications == 1


@given(count=st.integers(1, 128), cuts=st.tuples(st.integers(0, 127), st.integers(0, 127)))
@settings(max_examples=30, deadline=None)
def test_what_the_end_of_a_poll_cuts_off_is_opened_all_the_same(
    count: int, cuts: tuple[int, int]
) -> None:
    first, end = sorted(cut % count for cut in cuts)
    part = arrived(count)[first : end + 1]
    assert proven(part) == len(part)
    answers = together(part)
    assert [e.sequence for e in answers if not isinstance(e, Refusal)] == list(
        range(first + 1, end + 2)
    )


@pytest.mark.parametrize("count", [1, 2, 13, 64, 65, 127, 128])
def test_seals_are_put_together_as_avro_writes_them(count: int) -> None:
    one = sealed(count)
    rows = merkle.levels([merkle.leaf_hash(pack(">I", n)) for n in range(count)])
    start, paths = seal_start(one.statement, one.signature), rows_paths(rows)
    for index, end in enumerate(seal_ends(paths)):
        path = list(merkle.path_in(rows, index))
        assert place_in(end) == (index, tuple(path))
        seal_record = {
            "statement": one.statement,
            "signature": one.signature,
            "index": index,
            "path": path,
        }
        assert start + end == encode_control("Seal", seal_record)


def test_batches_that_arrive_mixed_are_proven_all_the_same() -> None:
    first = sealed(3)
    second = seal(
        [seal_input(nil_return(n)) for n in range(4, 8)], first_sequence=4, previous_root=first.root
    )
    one, other = ([received(m) for m in b.messages] for b in (first, second))
    mixed = [other[0], one[0], one[1], other[1], other[2], one[2], other[3]]
    assert proven(mixed) == len(mixed)
    answers = together(mixed)
    assert [e.sequence for e in answers if not isinstance(e, Refusal)] == [4, 1, 2, 5, 6, 3, 7]


def doubled(messages: Messages) -> Messages:
    return [*messages, *messages]


def backwards(messages: Messages) -> Messages:
    return messages[::-1]


def with_a_hole(messages: Messages) -> Messages:
    return [*messages[:2], *messages[3:]]


@pytest.mark.parametrize("arrange", [doubled, backwards, with_a_hole])
def test_what_is_no_part_of_a_batch_in_its_order_is_opened_one_by_one(
    arrange: Callable[[Messages], Messages],
) -> None:
    messages = arrange(arrived(6))
    assert proven(messages) == 0
    assert not any(isinstance(answer, Refusal) for answer in together(messages))


def test_nobody_can_keep_an_honest_batch_from_being_accepted() -> None:
    """Whoever puts a forgery with a copied seal before a batch costs time, and nothing else."""
    messages = arrived(5)
    forged = remade(messages[0], value=messages[0].value[:-1] + b"\4")
    first, *others = together([forged, *messages])
    assert isinstance(first, Refusal)
    assert first.reason.code == "not_in_batch"
    assert first.attribution is None
    assert not any(isinstance(answer, Refusal) for answer in others)


def swapped(message: ReceivedMessage, part: str, where: int, byte: int) -> ReceivedMessage:
    """The message with one byte of one part replaced; `part` may be the name of a header."""
    headers = dict(message.headers)
    raw = headers[part] if part in headers else getattr(message, part)
    text = raw.encode() if isinstance(raw, str) else raw
    where %= len(text)
    new = text[:where] + bytes((byte,)) + text[where + 1 :]
    if part in headers:
        return remade(message, headers=with_header(message.headers, part, new))
    return remade(message, **{part: new.decode("latin-1") if isinstance(raw, str) else new})


@pytest.mark.parametrize("part", ["value", "key", "topic", SEAL_HEADER])
@given(
    count=st.integers(1, 9),
    which=st.integers(0, 8),
    where=st.integers(0, 2000),
    byte=st.integers(0, 255),
    cut=st.integers(0, 8),
)
@settings(max_examples=150, deadline=None)
def test_one_altered_byte_spoils_its_own_message_and_no_other(
    part: str, count: int, which: int, where: int, byte: int, cut: int
) -> None:
    messages = arrived(count)[cut % count :]
    count = len(messages)
    which %= count
    altered = swapped(messages[which], part, where, byte)
    if altered == messages[which]:
        return
    messages[which] = altered
    answers = together(messages)
    assert [isinstance(answer, Refusal) for answer in answers] == [n == which for n in range(count)]


@pytest.mark.parametrize("name", [name for name, _ in sealed(1).messages[0].headers][:-1])
@given(where=st.integers(0, 200), byte=st.integers(0, 255), what=st.sampled_from("bxdm"))
@settings(max_examples=40, deadline=None)
def test_altered_clear_headers_get_the_same_answer(
    name: str, where: int, byte: int, what: str
) -> None:
    messages = arrived(3)
    headers = messages[1].headers
    changed = {
        "b": swapped(messages[1], name, where, byte),
        "x": remade(messages[1], headers=(("traceparent", bytes((byte,))), *headers)),
        "d": remade(messages[1], headers=(*headers, (name, dict(headers)[name]))),
        "m": remade(messages[1], headers=with_header(headers, name, None)),
    }
    messages[1] = changed[what]
    together(messages)


@given(count=st.integers(1, 5), which=st.integers(0, 4), edit=st.data())
@settings(max_examples=300, deadline=None)
def test_altered_bytes_of_headers_as_they_came_get_the_same_answer(
    count: int, which: int, edit: st.DataObject
) -> None:
    messages = arrived(count)
    which %= count
    packed = messages[which].packed_headers
    start, end = sorted(edit.draw(st.tuples(*[st.integers(0, len(packed))] * 2)))
    put = edit.draw(st.binary(max_size=3) | st.just(packed[start:end] * 2))
    messages[which] = remade(messages[which], packed_headers=packed[:start] + put + packed[end:])
    together(messages)


def test_headers_in_another_order_are_no_fault() -> None:
    messages = arrived(3)
    messages[1] = remade(messages[1], headers=messages[1].headers[::-1])
    assert not any(isinstance(answer, Refusal) for answer in together(messages))


@pytest.mark.parametrize(
    ("trust", "refused"),
    [
        (registry(revoked_at=NOW + DAY), "key_revoked"),
        (registry(expires_at=NOW + 90 * DAY, valid_until=NOW + DAY), "key_expired"),
        (registry(expires_at=NOW + DAY), "registry_expired"),
        (registry(active=False), "agency_inactive"),
        (registry(kinds=["operation"]), "kind_not_permitted"),
    ],
)
def test_a_batch_received_over_a_boundary_in_time_is_judged_message_by_message(
    trust: TrustRegistry, refused: str
) -> None:
    messages = arrived(4)
    for n, late in ((2, DAY), (3, 32 * DAY)):
        messages[n] = remade(messages[n], received_at=NOW + late)
    answers = together(messages, trust)
    assert refused in {a.reason.code for a in answers if isinstance(a, Refusal)}


def test_a_rogue_agency_gains_nothing_by_sealing_its_paths_wrong() -> None:
    """A tree that holds is not enough: the stored seal must prove its message alone."""
    messages = arrived(4)
    seals = [dict(m.headers)[SEAL_HEADER] for m in messages]
    cut = [s[: len(s) - 1 - 32] + b"\0" for s in seals]
    messages = [
        remade(m, headers=with_header(m.headers, SEAL_HEADER, s))
        for m, s in zip(messages, cut, strict=True)
    ]
    assert proven(messages) == 0
    assert {said(a)[0] for a in together(messages)} <= {"malformed_seal", "not_in_batch"}  # type: ignore[index]


def test_sealed_nonsense_in_a_batch_is_refused_with_its_sender() -> None:
    good = seal_input(nil_return(1))
    start = frame(load_contract().id_of("nil-return"), b"")
    inputs = [good, seal_input(nil_return(2), value=start + b"\xff" * 40)]
    first, second = together([received(m) for m in seal(inputs).messages])
    assert isinstance(first, VerifiedEvent)
    assert isinstance(second, Refusal)
    assert second.reason.code in {"header_mismatch", "undecodable"}
    assert second.attribution is not None
    assert (second.__traceback__, second.__cause__, second.__context__) == (None, None, None)


@given(seals=st.lists(st.binary(max_size=400), max_size=4), value=st.binary(max_size=40))
@settings(max_examples=200, deadline=None)
def test_noise_is_refused_and_nothing_is_raised(seals: list[bytes], value: bytes) -> None:
    before = arrived(1)[0].headers[:-1]
    noise = [
        remade(arrived(1)[0], value=value, headers=(*before, (SEAL_HEADER, one)), offset=n)
        for n, one in enumerate(seals)
    ]
    assert all(isinstance(answer, Refusal) for answer in together(noise))
    assert together([remade(one, value=None, headers=()) for one in noise]) is not None
