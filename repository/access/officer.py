"""Who may act on the records of all agencies: judge links, and give notices by hand. Pure."""

from intelbus.errors import RefusedError
from repository.access.policy import sees_everything
from repository.access.reader import CENTRE, Reader

ROLES = ("analyst", "victim_data")


class NoOfficerError(RefusedError):
    """Only an officer of the centre from whom nothing is hidden may do this."""


def require_officer(reader: Reader) -> None:
    """Raise NoOfficerError unless the reader is of the centre, an analyst, and sees everything.

    Whoever judges a pair changes what others see, and learns from the queue who holds what.
    """
    lacks = [role for role in ROLES if not reader.has(role)]
    if reader.organisation != CENTRE or lacks or not sees_everything(reader):
        raise NoOfficerError(
            subject=reader.name,
            hint=f"needs the roles {', '.join(ROLES)} and originator_only, and every clearance",
        )
