"""What each agency says of one entity, side by side, and where they contradict each other. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from repository.access.sensitivity import PROTECTED_ROLES
from repository.linking.described import unpacked

OFFENDERS = frozenset({"suspect", "controller", "recruiter", "transporter", "facilitator"})
Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One row: what is put side by side, and whether two reports of it cannot both be right."""

    name: str
    contradict: Callable[[Values, Values], bool]


def _never(one: Values, other: Values) -> bool:
    """What there may be several of: aliases, nationalities, papers, telephones."""
    return False


def _disjoint(one: Values, other: Values) -> bool:
    """What there is one of: no value that both say."""
    return not set(one) & set(other)


def _other_dates(one: Values, other: Values) -> bool:
    """Dates as YYYYMMDD, of which 00 is not known: none that may be the same."""
    return not any(_may_be_same(a, b) for a in one for b in other)


def _may_be_same(one: str, other: str) -> bool:
    parts = ((0, 4), (4, 6), (6, 8))
    return all(
        one[a:b] == other[a:b] or {one[a:b], other[a:b]} & {"", "00", "0000"} for a, b in parts
    )


def _victim_and_offender(one: Values, other: Values) -> bool:
    """Somebody may be both, as a victim who was made to offend; a person should look."""
    sides = [({*said} & PROTECTED_ROLES, {*said} & OFFENDERS) for said in (one, other)]
    return any(sides[a][0] and sides[1 - a][1] for a in (0, 1))


# In the order in which they are shown. What is in no row is shown, and contradicts nothing.
FIELDS: tuple[Field, ...] = (
    Field("role", _victim_and_offender),
    Field("name", _never),
    Field("date_of_birth", _other_dates),
    Field("sex", _disjoint),
    Field("generation", _disjoint),
    Field("nationality", _never),
    Field("vehicle_registration", _disjoint),
    Field("vehicle_vin", _disjoint),
    Field("vehicle_make", _disjoint),
    Field("vehicle_model", _disjoint),
    Field("vehicle_colour", _disjoint),
    Field("account_holder", _disjoint),
    Field("company_number", _disjoint),
    Field("town", _disjoint),
)
_ORDER: Mapping[str, int] = {field.name: at for at, field in enumerate(FIELDS)}
_BY_NAME: Mapping[str, Field] = {field.name: field for field in FIELDS}


def side_by_side(
    members: Sequence[Mapping[str, Any]], described: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Return for each field what the members say: `field`, `contradicted`, and `said`, one a value,
    each with who `says` so: record, agency, event, grade and date, the oldest first.

    `described` holds the description of each member's record, as it is stored.
    """
    fields: dict[str, list[tuple[Mapping[str, Any], Values]]] = {}
    for member in sorted(members, key=lambda one: (one["reported_at"], one["record"])):
        for name, values in _values(member, described.get(member["record"])):
            fields.setdefault(name, []).append((member, values))
    order = sorted(fields, key=lambda name: (_ORDER.get(name, len(FIELDS)), name))
    return [
        {
            "field": name,
            "contradicted": _contradicted(name, [values for _, values in fields[name]]),
            "said": _said(fields[name]),
        }
        for name in order
    ]


def _values(member: Mapping[str, Any], said: str | None) -> Iterable[tuple[str, Values]]:
    yield "role", (member["role"],)
    if said is None:
        return
    description = unpacked(said)
    names = tuple(
        " ".join(filter(None, (one.given, one.middle, one.family)))
        for one in description.names
        if not one.turned
    )
    if names:
        yield "name", tuple(dict.fromkeys(names))
    yield from description.values.items()


def _contradicted(name: str, said: Sequence[Values]) -> bool:
    field = _BY_NAME.get(name)
    different = dict.fromkeys(said)
    return field is not None and any(field.contradict(*two) for two in combinations(different, 2))


def _said(of_field: Sequence[tuple[Mapping[str, Any], Values]]) -> list[dict[str, Any]]:
    by_value: dict[str, list[dict[str, Any]]] = {}
    for member, values in of_field:
        for value in values:
            by_value.setdefault(value, []).append(
                {
                    name: member[name]
                    for name in ("record", "agency", "position", "grade", "reported_at")
                }
            )
    return [{"value": value, "says": says} for value, says in by_value.items()]
