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
_SHORTEST, _LONGEST = 64, 8191  # seals whose length takes two bytes, as that of all does

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
_TO_SEAL = len(_BEFORE_SEAL) + 2


def seal_start_in(packed: bytes, guess: int = 0) -> int:
    """Return where in packed headers the seal seems to start that ends them, 0 if nowhere.

    `guess` is where it may: those of one stream and kind are all as long as each other before it.
    `time_in` says whether it does.
    """
    if packed.startswith(_BEFORE_SEAL, guess - _TO_SEAL):
        return guess
    at = packed.find(_BEFORE_SEAL)
    return 0 if at < 0 else at + _TO_SEAL


def between(source: bytes, event_type: bytes) -> bytes:
    """Return what stands between an event's id and its time."""
    return pack_header("ce_source", source) + pack_header("ce_type", event_type) + _BEFORE_TIME


def time_in(packed: bytes, event_id: bytes, middle: bytes, seal_start: int) -> bytes | None:
    """Return the text that stands as the time in the headers of the event `event_id`, with
    `between` of its source and type in the middle.

    None unless every other byte before `seal_start` is as publishers write it, and the rest the
    value of the last header.
    """
    before = _BEFORE_ID + event_id + middle
    time, end = len(before), len(before) + _TIME_LENGTH
    size = len(packed) - seal_start
    plain = (
        seal_start == end + _TO_SEAL
        and _SHORTEST <= size <= _LONGEST
        and packed.startswith(before)
        and packed.startswith(_BEFORE_SEAL + pack_length(size), end)
    )
    return packed[time:end] if plain else None
