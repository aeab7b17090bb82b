"""When an event may stand as the sanitised version of another. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from intelbus.errors import ConflictError, ContentError, RefusedError
from repository.access.masking import masked, withheld_of
from repository.access.policy import height_of, release_of
from repository.access.redaction import redacted
from repository.access.sensitivity import sensitive_subjects


class NotSanitisedError(RefusedError):
    """This event cannot stand as the sanitised version of that one."""


class NoSuchEventsError(NotSanitisedError):
    """There are no such two events."""

    exit_status = 1


class NotTheirsError(NotSanitisedError):
    """Only its originator or the centre says so."""


class TiedError(ConflictError):
    """It is the sanitised version of another event already."""


class NotTiedError(ContentError):
    """It is no event's sanitised version."""


@dataclass(frozen=True, slots=True)
class Version:
    """An event that stands, with what decides who may see it."""

    position: int
    agency: str
    kind: str
    scheme: str
    handling: str
    marking: str
    event: Mapping[str, Any]

    def reaches(self) -> tuple[frozenset[str], int]:
        """Return to whom its handling lets it out, and its marking's place."""
        return release_of(self.scheme, self.handling).parties, height_of(self.marking)


def require_sanitised(full: Version, other: Version) -> None:
    """Raise NotSanitisedError unless `other` may stand for `full` where that may not be seen.

    One row a rule: of the same originator, kind and case; let out further and to nobody less, or
    marked lower; and with nothing in it of the sources, nor of the victims of either.
    """
    (parties, level), (others, lower) = full.reaches(), other.reaches()
    rules = (
        (full.position != other.position, "an event is no sanitised version of itself"),
        (full.agency == other.agency, "it is of another originator"),
        (full.kind == other.kind, "it is of another kind"),
        (_case(full) == _case(other), "it is of another case"),
        (others >= parties and lower <= level, "it is more closely held"),
        (others > parties or lower < level, "it reaches nobody whom the full one does not"),
        (not other.event.get("provenance"), "it says where it comes from"),
        (
            not sensitive_subjects(other.event),
            "it says who a victim, a witness or a child is, or where",
        ),
        (not _names_a_victim(full, other), "its text names a victim, a witness or a child"),
    )
    for holds, why in rules:
        if not holds:
            raise NotSanitisedError(why, subject=f"{other.position} of {full.position}")


def _case(version: Version) -> list[Any]:
    """Return what makes an event a step of something that is counted once, however many steps."""
    return [version.event.get(name) for name in ("nrm_reference", "incident_reference")]


def _names_a_victim(full: Version, other: Version) -> bool:
    """Return whether a text of `other` says what the protected subjects of `full` are called."""
    withheld = withheld_of(full.event)
    seen = redacted(other.kind, other.event, victims=False, sources=False)
    return any(masked(text, withheld) != text for text in _texts(seen))


def _texts(value: Any) -> list[str]:
    """Return every text of an event but its header's."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for key, part in value.items() if key != "header" for text in _texts(part)]
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)]
    return []
