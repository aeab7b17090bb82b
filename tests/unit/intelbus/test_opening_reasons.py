"""Each reason for which opening refuses, provoked by a real sealed message, one row a case."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from intelbus.codec import encode_control, encode_event, frame
from intelbus.message import SEAL_HEADER, ReceivedMessage, event_headers, stream_key
from intelbus.opening import Refusal
from intelbus.reasons import REASONS
from intelbus.sealing import SealInput
from intelbus.trust import TrustRegistry
from tests.support.sealed import (
    DAY,
    NOW,
    OTHER_KEY,
    STREAM,
    batch,
    nil_return,
    opened,
    received,
    registry,
    remade,
    seal,
    seal_input,
    with_header,
)

OTHER_STREAM = UUID("22222222-2222-4222-8222-222222222222")
# These two are found when storing, not when opening; tests/integration provokes them there.
FOUND_WHEN_STORING = {"equivocation", "unstorable"}


def plain() -> ReceivedMessage:
    return received(batch(3).messages[1])


def sealed_of(*inputs: SealInput, **changes: Any) -> ReceivedMessage:
    return received(seal(list(inputs), **changes).messages[0])


def resealed(change: Callable[[bytes], bytes]) -> ReceivedMessage:
    message = plain()
    old = dict(message.headers)[SEAL_HEADER]
    return remade(message, headers=with_header(message.headers, SEAL_HEADER, change(old)))


def reheadered(name: str, value: bytes | None) -> ReceivedMessage:
    message = plain()
    return remade(message, headers=with_header(message.headers, name, value))


def signature_over_another_type() -> ReceivedMessage:
    """The right key over the right statement, but signed as a heartbeat."""
    from intelbus import dsse
    from intelbus.codec import decode_control
    from tests.support.sealed import KEY

    message = plain()
    parts = decode_control("Seal", dict(message.headers)[SEAL_HEADER])
    parts["signature"] = KEY.sign(dsse.pae(dsse.HEARTBEAT, parts["statement"]))
    headers = with_header(message.headers, SEAL_HEADER, encode_control("Seal", parts))
    return remade(message, headers=headers)


def operation() -> dict[str, Any]:
    return {
        "header": nil_return(1)["header"],
        "operation_name": "Pentameter",
        "operation_reference": None,
        "step": "launched",
        "lead_agency": "gmp",
        "partner_agencies": [],
        "arrests": None,
        "charges": None,
        "victims_encountered": None,
        "potential_victims_screened": None,
        "exploitation": [],
        "subjects": [],
        "relations": [],
        "text": None,
    }


def headed(**header: Any) -> SealInput:
    return seal_input(nil_return(1, header=header))


@dataclass(frozen=True)
class Case:
    code: str
    what: str
    message: Callable[[], ReceivedMessage]
    trust: Callable[[], TrustRegistry] = registry
    options: dict[str, Any] = field(default_factory=dict)
    attributed: bool = False


def attributed(code: str, what: str, message: Callable[[], ReceivedMessage], **more: Any) -> Case:
    return Case(code, what, message, attributed=True, **more)


CASES = (
    Case("oversized", "value", lambda: remade(plain(), value=b"\0" * (256 * 1024 + 1))),
    Case("oversized", "key", lambda: remade(plain(), key=b"k" * 1025)),
    Case("oversized", "headers", lambda: remade(plain(), headers=(("x", b"y" * 16385),))),
    Case("oversized", "header count", lambda: remade(plain(), headers=(("x", b""),) * 33)),
    Case("no_value", "tombstone", lambda: remade(plain(), value=None)),
    Case("registry_expired", "a day ago", plain, lambda: registry(expires_at=NOW - DAY / 2)),
    Case("unsealed", "no header", lambda: reheadered(SEAL_HEADER, None)),
    Case("malformed_seal", "noise", lambda: resealed(lambda _: b"\xff" * 40)),
    Case("malformed_seal", "empty", lambda: resealed(lambda _: b"")),
    Case("malformed_seal", "trailing byte", lambda: resealed(lambda old: old + b"\0")),
    Case("malformed_seal", "too long", lambda: resealed(lambda old: old + b"\0" * 2048)),
    Case(
        "malformed_seal",
        "two seals",
        lambda: remade(plain(), headers=(*plain().headers, (SEAL_HEADER, b"x"))),
    ),
    Case(
        "unknown_key",
        "of nobody",
        plain,
        lambda: TrustRegistry.of(1, NOW - DAY, NOW + DAY, registry().agencies.values(), []),
    ),
    Case(
        "unknown_key",
        "of another agency",
        lambda: sealed_of(seal_input(nil_return(1)), signing_key=OTHER_KEY),
    ),
    Case("bad_signature", "made for another payload type", signature_over_another_type),
    Case("wrong_topic", "moved", lambda: remade(plain(), topic="referrals.v1")),
    Case("not_in_batch", "another value", lambda: remade(plain(), value=plain().value + b"\0")),
    Case("not_in_batch", "another key", lambda: remade(plain(), key=stream_key(OTHER_STREAM))),
    Case("not_in_batch", "no key", lambda: remade(plain(), key=None)),
    Case(
        "not_in_batch",
        "a neighbour's seal",
        lambda: resealed(lambda _: dict(batch(3).messages[0].headers)[SEAL_HEADER]),
    ),
    Case("key_not_yet_valid", "signed early", plain, lambda: registry(valid_from=NOW + DAY / 2)),
    Case(
        "key_not_yet_valid",
        "received early, dated later",
        lambda: remade(plain(), received_at=NOW - DAY),
        lambda: registry(valid_from=NOW - DAY / 2),
    ),
    Case("key_expired", "signed late", plain, lambda: registry(valid_until=NOW)),
    Case(
        "key_expired",
        "received long after",
        lambda: remade(plain(), received_at=NOW + 60 * DAY),
        lambda: registry(valid_until=NOW + DAY, expires_at=NOW + 90 * DAY),
    ),
    Case("key_revoked", "back-dated", plain, lambda: registry(revoked_at=NOW + DAY / 3000)),
    attributed("agency_inactive", "suspended", plain, trust=lambda: registry(active=False)),
    attributed(
        "wrong_stream",
        "message key",
        lambda: sealed_of(seal_input(nil_return(1), key=stream_key(OTHER_STREAM))),
    ),
    attributed("wrong_stream", "header", lambda: sealed_of(headed(stream=OTHER_STREAM))),
    attributed(
        "unknown_schema",
        "no such id",
        lambda: sealed_of(seal_input(nil_return(1), value=frame(999_999, b"x"))),
    ),
    attributed(
        "unknown_schema",
        "no frame",
        lambda: sealed_of(seal_input(nil_return(1), value=b"not framed")),
    ),
    attributed(
        "unknown_schema",
        "a control record",
        lambda: sealed_of(
            seal_input(
                nil_return(1),
                value=encode_control("Heartbeat", {"statement": b"", "signature": b"\0" * 64}),
            )
        ),
    ),
    attributed(
        "kind_not_permitted", "no right", plain, trust=lambda: registry(kinds=["intelligence"])
    ),
    attributed(
        "misrouted_kind",
        "operation among intelligence",
        lambda: sealed_of(seal_input(operation(), "operation")),
    ),
    attributed("header_mismatch", "missing", lambda: reheadered("ce_id", None)),
    attributed("header_mismatch", "another type", lambda: reheadered("ce_type", b"uk.intelbus.x")),
    attributed("header_mismatch", "another time", lambda: reheadered("ce_time", b"2026")),
    attributed(
        "header_mismatch",
        "repeated",
        lambda: remade(plain(), headers=(*plain().headers, ("ce_id", b"x"))),
    ),
    attributed(
        "header_mismatch",
        "an extension that nobody sealed",
        lambda: remade(plain(), headers=(*plain().headers, ("ce_subject", b"x"))),
    ),
    attributed(
        "undecodable",
        "trailing byte",
        lambda: sealed_of(
            seal_input(nil_return(1), value=encode_event("nil-return", nil_return(1)) + b"\0")
        ),
    ),
    attributed(
        "undecodable",
        "noise behind the right frame",
        lambda: sealed_of(
            seal_input(
                nil_return(1), value=encode_event("nil-return", nil_return(1))[:5] + b"\xff" * 99
            )
        ),
    ),
    attributed("originator_mismatch", "as another", lambda: sealed_of(headed(originator="met"))),
    attributed("sequence_mismatch", "another number", lambda: sealed_of(headed(sequence=2))),
    attributed("marking_too_high", "secret", lambda: sealed_of(headed(marking="secret"))),
    attributed(
        "marking_too_high", "lower ceiling", plain, options={"ceiling": "not_protectively_marked"}
    ),
    attributed("invalid_content", "no such handling", lambda: sealed_of(headed(handling="9"))),
    attributed(
        "invalid_content",
        "NUL",
        lambda: sealed_of(seal_input(nil_return(1, text="a\0b"))),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.what}")
def test_refused_for_this_reason(case: Case) -> None:
    with pytest.raises(Refusal) as refused:
        opened(case.message(), case.trust(), **case.options)
    assert case.code == refused.value.reason.code
    assert case.attributed is (refused.value.attribution is not None)
    assert refused.value.detail


def test_every_reason_has_a_case() -> None:
    assert set(REASONS) - FOUND_WHEN_STORING == {case.code for case in CASES}


def test_fault_is_the_agencys_only_where_the_seal_held() -> None:
    for case in CASES:
        if REASONS[case.code].whose_fault == "agency":
            assert case.attributed, case


def test_other_headers_are_let_pass() -> None:
    message = plain()
    traced = remade(message, headers=(*message.headers, ("traceparent", b"00-1")))
    assert opened(traced).event == opened(message).event


def test_headers_of_the_event_are_those_that_opening_demands() -> None:
    event = nil_return(1)
    assert event_headers("nil-return", event["header"]) == batch(1).messages[0].headers[:-1]
    assert timedelta(0) < DAY
    assert str(STREAM).encode() == stream_key(STREAM)
