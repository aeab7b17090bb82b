"""Who may act on the records of all agencies: judge links, give notices by hand, review what is
kept and erase it. Pure.
"""

from intelbus.errors import RefusedError
from repository.access.policy import sees_everything
from repository.access.reader import CENTRE, Reader


class NoOfficerError(RefusedError):
    """Only an officer of the centre from whom nothing is hidden may do this."""


def require_officer(reader: Reader) -> None:
    """Raise NoOfficerError unless the reader is of the centre, an analyst, and sees everything.

    Whoever judges a pair changes what others see, and learns from the queue who holds what.
    """
    _require(reader, "analyst")


def require_keeper(reader: Reader) -> None:
    """Raise NoOfficerError unless the reader is of the centre, keeps its records, and sees
    everything: a live case that suspends a review may be hidden from anybody else.
    """
    _require(reader, "retention")


def _require(reader: Reader, role: str) -> None:
    roles = (role, "victim_data")
    lacks = [one for one in roles if not reader.has(one)]
    if reader.organisation != CENTRE or lacks or not sees_everything(reader):
        raise NoOfficerError(
            subject=reader.name,
            hint=f"needs the roles {', '.join(roles)} and originator_only, and every clearance",
        )
