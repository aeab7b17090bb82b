"""The policy: who may read what. Pure; PostgreSQL's row-level security enforces the same."""

from collections.abc import Mapping

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


def party_of(agency_type: str) -> str:
    """Return what an agency of this type is to a handling code; `unknown` is the strictest."""
    return PARTIES.get(agency_type, "unknown")
