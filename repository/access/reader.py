"""Who reads. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from intelbus.errors import RefusedError

CENTRE = "ukhtc"

# One row a role: what it lets its holder do. Whoever has none may read only what anybody of the
# organisation may, with nothing that identifies a victim or a source.
ROLES: Mapping[str, str] = {
    "analyst": "searches, reads, expands networks, counts",
    "victim_data": "sees what identifies victims, witnesses and children, and where they are",
    "source_data": "sees what may identify a source",
    "originator_only": "at the centre: sees what is marked for its originator alone (codes 4, 5)",
    "caseworker": "keeps cases of the National Referral Mechanism",
    "exporter": "lets events leave the building",
    "supervisor": "reads the audit of those whose rights do not go beyond their own; samples it",
    "approver": "lets others see, for a time, what their rights do not reach (break-glass)",
    "retention": "at the centre: reviews what is kept; asks for erasures or decides on another's",
    "administrator": "keeps the list of readers",
}


class UnknownReaderError(RefusedError):
    """There is no such reader, or not any more."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A person or a machine that reads, with what the policy goes by.

    `organisation` is an agency's code, `ukhtc` for the centre; `clearance` the highest marking it
    may see; `party` what kind of organisation it is (`repository.access.policy.PARTIES`). A
    clearance, a role or a party that nobody knows gives nothing.
    """

    name: str
    organisation: str
    clearance: str
    roles: frozenset[str] = frozenset()
    party: str = "unknown"

    def has(self, role: str) -> bool:
        """Return whether the reader holds a role."""
        return role in self.roles and role in ROLES
