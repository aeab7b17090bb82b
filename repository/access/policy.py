"""The policy: who may read what. One reviewed table; pure.

What may be read turns on five things: who reads, whose the event is, its handling code, its
marking, and whether what is read identifies a victim. PostgreSQL's row-level security enforces the
same: an event carries its *audience* (a number for handling code and marking), a reader's *rights*
are one bit an audience, and tests ask both about everything there is (docs/adr/0014).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from intelbus.suggestions import require_allowed
from repository.access.reader import CENTRE, Reader

UNKNOWN = "unknown"
# The types of agency in the trust registry, and what each is to a handling code.
PARTIES: Mapping[str, str] = {
    "police": "law_enforcement",
    "enforcement": "law_enforcement",
    "law_enforcement": "law_enforcement",
    "centre": "law_enforcement",
    "prosecutor": "prosecuting",
    "prosecuting": "prosecuting",
    "charity": "non_prosecuting",
    "health": "non_prosecuting",
    "local_authority": "non_prosecuting",
    "first_responder": "non_prosecuting",
    "non_prosecuting": "non_prosecuting",
    "eea": "eea",
    "foreign": "foreign",
}
# Government Protective Marking Scheme, lowest first. What is not in it reads as the highest.
MARKINGS = (
    "not_protectively_marked", "protect", "restricted", "confidential", "secret", "top_secret",
)  # fmt: skip
_UNKNOWN_MARKING = 7
AT_HOME = frozenset({"law_enforcement", "prosecuting"})


@dataclass(frozen=True, slots=True)
class Release:
    """What a handling code lets out: to which parties, or to its originator alone."""

    number: int
    parties: frozenset[str]
    guarded: bool
    """At the centre, only for staff cleared for what is its originator's alone."""
    meaning: str


# One row a handling code. Any other code, and any code of an unknown scheme, is UNRELEASED.
UNRELEASED = Release(0, frozenset(), True, "unknown: as what is most closely held")
RELEASES: Mapping[tuple[str, str], Release] = {
    ("five_by_five_by_five", "1"): Release(
        1, AT_HOME | {"eea"}, False, "UK law enforcement and prosecutors, and the EEA"
    ),
    ("five_by_five_by_five", "2"): Release(
        2, AT_HOME | {"eea", "non_prosecuting"}, False, "also UK non-prosecuting parties"
    ),
    ("five_by_five_by_five", "3"): Release(
        3, AT_HOME | {"eea", "foreign"}, False, "also law enforcement outside the EEA"
    ),
    ("five_by_five_by_five", "4"): Release(4, frozenset(), True, "the originating agency alone"),
    ("five_by_five_by_five", "5"): Release(
        5, frozenset(), True, "the originating agency alone, under its conditions"
    ),
    ("three_by_five_by_two", "P"): Release(
        6, AT_HOME | {"non_prosecuting"}, False, "permitted within the UK"
    ),
    # No machine can see whether a condition is met: until somebody decides, the centre alone.
    ("three_by_five_by_two", "C"): Release(
        7, frozenset(), False, "permitted under conditions: the originator and the centre"
    ),
}
WIDE = frozenset(one.number for one in RELEASES.values() if "non_prosecuting" in one.parties)
"""Releases to UK parties that neither enforce law nor prosecute: few events have one."""
AUDIENCES = 64
VICTIM = 64
"""Added to an audience for what identifies a victim, a witness or a child."""
OWN = 128
"""Added to both for what is of the reader's own organisation."""


def party_of(agency_type: str) -> str:
    """Return what an agency of this type is to a handling code; `unknown` is the strictest."""
    return PARTIES.get(agency_type, UNKNOWN)


def release_of(scheme: str, handling: str) -> Release:
    """Return what a handling code of a scheme lets out."""
    return RELEASES.get((scheme, handling), UNRELEASED)


def scheme_of(handling: str) -> str:
    """Return the scheme that a handling code is of; no code is of both."""
    known = (scheme for scheme, code in RELEASES if code == handling.upper())
    return next(known, UNKNOWN)


def audience(scheme: str, handling: str, marking: str) -> int:
    """Return an event's audience: 8 × release + marking, below AUDIENCES."""
    level = MARKINGS.index(marking) if marking in MARKINGS else _UNKNOWN_MARKING
    return 8 * release_of(scheme, handling).number + level


def may_read(
    reader: Reader, originator: str, scheme: str, handling: str, marking: str, *, victim: bool
) -> bool:
    """Return whether a reader may read something of an event, or learn that it exists.

    `victim` says that it identifies a victim, a witness or a child.
    """
    own = originator == reader.organisation != ""
    return _released(reader, release_of(scheme, handling), own) and (
        is_cleared(reader.clearance, marking) and (not victim or reader.has("victim_data"))
    )


def may_receive(party: str, clearance: str, scheme: str, handling: str, marking: str) -> bool:
    """Return whether an event may be sent to a body: its handling code lets it out to such a
    party, and the body is cleared for its marking.
    """
    return party in release_of(scheme, handling).parties and is_cleared(clearance, marking)


def _released(reader: Reader, release: Release, own: bool) -> bool:
    if own:
        return True
    if reader.organisation == CENTRE:
        return not release.guarded or reader.has("originator_only")
    return reader.party in release.parties


def require_marking(said: str) -> None:
    """Raise InvalidRequestError unless there is such a marking: a slip in one would only show where
    nothing may be read or sent.
    """
    require_allowed("marking", said, MARKINGS)


def height_of(marking: str) -> int:
    """Return a marking's place, the lowest first; one that nobody knows is above all."""
    return MARKINGS.index(marking) if marking in MARKINGS else len(MARKINGS)


def is_cleared(clearance: str, marking: str) -> bool:
    """Return whether a clearance reaches a marking; of two that nobody knows, none does."""
    if clearance not in MARKINGS:
        return False
    level = MARKINGS.index(marking) if marking in MARKINGS else len(MARKINGS) - 1
    return level <= MARKINGS.index(clearance)


@lru_cache(maxsize=1024)
def rights(reader: Reader) -> str:
    """Return a reader's rights as 2 × OWN bits, `0` and `1`: bit OWN·own + VICTIM·victim +
    audience. Audiences that no code leads to are nobody's.
    """
    bits = ["0"] * (2 * OWN)
    releases = {("", ""): UNRELEASED, **RELEASES}
    for scheme, handling in releases:
        for marking in (*MARKINGS, ""):
            for own in (False, True):
                for victim in (False, True):
                    originator = reader.organisation if own else ""
                    if may_read(reader, originator, scheme, handling, marking, victim=victim):
                        bit = OWN * own + VICTIM * victim + audience(scheme, handling, marking)
                        bits[bit] = "1"
    return "".join(bits)


def sees_narrowly(reader: Reader) -> bool:
    """Return whether all that a reader may see of others is let out beyond law enforcement and
    prosecutors in the United Kingdom (WIDE).
    """
    others = rights(reader)[:OWN]
    return all(bit == "0" or (at & 8 * 7) // 8 in WIDE for at, bit in enumerate(others))


def with_bits(known: str, more: Collection[int]) -> str:
    """Return rights as `rights` has them with more bits set."""
    return "".join("1" if at in more else bit for at, bit in enumerate(known))


@lru_cache(maxsize=1024)
def sees_all_of_own(reader: Reader, highest: str) -> bool:
    """Return whether nothing is hidden from a reader that their own organisation could send,
    whatever its code, up to the `highest` marking that is accepted, but what identifies victims: by
    their rights, not by what it has sent. Numbers that count what was sent are for nobody else.
    """
    return all(
        may_read(reader, reader.organisation, *code, highest, victim=False)
        for code in (("", ""), *RELEASES)
    )


@lru_cache(maxsize=1024)
def sees_everything(reader: Reader) -> bool:
    """Return whether nothing at all is hidden from a reader, but what identifies victims."""
    return all(
        may_read(reader, "", *code, marking, victim=False)
        for code in (("", ""), *RELEASES)
        for marking in (*MARKINGS, "")
    )
