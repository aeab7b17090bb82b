"""The reader of record batches, beside kafka-python's own."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.errors import CorruptRecordError
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecordsBuilder

from intelbus.kafka_records import EveryRecord, read_record
from intelbus.message import headers_from_bytes

Records = list[tuple[bytes | None, bytes | None, list[tuple[str, bytes | None]]]]

SIZES = st.sampled_from([0, 1, 63, 64, 127, 128, 8191, 8192, 20_000])
BYTES = st.none() | st.binary(max_size=80) | SIZES.map(bytes)
RECORDS = st.lists(
    st.tuples(BYTES, BYTES, st.lists(st.tuples(st.text(max_size=70), BYTES), max_size=9)),
    min_size=1,
    max_size=6,
)


def batch_of(records: Records) -> bytes:
    builder = MemoryRecordsBuilder(magic=2, compression_type=0, batch_size=10**7)
    for number, (key, value, headers) in enumerate(records):
        builder.append(1_700_000_000_000 + number, key, value, headers)
    builder.close()
    return bytes(builder.buffer())


def attributes_of(raw: bytes, at: int) -> set[int]:
    """Return where the attributes of the records stand."""
    found = set()
    while at < len(raw):
        end = read_record(raw, at)[0]
        while raw[at] >= 0x80:  # its length
            at += 1
        found.add(at + 1)
        at = end
    return found


@given(RECORDS)
def test_it_reads_what_the_client_reads(records: Records) -> None:
    raw = batch_of(records)
    expected = [
        (
            one.offset,
            one.timestamp,
            one.key,
            one.value,
            tuple((n, v or b"") for n, v in one.headers),
        )
        for one in DefaultRecordBatch(raw)
    ]
    found = [
        (one.offset, one.timestamp, one.key, one.value, headers_from_bytes(one.headers.packed))
        for one in EveryRecord(raw)
    ]
    assert found == expected


@given(RECORDS, st.data())
def test_damaged_bytes_are_corrupt_or_read_as_the_client_does(
    records: Records,
    data: st.DataObject,
) -> None:
    raw = bytearray(batch_of(records))
    body = DefaultRecordBatch.HEADER_STRUCT.size
    # not the attributes, one byte that is never used and that the client reads as a number
    used = sorted(set(range(body, len(raw))) - attributes_of(bytes(raw), body))
    at = data.draw(st.sampled_from(used))
    raw[at] = data.draw(st.integers(0, 255))
    try:
        expected = [one.value for one in DefaultRecordBatch(raw)]
    except (CorruptRecordError, UnicodeDecodeError):
        expected = None
    try:
        found = [one.value for one in EveryRecord(raw)]
    except CorruptRecordError:
        found = None
    # a name that is no text is not corrupt, and a null after damage is what it says
    assert found == expected or expected is None


def test_bytes_after_the_last_record_are_refused() -> None:
    raw = bytearray(batch_of([(b"k", b"v", [])]) + b"\0")
    struct.pack_into(">i", raw, 8, len(raw) - 12)
    with pytest.raises(CorruptRecordError, match="left over"):
        list(EveryRecord(raw))
