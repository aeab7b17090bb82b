"""To whom an export goes: an enrolled organisation, or an outside body named as such. Pure.

What may go there is the handling code's own rule for a party of that kind
(`repository.access.policy.RELEASES`): for whom a reader's organisation decides what they may read,
the same decides what may be sent to them; and no event goes to a body not cleared for its marking.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from intelbus.trust import Agency
from repository.access.policy import PARTIES, UNKNOWN, party_of, require_marking
from repository.exports.refusals import ExportRefusedError

KINDS_OF_PARTY = tuple(sorted(set(PARTIES.values())))
"""What an outside body may be: the parties of the handling codes."""

UNLESS_SAID = "restricted"
"""The highest marking a recipient may hold whom nobody said to be cleared for more."""


class RecipientError(ExportRefusedError):
    """Nobody whom an export may go to is named so."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who receives an export: an agency's code or an outside body's name; what it is to a handling
    code; the highest marking it may hold; and of an outside body, why it is one that receives.
    """

    name: str
    party: str
    clearance: str = UNLESS_SAID
    outside: str | None = None


def recipient_of(
    name: str,
    enrolled: Mapping[str, Agency],
    *,
    party: str | None = None,
    clearance: str | None = None,
    outside: str | None = None,
) -> Recipient:
    """Return who receives, or raise RecipientError, and for no marking InvalidRequestError.

    `enrolled` are the agencies of the trust registry by code. An agency's kind comes from there; a
    `party` that says otherwise is refused. A body that is not enrolled is named with `outside`, why
    it receives, and its `party`; an agency cannot be passed off as one. `clearance` is the highest
    marking that the recipient may hold, on its exporter's word, since no registry has it;
    UNLESS_SAID where nothing is said.
    """
    name, reason = name.strip(), (outside or "").strip()
    if not name:
        raise RecipientError("an export needs a recipient", hint="say to whom")
    clearance = clearance or UNLESS_SAID
    require_marking(clearance)
    if outside is not None:
        return _outside(name, enrolled, party, clearance, reason)
    agency = enrolled.get(name)
    if agency is None:
        if code := _enrolled_as(name, enrolled):
            raise RecipientError(
                "it is enrolled, under a code",
                subject=name,
                hint=f"name the code: --recipient {code}",
            )
        raise RecipientError(
            "no organisation is enrolled under this code",
            subject=name,
            hint="`ukhtc authority status` lists those that are; a body that is not enrolled is"
            " named as outside, with why it receives and what kind of party it is",
        )
    if not agency.active:
        raise RecipientError("its enrolment has ended", subject=name)
    kind = party_of(agency.type)
    if kind == UNKNOWN:
        raise RecipientError(
            f"no handling code knows an organisation of type {agency.type!r}", subject=name
        )
    if party not in (None, kind):
        raise RecipientError(f"it is enrolled as {kind}, not {party}", subject=name)
    return Recipient(name, kind, clearance)


def _outside(
    name: str, enrolled: Mapping[str, Agency], party: str | None, clearance: str, reason: str
) -> Recipient:
    if not reason:
        raise RecipientError("an outside body receives for a reason", subject=name, hint="say why")
    if code := _enrolled_as(name, enrolled):
        raise RecipientError(
            "it is enrolled, and no outside body",
            subject=name,
            hint=f"leave out --outside and --party, and name its code: --recipient {code}",
        )
    if party not in KINDS_OF_PARTY:
        raise RecipientError(
            "what kind of party an outside body is, the handling codes turn on",
            subject=name,
            hint=f"one of {', '.join(KINDS_OF_PARTY)}",
        )
    return Recipient(name, party, clearance, reason)


def _enrolled_as(name: str, enrolled: Mapping[str, Agency]) -> str | None:
    """Return the code of the organisation that is called so, in whatever case and spacing."""
    plain = _plain(name)
    return next(
        (one.code for one in enrolled.values() if plain in (_plain(one.code), _plain(one.name))),
        None,
    )


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
