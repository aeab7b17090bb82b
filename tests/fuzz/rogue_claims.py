"""Sound Avro under a valid seal that says what it may not: an enrolled agency that lies."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from struct import pack
from uuid import UUID

from intelbus.contract import load_contract
from intelbus.message import Headers, event_type, stream_key
from tests.fuzz.mutant import ACCEPTED, Row, codes
from tests.fuzz.spans import FRAME, Span, write_long
from tests.fuzz.templates import Template
from tests.support.sealed import STREAM, TOPICS

OTHER_STREAM = UUID("22222222-2222-4222-8222-222222222222")
INVALID = codes("invalid_content")
MISMATCH = codes("header_mismatch")
INT64 = 2**63
DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True, slots=True)
class Claim:
    """A message about to be sealed: what a row may alter, and what is then right."""

    template: Template
    key: bytes
    value: bytes
    headers: Headers
    topic: str
    expected: frozenset[str] = codes(ACCEPTED)
    about: str = ""

    def put(self, span: Span | None, new: bytes, expected: frozenset[str]) -> "Claim | None":
        """Return the claim with other bytes for one part, or None if nothing changes."""
        if span is None or self.value[span.start : span.end] == new:
            return None
        value = self.value[: span.start] + new + self.value[span.end :]
        return replace(self, value=value, expected=expected, about=span.path)


def _part(rng: Random, claim: Claim, *what: str, path: str = "", least: int = 0) -> Span | None:
    fitting = [
        s
        for s in claim.template.spans
        if s.what in what and s.size >= least and s.path.endswith(path)
    ]
    return rng.choice(fitting) if fitting else None


def _text(claim: Claim, span: Span | None, text: str, expected: frozenset[str]) -> Claim | None:
    """Put another text in the place of one, with the length that belongs to it."""
    if span is None:
        return None
    length = next(s for s in claim.template.spans if s.what == "length" and s.end == span.start)
    raw = text.encode("utf-8")
    if claim.value[span.start : span.end] == raw:
        return None
    value = claim.value[: length.start] + write_long(len(raw)) + raw + claim.value[span.end :]
    return replace(claim, value=value, expected=expected, about=span.path)


def untouched(rng: Random, claim: Claim) -> Claim | None:
    return claim


def unsound_text(rng: Random, claim: Claim) -> Claim | None:
    """NUL, blank or endless text, anywhere."""
    span = _part(rng, claim, "text")
    text = rng.choice(("\0", "a\0b", "", " \t\n", "\u2003", "x" * 100_001, "é" * 100_001))
    mine = span is not None and span.path == "header.originator"
    return _text(claim, span, text, codes("originator_mismatch") if mine else INVALID)


def odd_text(rng: Random, claim: Claim) -> Claim | None:
    """Text that is odd and still text: it must come through as it is, or break a rule of form."""
    span = _part(rng, claim, "text")
    text = rng.choice(
        ("\u202e", "\ufeff", "\uffff", "\U0010ffff", "e\u0301" * 40, "\x01", "'\";--")
    )
    if span is None or span.path == "header.originator":
        return None
    return _text(claim, span, text, INVALID | {ACCEPTED})


def absurd_day(rng: Random, claim: Claim) -> Claim | None:
    days = rng.choice((-719_162, -43_830, 84_371, 2_932_896))  # 0001, 1849, 2201, 9999
    return claim.put(_part(rng, claim, "date"), write_long(days), INVALID)


def absurd_time(rng: Random, claim: Claim) -> Claim | None:
    """An instant of the years 1, 1849 or 9999, with headers that belong to what was said before."""
    span = _part(rng, claim, "timestamp-micros")
    late = 253_370_764_800_000_000  # 9999
    moment = rng.choice((-62_135_596_800_000_000, -43_830 * DAY, late, late + 364 * DAY))
    reported = span is not None and span.path == "header.reported_at"
    return claim.put(span, write_long(moment), MISMATCH if reported else INVALID)


def negative_number(rng: Random, claim: Claim) -> Claim | None:
    span = _part(rng, claim, "int", "long")
    if span is None or span.path == "header.sequence":
        return None
    number = rng.choice((-1, -64, -(2**31)))
    if span.what == "long" and rng.random() < 0.3:
        number = -INT64
    return claim.put(span, write_long(number), INVALID)


def no_degree(rng: Random, claim: Claim) -> Claim | None:
    number = rng.choice((float("nan"), float("inf"), float("-inf"), 180.1, -1e308))
    return claim.put(_part(rng, claim, "double"), pack("<d", number), INVALID)


def same_local_id(rng: Random, claim: Claim) -> Claim | None:
    """Two subjects under one local id: what duplicate keys would be, if Avro's maps were used."""
    span = _part(rng, claim, "text", path="].local_id")
    if span is None or span.path.startswith("subjects[0]"):
        return None
    return _text(claim, span, "s1", INVALID)


def nobody_related(rng: Random, claim: Claim) -> Claim | None:
    end = rng.choice((".from_id", ".to_id"))
    return _text(claim, _part(rng, claim, "text", path=end), "s99", INVALID)


def marked_above(rng: Random, claim: Claim) -> Claim | None:
    marking = _part(rng, claim, "enum", path="header.marking")
    return claim.put(marking, write_long(rng.choice((4, 5))), codes("marking_too_high"))


def other_originator(rng: Random, claim: Claim) -> Claim | None:
    name = rng.choice(("met", "GMP", "gmp ", "ukhtc", "g\0p", "", "gmр", "x" * 50_000))
    span = claim.template.spans[3]
    return _text(claim, span, name, codes("originator_mismatch"))


def other_stream(rng: Random, claim: Claim) -> Claim | None:
    if rng.random() < 0.5:
        key = rng.choice(
            (stream_key(OTHER_STREAM), b"", STREAM.bytes, str(STREAM).upper().encode())
        )
        key = b"\xff" + key if key == claim.key else key
        return replace(claim, key=key, expected=codes("wrong_stream"), about="key")
    return claim.put(claim.template.spans[5], stream_key(OTHER_STREAM), codes("wrong_stream"))


def other_number(rng: Random, claim: Claim) -> Claim | None:
    """Reordered, missing, repeated or impossible: a number that is not its place in the batch."""
    span = claim.template.spans[6]
    here = claim.value[span.start] >> 1
    number = rng.choice((here + 1, here - 1, 0, -here, here + 64, INT64 - 1, -INT64))
    return claim.put(span, write_long(number), codes("sequence_mismatch"))


def other_kind(rng: Random, claim: Claim) -> Claim | None:
    """Another schema's id, with or without the header that belongs to it."""
    released = rng.choice([r for r in load_contract().all() if r.kind != claim.template.kind])
    value = b"\0" + pack(">I", released.schema_id) + claim.value[FRAME:]
    if released.kind is None:
        expected = codes("unknown_schema")
    elif not TOPICS.accepts(claim.topic, released.kind):
        expected = codes("misrouted_kind")
    elif rng.random() < 0.5:
        headers = _with(claim.headers, "ce_type", event_type(released.kind))
        answers = codes("undecodable", "invalid_content", ACCEPTED)
        return replace(claim, value=value, headers=headers, expected=answers)
    else:
        expected = MISMATCH
    return replace(claim, value=value, expected=expected, about=str(released.schema_id))


def schema_of_nobody(rng: Random, claim: Claim) -> Claim | None:
    wrong = rng.choice((0, 21, 255, 2**16, 2**31, 2**32 - 1, rng.randrange(100, 2**32)))
    value = b"\0" + pack(">I", wrong) + claim.value[FRAME:]
    return replace(claim, value=value, expected=codes("unknown_schema"), about=str(wrong))


def _with(headers: Headers, name: str, value: bytes) -> Headers:
    return tuple((n, value if n == name else v) for n, v in headers)


def header_lies(rng: Random, claim: Claim) -> Claim | None:
    name, value = rng.choice(claim.headers)
    lies: tuple[Callable[[], Headers], ...] = (
        lambda: _with(claim.headers, name, rng.randbytes(rng.randint(0, 40))),
        lambda: _with(claim.headers, name, value + b" "),
        lambda: _with(claim.headers, name, value[:-1]),
        lambda: tuple(h for h in claim.headers if h[0] != name),
        lambda: (*claim.headers, (name, value)),
        lambda: (*claim.headers, (name, b"x")),
        lambda: (*claim.headers, ("ce_" + rng.choice(("", "x", "time\0", "id ")), b"x")),
        lambda: ((name.upper(), value), *(h for h in claim.headers if h[0] != name)),
        lambda: tuple((n, bytes(len(v))) for n, v in claim.headers),
    )
    return replace(claim, headers=rng.choice(lies)(), expected=MISMATCH, about=name)


def other_time(rng: Random, claim: Claim) -> Claim | None:
    """A time in the clear as long as the right one, and a digit away from it."""
    right = dict(claim.headers)["ce_time"]
    at = rng.choice([at for at, character in enumerate(right) if 0x30 <= character <= 0x39])
    wrong = right[:at] + bytes((right[at] ^ 1,)) + right[at + 1 :]
    headers = _with(claim.headers, "ce_time", wrong)
    return replace(claim, headers=headers, expected=MISMATCH, about=str(at))


def other_headers(rng: Random, claim: Claim) -> Claim | None:
    """Headers that claim nothing, or the right ones in another order: let pass."""
    own = list(claim.headers)
    rng.shuffle(own)
    extra = [(rng.choice(("traceparent", "CE_ID", "", "\0", "x" * 500)), rng.randbytes(9))]
    return replace(claim, headers=tuple(own + extra * rng.randint(0, 20)), about="order")


ROWS = (
    Row("untouched", untouched, 2),
    Row("unsound text", unsound_text, 2),
    Row("odd text", odd_text),
    Row("absurd day", absurd_day),
    Row("absurd time", absurd_time),
    Row("negative number", negative_number),
    Row("no degree", no_degree),
    Row("local id used twice", same_local_id),
    Row("relation to nobody", nobody_related),
    Row("marked above the ceiling", marked_above),
    Row("another's event", other_originator),
    Row("another stream", other_stream),
    Row("another number", other_number),
    Row("another kind's schema", other_kind),
    Row("schema of nobody", schema_of_nobody),
    Row("headers that lie", header_lies, 3),
    Row("another time in the clear", other_time),
    Row("headers that claim nothing", other_headers),
)
