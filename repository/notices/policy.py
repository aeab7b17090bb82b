"""Who may be told of what: one row a rule, so that each can be reviewed. Pure.

Whatever no row names is treated the strictest way. The order of the rows is the order in which a
reason is given when several apply.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf
from types import MappingProxyType

from intelbus.trust import CENTRE, Agency, TrustRegistry


class Way(StrEnum):
    """What a rule lets happen: a notice by itself, by a UKHTC officer's hand, or not at all."""

    OPEN = "open"
    ASK = "ask"
    SHUT = "shut"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code lets happen, and the reason that is recorded when it is not OPEN."""

    way: Way
    reason: str = ""


_555 = "five_by_five_by_five"
_352 = "three_by_five_by_two"

# A record's handling code: whether another agency may learn by notice that the record exists.
# Code 5 and C carry the originator's conditions: a person has to read them first.
HANDLING: Mapping[tuple[str, str], Rule] = MappingProxyType(
    {
        (_555, "1"): Rule(Way.OPEN),
        (_555, "2"): Rule(Way.OPEN),
        (_555, "3"): Rule(Way.OPEN),
        (_555, "4"): Rule(Way.SHUT, "handling_4"),
        (_555, "5"): Rule(Way.ASK, "handling_5"),
        (_352, "P"): Rule(Way.OPEN),
        (_352, "C"): Rule(Way.ASK, "handling_c"),
    }
)
UNKNOWN_HANDLING = Rule(Way.SHUT, "handling_unknown")


@dataclass(frozen=True, slots=True)
class Party:
    """What an agency of one type is told, and whether others may be told to call it.

    Whoever may publish one of the kinds `asked_of` is not named without asking.
    """

    receives: bool
    named: Way
    asked_of: frozenset[str] = frozenset()


_SUPPORT = frozenset({"victim-support"})

# The type that an agency is enrolled under. All that receive are law enforcement, which handling
# 1, 2, 3 and P reach. A council or a hospital, and a charity that refers or supports victims, may
# be who shelters one.
PARTIES: Mapping[str, Party] = MappingProxyType(
    {
        "police": Party(receives=True, named=Way.OPEN),
        "enforcement": Party(receives=True, named=Way.OPEN),
        "prosecutor": Party(receives=False, named=Way.OPEN, asked_of=_SUPPORT),
        "charity": Party(receives=False, named=Way.OPEN, asked_of=_SUPPORT | {"referral"}),
        "local_authority": Party(receives=False, named=Way.ASK),
        "health": Party(receives=False, named=Way.ASK),
        "centre": Party(receives=False, named=Way.SHUT),
    }
)
UNKNOWN_PARTY = Party(receives=False, named=Way.ASK)

RECEIVER_TAKES_NONE = "receiver_takes_none"
HOLDER_IS_CENTRE = "holder_is_centre"
HOLDER_NOT_NAMED = "holder_not_named"
SAME_ORIGIN = "same_origin"
NO_VISIBLE_LINK = "no_visible_link"
NO_LONGER_HELD = "no_longer_held"

# Why a notice waits for an officer or is not given: all reasons, with what each means.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "victim": "a record of it is of a victim or potential victim",
        "witness": "a record of it is of a witness",
        "child": "a record of it is of a child, or of somebody whose age is disputed",
        "may_be_victim": "a defendant of whom the court heard that they may be a victim",
        "refuge": "a place where victims are sheltered",
        "support_provider": "whoever supports victims, or where they do",
        "beside_protected": "a thing or place of a victim, witness or child",
        "beside_shelter": "tied to a refuge or to whoever supports victims, or may be theirs",
        HOLDER_NOT_NAMED: "naming the holder might tell where a victim is supported",
        "handling_5": "the holder's record goes no further without its originator (handling 5)",
        "handling_c": "the holder's record carries conditions (handling C)",
        "handling_4": "the holder's record stays within its agency (handling 4)",
        "handling_unknown": "the holder's record has an unknown handling code",
        NO_VISIBLE_LINK: "only records that the receiver may not know of link the two",
        SAME_ORIGIN: "both say what one of them, or the same third, first said",
        "public_place": "a port, a station or a street: everybody holds it",
        "public_body": "a public body: everybody holds it",
        RECEIVER_TAKES_NONE: "the agency's type is given no notices",
        HOLDER_IS_CENTRE: "the holder is UKHTC itself, which reports on what others said",
        NO_LONGER_HELD: "a record was corrected or retracted, or the link was taken back",
    }
)
PROTECTING = (
    "victim", "witness", "child", "may_be_victim", "refuge", "support_provider",
    "beside_protected", "beside_shelter",
)  # fmt: skip
"""The reasons for which one record is enough to keep a whole entity from automatic notices."""
COMMONPLACE = ("public_place", "public_body")
"""The reasons for which an entity is nobody's subject."""
ASKED = ("handling_5", "handling_c")
"""The reasons of handling codes that a person has to read the conditions of."""
SHUT = ("handling_4", "handling_unknown", *ASKED)
"""The reasons of handling codes under which nothing is told by itself."""

# Weight in bits (log2 odds) from which a match is called so, strongest first: 32 in 33 (what a
# registration mark weighs by itself), 10 in 11. A person's word that two records are the same
# counts as infinite.
STRENGTHS: tuple[tuple[str, float], ...] = (
    ("confirmed", inf),
    ("strong", 5.0),
    ("probable", 3.3),
    ("possible", -inf),
)

URGENCIES = ("threat_to_life", "priority", "routine")
"""Most urgent first."""

# What of a match already told is told once more. Everything else waits for whoever calls.
MATERIAL: Mapping[str, str] = MappingProxyType(
    {
        "new_agency": "another agency holds it too: a pair of agencies of its own",
        "stronger": "the match has risen by a class of strength",
        "threat_to_life": "one of the two now reports a threat to life",
        "stands_again": "what was withdrawn stands again",
    }
)


def handling(scheme: str, code: str) -> Rule:
    """Return what a handling code lets happen."""
    return HANDLING.get((scheme, code), UNKNOWN_HANDLING)


def party(agency: Agency | None) -> Party:
    """Return what an enrolled agency is told, and whether it is named; None is not enrolled."""
    if agency is None:
        return UNKNOWN_PARTY
    if agency.code == CENTRE:
        return PARTIES["centre"]
    found = PARTIES.get(agency.type, UNKNOWN_PARTY)
    if found.asked_of & agency.kinds:
        return replace(found, named=Way.ASK)
    return found


def parties(registry: TrustRegistry) -> dict[str, Party]:
    """Return the party of every enrolled agency, by its code."""
    return {code: party(agency) for code, agency in registry.agencies.items()}


def strength(weight: float) -> str:
    """Return what a match of this weight is called."""
    return next(name for name, least in STRENGTHS if weight >= least)


def stronger(new: str, old: str) -> bool:
    """Return whether `new` is a higher class of strength than `old`."""
    order = [name for name, _ in STRENGTHS]
    return order.index(new) < order.index(old)
