"""Opening what UKHTC sends back to agencies: receipts and notices.

Pure, as `intelbus.opening` is: the seal is proven first, and it must be UKHTC's own.
"""

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from typing import Any

from intelbus.codec import decode_control
from intelbus.message import ReceivedMessage
from intelbus.trust import CENTRE, TrustRegistry
from intelbus.unsealing import (
    _PROOF,
    Attribution,
    Refusal,
    StatementCache,
    UnprovenError,
    unseal,
)

DETAIL_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class VerifiedReceipt:
    """A receipt that UKHTC sealed; `receipt` is the decoded control record `Receipt`."""

    message: ReceivedMessage
    attribution: Attribution
    receipt: Mapping[str, Any]
    proof: InitVar[object]

    def __post_init__(self, proof: object) -> None:
        if proof is not _PROOF:
            raise UnprovenError(type(self))


@dataclass(frozen=True, slots=True)
class VerifiedNotice:
    """A notice that UKHTC sealed; `notice` is the decoded control record `Notice`."""

    message: ReceivedMessage
    attribution: Attribution
    notice: Mapping[str, Any]
    proof: InitVar[object]

    def __post_init__(self, proof: object) -> None:
        if proof is not _PROOF:
            raise UnprovenError(type(self))


def open_receipt(
    message: ReceivedMessage,
    registry: TrustRegistry,
    *,
    statements: StatementCache | None = None,
) -> VerifiedReceipt:
    """Return the verified receipt that a message on `receipts.<agency>.v1` carries.

    Whether it is addressed to the reader follows from the topic, which the seal covers.
    Raises Refusal.
    """
    attribution, receipt = _open("Receipt", message, registry, statements)
    return VerifiedReceipt(message, attribution, receipt, _PROOF)


def open_notice(
    message: ReceivedMessage,
    registry: TrustRegistry,
    *,
    statements: StatementCache | None = None,
) -> VerifiedNotice:
    """Return the verified notice that a message on `notices.<agency>.v1` carries.

    Whether it is addressed to the reader follows from the topic, which the seal covers.
    Raises Refusal.
    """
    attribution, notice = _open("Notice", message, registry, statements)
    return VerifiedNotice(message, attribution, notice, _PROOF)


def _open(
    name: str,
    message: ReceivedMessage,
    registry: TrustRegistry,
    statements: StatementCache | None,
) -> tuple[Attribution, Mapping[str, Any]]:
    unsealed = unseal(message, registry, statements=statements or StatementCache(8))
    attribution = unsealed.attribution
    if attribution.agency != CENTRE or not registry.agencies[CENTRE].active:
        raise Refusal("kind_not_permitted", "only UKHTC gives receipts and notices", attribution)
    try:
        return attribution, decode_control(name, unsealed.payload)
    except Exception as error:  # whatever a decoder raises on sealed nonsense is this reason
        detail = f"{type(error).__name__}: {error}"[:DETAIL_LIMIT]
        raise Refusal("undecodable", detail, attribution) from error
