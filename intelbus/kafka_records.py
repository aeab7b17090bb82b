"""How records are read out of the broker's batches: each offset gives one, whatever was written.

kafka-python's reader raises on a header name that is not UTF-8, passes over the markers of
transactions, and inflates compressed batches without a bound. Anyone who may write to a topic
could so block a partition, leave a hole in its offsets or fill a reader's memory. It also takes
several times as long.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kafka.errors import CorruptRecordError
from kafka.record import memory_records
from kafka.record.default_records import DefaultRecord, DefaultRecordBatch

from intelbus.message import headers_to_bytes, read_varint

COMPRESSED_HEADER = "intelbus-compressed"
_CODECS = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}


@dataclass(slots=True)
class UnreadHeaders:
    """A record's headers as they came (`intelbus.message.headers_from_bytes` reads them).

    kafka-python, which would add up the sizes of all names and values, takes them for none.
    """

    packed: bytes

    def __bool__(self) -> bool:
        return False


class EveryRecord(DefaultRecordBatch):  # type: ignore[misc]
    """A batch that hands out a record for each offset, and inflates nothing.

    Publishers do not compress. A record that was compressed comes without its content, under the
    header COMPRESSED_HEADER; it has no seal, so it is quarantined like whatever else has none.
    """

    _buffer: Any
    _pos: int

    # A marker is a message like another: with no seal it is quarantined, and its offset counted.
    is_control_batch = False

    def __iter__(self) -> Iterator[DefaultRecord]:
        return self._read() if self.compression_type == self.CODEC_NONE else self._unread()

    def _read(self) -> Iterator[DefaultRecord]:
        """Yield the records. Raises CorruptRecordError where their lengths contradict."""
        data, at = bytes(self._buffer), self._pos
        base, kind = self.base_offset, self.timestamp_type
        last, first = self.max_timestamp, self.first_timestamp
        appended = kind == self.LOG_APPEND_TIME
        for _ in range(self.records_count):
            start = at
            try:
                at, time, offset, key, value, packed = read_record(data, at)
            except IndexError as error:
                raise CorruptRecordError("a record goes on after its batch has ended") from error
            except ValueError as error:
                raise CorruptRecordError(str(error)) from error
            timestamp = last if appended else first + time
            headers = UnreadHeaders(packed)
            yield DefaultRecord(at - start, base + offset, timestamp, kind, key, value, headers)
        if at != len(data):
            raise CorruptRecordError(f"{len(data) - at} bytes are left over after the last record")

    def _unread(self) -> Iterator[DefaultRecord]:
        """Yield a compressed batch's records without what they hold.

        The first has the whole batch, compressed, for its value, so that nothing is thrown away.
        """
        codec = _CODECS.get(self.compression_type, "unknown").encode()
        headers = UnreadHeaders(headers_to_bytes([(COMPRESSED_HEADER, codec)]))
        for number in range(self.last_offset_delta + 1):
            value = b"" if number else bytes(self._buffer[self._pos :])
            yield DefaultRecord(
                len(value),
                self.base_offset + number,
                self.max_timestamp,
                self.timestamp_type,
                None,
                value,
                headers,
            )


def read_record(data: bytes, at: int) -> tuple[int, int, int, bytes | None, bytes | None, bytes]:
    """Return (end, time delta, offset delta, key, value, packed headers) of the record at `at`.

    Kafka protocol, "Record", message format 2. Raises CorruptRecordError, IndexError or
    ValueError.
    """
    size, at = read_varint(data, at)
    end = at + size
    if size < 0 or end > len(data):
        raise CorruptRecordError(f"a record of {size} bytes does not fit in its batch")
    time, at = read_varint(data, at + 1)  # after its attributes, of which there are none yet
    offset, at = read_varint(data, at)
    key, at = _bytes(data, at)
    value, at = _bytes(data, at)
    if at >= end:  # even no headers are a byte
        raise CorruptRecordError(f"a record says it ends at {end}, and what it holds at {at}")
    return end, time, offset, key, value, data[at:end]


def _bytes(data: bytes, at: int) -> tuple[bytes | None, int]:
    size, at = read_varint(data, at)
    return (None, at) if size < 0 else (data[at : at + size], at + size)


def install() -> None:
    """Make every consumer of this process read batches so."""
    memory_records.DefaultRecordBatch = EveryRecord
