"""An event's headers as publishers send them: known by their bytes, without reading any.

CloudEvents' headers (`intelbus.message.event_headers`) and the seal, in that order, in Kafka's
record format. Nothing is refused here: headers in another order, or with others among them, are
read one by one by `intelbus.opening`.
"""

from intelbus.message import (
    EVENT_CONTENT_TYPE,
    SEAL_HEADER,
    pack_header,
    pack_length,
    pack_name,
)

_TIME_LENGTH = 27  # 2009-10-18T09:30:00.000000Z
_UUID_LENGTH = 36
_LENGTH_SIZE = 2  # bytes that the length of any seal takes

_BEFORE_ID = b"".join(
    (
        pack_length(7),
        pack_header("ce_specversion", b"1.0"),
        pack_name("ce_id"),
        pack_length(_UUID_LENGTH),
    )
)
_BEFORE_TIME = pack_name("ce_time") + pack_length(_TIME_LENGTH)
_BEFORE_SEAL = pack_header("content-type", EVENT_CONTENT_TYPE) + pack_name(SEAL_HEADER)


def seal_in(packed: bytes) -> bytes | None:
    """Return what stands as the seal at the end of packed headers, None if nothing does.

    It is the seal, and the last header, if `time_in` finds a time in the same headers.
    """
    at = packed.find(_BEFORE_SEAL)
    if at < 0:
        return None
    at += len(_BEFORE_SEAL)
    seal = packed[at + _LENGTH_SIZE :]
    length = pack_length(len(seal))
    return seal if len(length) == _LENGTH_SIZE and packed.startswith(length, at) else None


def between(source: bytes, event_type: bytes) -> bytes:
    """Return what stands between an event's id and its time."""
    return pack_header("ce_source", source) + pack_header("ce_type", event_type) + _BEFORE_TIME


def time_in(packed: bytes, event_id: bytes, middle: bytes) -> bytes | None:
    """Return the text that stands as the time in the headers of the event `event_id`, with
    `between` of its source and type in the middle; None if another byte stands before the seal.
    """
    before = _BEFORE_ID + event_id + middle
    end = len(before) + _TIME_LENGTH
    # found as `seal_in` finds it: what that returned began right after these
    if not packed.startswith(before) or packed.find(_BEFORE_SEAL) != end:
        return None
    return packed[len(before) : end]
