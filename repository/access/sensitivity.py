"""What in an event identifies a victim, a witness or a child, or says where they are. Pure."""

from collections.abc import Mapping
from typing import Any

PROTECTED_ROLES = frozenset({"victim", "potential_victim", "witness", "missing_child"})
# What such a person has, and where they are, leads to them.
_LEADS_TO = frozenset({"owns", "uses", "resides_at", "holds", "seen_at"})
# What is known for the crime and not for who is safe there, or who has it.
_OF_THE_CRIME = frozenset({"exploitation_site", "transit_point", "means_of_transport"})
# Kinds of event that are about such a person as a whole, their free text too.
PROTECTED_KINDS = frozenset({"referral", "victim-support", "missing-child", "port-encounter"})
# Fields of an event's body that identify such a person or where they are: `victim_identity` and
# `location_of_refuge` in the schemas (a test holds the two together).
IDENTIFYING_FIELDS = frozenset({"nrm_reference", "nruc_number", "provider", "missing_from"})


def sensitive_subjects(event: Mapping[str, Any]) -> frozenset[int]:
    """Return the ordinals of the subjects that only readers of victims' data may see.

    They are the protected people, the things and places that a stated relation ties to them, and,
    where there is such a person, every address that is no place of the crime; a refuge always, and
    the things and places that a relation of any kind ties to it: its telephone says where it is as
    its address does.
    """
    subjects = event.get("subjects", ())
    people = {one["local_id"] for one in subjects if one["role"] in PROTECTED_ROLES}
    refuges = {one["local_id"] for one in subjects if _is_refuge(one)}
    if not people and not refuges:
        return frozenset()
    tied: set[str] = set()
    for relation in event.get("relations", ()):
        ends = {relation["from_id"], relation["to_id"]}
        if ends & refuges or (relation["kind"] in _LEADS_TO and ends & people):
            tied |= ends
    return frozenset(
        ordinal
        for ordinal, one in enumerate(subjects)
        if one["local_id"] in people or _leads(one, one["local_id"] in tied, bool(people))
    )


def _leads(subject: Mapping[str, Any], tied: bool, people: bool) -> bool:
    details = subject["details"]
    if _is_refuge(subject):
        return True
    if "person" in details or "organisation" in details or subject["role"] in _OF_THE_CRIME:
        return False
    return tied or (people and "location" in details)


def _is_refuge(subject: Mapping[str, Any]) -> bool:
    location = subject["details"].get("location")
    return location is not None and location["kind"] == "refuge"
