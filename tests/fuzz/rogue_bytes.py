"""Bad bytes under a valid seal: what an enrolled agency's broken or hostile encoder could sign.

Each row changes a valid value and states which answers are right. A row that finds nothing to aim
at in this value returns None, and another is drawn.
"""

from random import Random

from tests.fuzz.mutant import ACCEPTED, Row, codes
from tests.fuzz.spans import FRAME, Span, write_long
from tests.fuzz.templates import Template, templates

Bytes = tuple[bytes, frozenset[str], str]

UNDECODABLE = codes("undecodable")
VARINTS = frozenset({"index", "enum", "count", "length", "long", "int", "date", "timestamp-micros"})
INT32, INT64 = 2**31, 2**63
VALUE_LIMIT = 256 * 1024

# One row a header field, in the order of the schema: what a change that begins in it may lead to,
# besides being undecodable. A change can move all that follows, so a field's row stands also for
# what an altered length makes of the fields after it.
_CONTENT = codes("invalid_content", "marking_too_high", ACCEPTED)
_AFTER = {
    "header.event_id": codes(
        "header_mismatch", "originator_mismatch", "wrong_stream", "sequence_mismatch"
    ),
    "header.originator": codes("originator_mismatch"),
    "header.stream": codes("wrong_stream"),
    "header.sequence": codes("sequence_mismatch"),
    "header.source_reference": codes("header_mismatch") | _CONTENT,
    "header.corrects": codes("header_mismatch") | _CONTENT,
    "header.reported_at": codes("header_mismatch"),
}


def answers_to_a_change(before: bytes, after: bytes, spans: tuple[Span, ...]) -> frozenset[str]:
    """Return the right answers to a value altered at will, by the first part that differs."""
    first = next(
        (i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
        min(len(before), len(after)),
    )
    if before == after:
        return codes(ACCEPTED)
    if first < FRAME:
        return codes("unknown_schema", "misrouted_kind", "header_mismatch")
    path = next((s.path for s in spans if s.start <= first < s.end), "")
    return UNDECODABLE | _AFTER.get(path, _CONTENT)


def _pick(rng: Random, spans: tuple[Span, ...], *what: str, least: int = 0) -> Span | None:
    fitting = [s for s in spans if s.what in what and s.size >= least]
    return rng.choice(fitting) if fitting else None


def _put(value: bytes, span: Span, new: bytes) -> bytes:
    return value[: span.start] + new + value[span.end :]


def _replaced(value: bytes, span: Span | None, new: bytes) -> Bytes | None:
    if span is None or value[span.start : span.end] == new:
        return None
    return _put(value, span, new), UNDECODABLE, f"{span.what} {span.path}"


def union_index(rng: Random, value: bytes, t: Template) -> Bytes | None:
    span = _pick(rng, t.spans, "index")
    size = span.size if span else 0
    index = rng.choice((size, size + 1, 63, 64, -1, -2, INT32, INT64 - 1, -INT64))
    return _replaced(value, span, write_long(index))


def enum_index(rng: Random, value: bytes, t: Template) -> Bytes | None:
    span = _pick(rng, t.spans, "enum")
    size = span.size if span else 0
    index = rng.choice((size, size + 1, 64, -1, -size, INT32, INT64 - 1, -INT64))
    return _replaced(value, span, write_long(index))


def array_count(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """Promise items that are not there: the inflation of zero-width arrays, on any array."""
    span = _pick(rng, t.spans, "count")
    count = rng.choice((len(value), 10**6, INT32 - 1, INT32, 2**40, 2**62, INT64 - 1, -INT64))
    return _replaced(value, span, write_long(count))


def array_blocks(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """Write a list in a way that Avro allows and our encoder never chooses: blocks, sizes."""
    whole = _pick(rng, t.spans, "items", least=1)
    if whole is None:
        return None
    head = next(s for s in t.spans if s.what == "count" and s.end == whole.start)
    items = value[whole.start : whole.end]
    if rng.random() < 0.5 or whole.size < 2:
        new = write_long(-whole.size) + write_long(len(items)) + items
    else:
        second = next(s.start for s in t.spans if s.path.startswith(f"{whole.path}[1]") and s.start)
        middle = second - whole.start
        new = b"\x02" + items[:middle] + write_long(whole.size - 1) + items[middle:]
    return value[: head.start] + new + value[whole.end :], UNDECODABLE, f"blocks {whole.path}"


def long_way(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """A number in more bytes than it needs (a non-minimal varint)."""
    span = _pick(rng, t.spans, *VARINTS)
    if span is None:
        return None
    short = value[span.start : span.end]
    padding = b"\x80" * rng.randint(0, 9 - len(short)) + b"\x00" if len(short) < 9 else b"\x00"
    return _replaced(value, span, short[:-1] + bytes([short[-1] | 0x80]) + padding)


def endless_number(rng: Random, value: bytes, t: Template) -> Bytes | None:
    span = _pick(rng, t.spans, *VARINTS)
    many = rng.choice((10, 11, 64, 10_000, 200_000))
    return _replaced(value, span, rng.choice((b"\xff", b"\x80")) * many + b"\x01")


def length_lies(rng: Random, value: bytes, t: Template) -> Bytes | None:
    span = _pick(rng, t.spans, "length")
    length = rng.choice((-1, -2, -INT64, len(value) + 1, INT32, 2**40, INT64 - 1))
    return _replaced(value, span, write_long(length))


def not_utf8(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """Bytes that are no text: half of a surrogate pair, overlong NUL, beyond Unicode, cut off."""
    bad = rng.choice(
        (b"\xed\xa0\x80", b"\xed\xbf\xbf", b"\xc0\x80", b"\xff", b"\xf4\x90\x80\x80", b"\xe2\x82")
    )
    span = _pick(rng, t.spans, "text", least=len(bad))
    if span is None:
        return None
    text = value[span.start : span.end]
    return _replaced(value, span, bad + b"x" * (len(text) - len(bad)))


def identifier_spelling(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """An identifier that UUID() reads and nobody writes: capitals, no dashes, braces, spaces."""
    span = _pick(rng, t.spans, "uuid")
    if span is None:
        return None
    spelled = value[span.start : span.end].decode()
    new = rng.choice(
        (
            spelled.upper(),
            spelled.replace("-", ""),
            "{" + spelled + "}",
            "urn:uuid:" + spelled,
            spelled.replace("-", "--", 1)[:36],
            "g" + spelled[1:],
            spelled[:-1] + "\u0661",
            "",
        )
    ).encode()
    if new == spelled.encode():
        return None
    length = write_long(len(new))
    changed = value[: span.start - 1] + length + new + value[span.end :]
    return changed, UNDECODABLE, f"uuid {span.path}"


def wide_number(rng: Random, value: bytes, t: Template) -> Bytes | None:
    span = _pick(rng, t.spans, "int", "date")
    number = rng.choice((INT32, -INT32 - 1, 2**40, INT64 - 1, -INT64))
    return _replaced(value, span, write_long(number))


def boolean_of_two(rng: Random, value: bytes, t: Template) -> Bytes | None:
    return _replaced(value, _pick(rng, t.spans, "boolean"), bytes([rng.randint(2, 255)]))


def time_beyond(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """A day or an instant that no calendar of ours holds: before year 1 or after 9999."""
    span = _pick(rng, t.spans, "date", "timestamp-micros")
    if span is None:
        return None
    if span.what == "date":
        number = rng.choice((-719_163, -INT32, 2_932_897, INT32 - 1))
    else:
        number = rng.choice((-62_135_596_800_000_001, 253_402_300_800_000_000, INT64 - 1, -INT64))
    return _replaced(value, span, write_long(number))


def trailing(rng: Random, value: bytes, t: Template) -> Bytes | None:
    return value + rng.randbytes(rng.choice((1, 1, 2, 30, 5000))), UNDECODABLE, "tail"


def truncated(rng: Random, value: bytes, t: Template) -> Bytes | None:
    at = rng.randrange(len(value))
    right = UNDECODABLE if at >= FRAME else codes("unknown_schema")
    return value[:at], right, f"at {at}"


def nested(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """One byte for ever: each opens another array, union or length, as deep as it goes."""
    at = rng.choice(t.spans).start
    depth = rng.choice((50, 1000, 200_000))
    byte = rng.choice((b"\x02", b"\x04", b"\x01", b"\x00", b"\x7e"))
    changed = value[:at] + byte * depth
    return changed, answers_to_a_change(value, changed, t.spans), f"from {at}"


def noise(rng: Random, value: bytes, t: Template) -> Bytes | None:
    size = rng.choice((0, 1, 9, 100, 1000, 60_000))
    return value[:FRAME] + rng.randbytes(size), UNDECODABLE, f"{size} bytes"


def crowded(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """One item said over a thousand times, all well formed: too long a list, not too large."""
    whole = _pick(rng, t.spans, "items", least=1)
    if whole is None:
        return None
    head = next(s for s in t.spans if s.what == "count" and s.end == whole.start)
    items = value[whole.start : whole.end]
    times = (VALUE_LIMIT - len(value) - 10) // len(items)
    if times * whole.size <= 1000:
        return None
    times = rng.choice((times, 1000 // whole.size + 1))
    new = write_long(whole.size * times) + items * times
    changed = value[: head.start] + new + value[whole.end :]
    return changed, codes("invalid_content"), f"{times * whole.size} {whole.path}"


def oversized(rng: Random, value: bytes, t: Template) -> Bytes | None:
    more = rng.choice((1, 100_000, 700_000)) + VALUE_LIMIT - len(value)
    return value + bytes(more), codes("oversized"), f"{len(value) + more} bytes"


def no_frame(rng: Random, value: bytes, t: Template) -> Bytes | None:
    changed = rng.choice((b"", bytes([rng.randint(1, 255)]) + value[1:], b"{}", b"\x00" * 4))
    return changed, codes("unknown_schema"), ""


def flipped(rng: Random, value: bytes, t: Template) -> Bytes | None:
    changed = bytearray(value)
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        changed[rng.randrange(FRAME, len(value))] ^= 1 << rng.randrange(8)
    return bytes(changed), answers_to_a_change(value, bytes(changed), t.spans), ""


def frame_flipped(rng: Random, value: bytes, t: Template) -> Bytes | None:
    changed = bytearray(value)
    changed[rng.randrange(FRAME)] ^= 1 << rng.randrange(8)
    return bytes(changed), answers_to_a_change(value, bytes(changed), t.spans), ""


def spliced(rng: Random, value: bytes, t: Template) -> Bytes | None:
    """A piece cut out, and a piece of this or another value put in its place."""
    other = rng.choice((value, rng.choice(templates()).value))
    start, end = sorted(rng.randint(FRAME, len(value)) for _ in range(2))
    first, last = sorted(rng.randint(FRAME, len(other)) for _ in range(2))
    changed = value[:start] + other[first:last] + value[end:]
    return changed, answers_to_a_change(value, changed, t.spans), f"{start}:{end}"


def odd_bytes(rng: Random, value: bytes, t: Template) -> Bytes | None:
    changed = bytearray(value)
    at = rng.randrange(FRAME, len(value))
    changed[at : at + rng.randint(0, 3)] = rng.choice(
        (b"\x00", b"\x01", b"\x02", b"\x7f", b"\x80", b"\x80\x01", b"\xff", b"\xff\xff\xff\xff\x0f")
    )
    return bytes(changed), answers_to_a_change(value, bytes(changed), t.spans), f"at {at}"


ROWS = (
    Row("union index out of range", union_index),
    Row("enum index out of range", enum_index),
    Row("array count of items not there", array_count),
    Row("array in blocks", array_blocks),
    Row("number the long way", long_way),
    Row("endless number", endless_number),
    Row("length that lies", length_lies),
    Row("text that is not UTF-8", not_utf8),
    Row("identifier in another spelling", identifier_spelling),
    Row("number too wide", wide_number),
    Row("boolean of neither", boolean_of_two),
    Row("time beyond the calendar", time_beyond),
    Row("trailing bytes", trailing),
    Row("truncation", truncated, 2),
    Row("deep nesting", nested),
    Row("noise behind the frame", noise),
    Row("crowded list", crowded),
    Row("oversized value", oversized),
    Row("no frame", no_frame),
    Row("bit flips", flipped, 6),
    Row("bit flip in the frame", frame_flipped),
    Row("splice", spliced, 3),
    Row("odd bytes", odd_bytes, 4),
)
