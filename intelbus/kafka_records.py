"""How records are read out of the broker's batches: each offset gives one, whatever was written.

kafka-python's reader raises on a header name that is not UTF-8, passes over the markers of
transactions, and inflates compressed batches without a bound. Anyone who may write to a topic
could so block a partition, leave a hole in its offsets or fill a reader's memory.
"""

from typing import Any

from kafka.record import memory_records
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.util import decode_varint

from intelbus.errors import RefusedError


class _AnyText(bytearray):
    """Bytes whose slices decode whatever they hold; what is no UTF-8 becomes `\\xNN`."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _AnyText(found) if isinstance(at, slice) else found

    def decode(self, encoding: str = "utf-8", errors: str = "backslashreplace") -> str:
        return super().decode(encoding, errors)


class EveryRecord(DefaultRecordBatch):  # type: ignore[misc]
    """A batch that hands out all its records. Raises RefusedError when it is compressed."""

    _buffer: Any
    _pos: int

    # A marker is a message like another: with no seal it is quarantined, and its offset counted.
    is_control_batch = False

    def _maybe_uncompress(self) -> None:
        if self.compression_type != self.CODEC_NONE:
            raise RefusedError(
                "a batch of messages is compressed, and could be any size once inflated",
                subject=f"offset {self.base_offset}",
                hint="give the topic compression.type=uncompressed, as `ukhtc topics create` does",
            )
        super()._maybe_uncompress()

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
