"""What leads to a refuge, or to whoever supports victims, within an event that names one. Pure.

A telephone, an e-mail or a van identifies a refuge as its address does. Whose a thing is may be
said by several relations in a row, or not at all: what may be the refuge's is taken for it.
"""

from collections.abc import Collection, Iterator, Mapping

from repository.notices.subjects import (
    CRIME_ROLES,
    OWN_RELATIONS,
    PEOPLE,
    REFERENCE,
    Event,
    Subject,
    commonplace,
    subjects_of,
)

SHELTERS = ("refuge", "support_provider")
"""The reasons for which a place or an organisation protects what is tied to it."""
BESIDE_SHELTER = "beside_shelter"

Near = Mapping[str, Collection[str]]


def beside_shelters(event: Event, shelters: Collection[str]) -> frozenset[str]:
    """Return the subjects of an event that lead to these of its subjects, all by local_id.

    That is whatever a stated relation of any kind ties to a shelter, or to what is so tied; what
    people who are so tied have for their own; and every thing and place that no relation says is
    somebody else's.
    """
    if not shelters:
        return frozenset()
    found = {one.local_id: one for one in subjects_of(event)}
    near = _near(event)
    tied = _tied(found, near, shelters)
    tied |= set(_own_of_tied_people(event, found, tied))
    return frozenset((tied | set(_unclaimed(found, near, tied))) - set(shelters))


def _near(event: Event) -> Near:
    near: dict[str, set[str]] = {}
    for relation in event.get("relations", ()):
        near.setdefault(relation["from_id"], set()).add(relation["to_id"])
        near.setdefault(relation["to_id"], set()).add(relation["from_id"])
    return near


def _tied(found: Mapping[str, Subject], near: Near, shelters: Collection[str]) -> set[str]:
    """Return the shelters and all that relations lead to from there."""
    tied, ahead = set(shelters), list(shelters)
    while ahead:
        for other in near.get(ahead.pop(), ()):
            if other in tied or other not in found or found[other].kind == REFERENCE:
                continue
            tied.add(other)
            if _leads_on(found[other]):
                ahead.append(other)
    return tied


def _leads_on(one: Subject) -> bool:
    """Return whether what is tied to something tied to a shelter leads to the shelter too.

    By a person it would be all whom that person ever met; by a brothel or a port, everybody there.
    """
    return one.kind != "person" and one.role not in CRIME_ROLES and commonplace(one) is None


def _own_of_tied_people(
    event: Event, found: Mapping[str, Subject], tied: Collection[str]
) -> Iterator[str]:
    """Yield what people who are tied have for their own: who works there has a telephone."""
    for relation in event.get("relations", ()):
        if relation["kind"] not in OWN_RELATIONS:
            continue
        ends = (relation["from_id"], relation["to_id"])
        for one, other in (ends, ends[::-1]):
            known = one in tied and one in found and other in found
            if known and found[one].kind == "person" and _is_thing(found[other]):
                yield other


def _unclaimed(found: Mapping[str, Subject], near: Near, tied: Collection[str]) -> Iterator[str]:
    """Yield the things and places of which no relation says that they are somebody else's."""
    others = {name for name, one in found.items() if one.kind in PEOPLE and name not in tied}
    for name, one in found.items():
        # A van of the crime may be the refuge's too, where nobody else is named.
        its = one.role not in CRIME_ROLES or not others
        if its and _is_thing(one) and others.isdisjoint(near.get(name, ())):
            yield name


def _is_thing(one: Subject) -> bool:
    """Return whether it is a thing or a place, and no scene of the crime."""
    scene = one.kind == "location" and one.role in CRIME_ROLES
    return one.kind not in PEOPLE and one.kind != REFERENCE and not scene
