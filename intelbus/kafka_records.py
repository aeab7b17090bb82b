"""How records are read out of the broker's batches: each offset gives one, whatever was written.

kafka-python's reader raises on a header name that is not UTF-8, passes over the markers of
transactions, and inflates compressed batches without a bound. Anyone who may write to a topic
could so block a partition, leave a hole in its offsets or fill a reader's memory.
"""

from typing import Any

from kafka.record import memory_records
from kafka.record.default_records import DefaultRecord, DefaultRecordBatch
from kafka.record.util import decode_varint

COMPRESSED_HEADER = "intelbus-compressed"
_CODECS = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}


class _AnyText(bytearray):
    """Bytes whose slices decode whatever they hold; what is no UTF-8 becomes `\\xNN`."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _AnyText(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


class EveryRecord(DefaultRecordBatch):  # type: ignore[misc]
    """A batch that hands out a record for each offset, and inflates nothing.

    Publishers do not compress. A record that was compressed comes without its content, under the
    header COMPRESSED_HEADER; it has no seal, so it is quarantined like whatever else has none.
    """

    _buffer: Any
    _pos: int
    _next_record_index: int

    # A marker is a message like another: with no seal it is quarantined, and its offset counted.
    is_control_batch = False

    def _maybe_uncompress(self) -> None:
        """Leave the bytes as they are: 200 kB can hold 200 MB."""

    def __next__(self) -> Any:
        if self.compression_type == self.CODEC_NONE:
            return super().__next__()
        if self._next_record_index > self.last_offset_delta:
            raise StopIteration
        return self._unread()

    def _unread(self) -> DefaultRecord:
        """Return the next of a compressed batch's records without what it holds.

        The first has the whole batch, compressed, for its value, so that nothing is thrown away.
        """
        number = self._next_record_index
        self._next_record_index += 1
        value = b"" if number else bytes(self._buffer[self._pos :])
        return DefaultRecord(
            len(value),
            self.base_offset + number,
            self.max_timestamp,
            self.timestamp_type,
            None,
            value,
            [(COMPRESSED_HEADER, _CODECS.get(self.compression_type, "unknown").encode())],
        )

    def _read_msg(self, *given: Any) -> Any:
        try:
            return super()._read_msg(*given)
        except UnicodeDecodeError:
            # Read this record alone again; its length was checked by the broker.
            whole, start = self._buffer, self._pos
            length, body = decode_varint(whole, start)
            self._buffer, self._pos = _AnyText(whole[start : body + length]), 0
            try:
                return super()._read_msg(*given)
            finally:
                self._buffer, self._pos = whole, start + self._pos


def install() -> None:
    """Make every consumer of this process read batches so."""
    memory_records.DefaultRecordBatch = EveryRecord
