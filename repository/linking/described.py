"""A description: what one record says of its subject, normalised and ready to compare. Pure."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from json.encoder import encode_basestring as _quoted

from repository.linking import ages, dates
from repository.linking.fields import AGE_PARTS, NAME_FIELDS, NOTHING, field_of
from repository.linking.identifiers import sorted_account
from repository.linking.names import Name, generation, readings
from repository.linking.normalise import uk_account


@dataclass(frozen=True, slots=True)
class Description:
    """A record's names in their readings, and the normalised values of its other fields."""

    names: tuple[Name, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    source: str = ""

    def compared_as(self, comparison: str) -> Iterator[tuple[str, str]]:
        """Yield (field, value) of every field that is compared this way."""
        for name, values in self.values.items():
            if field_of(name).comparison == comparison:
                for value in values:
                    yield name, value


def describe(
    said: Iterable[tuple[str, str]],
    *,
    month_first: frozenset[str] = frozenset(),
    serials: frozenset[str] = frozenset(),
    source: str = "",
) -> Description:
    """Return the description of what is said as (canonical field, text).

    A field said twice has two values. `month_first` names the date fields written 12/31/2009,
    `serials` those that hold a spreadsheet's numbers of days.
    """
    whole: dict[str, list[str]] = {}
    for name, text in said:
        clean = " ".join(text.split())
        if not is_nothing(clean):
            whole.setdefault(name, []).append(clean)
    values: dict[str, tuple[str, ...]] = {}
    parts = {name: whole.pop(name, [""])[0] for name in ("year", "month", "day")}
    born = dates.parts_of(parts["year"], parts["month"], parts["day"])
    if born:
        values["date_of_birth"] = (born,)
    _read_ages(whole, values)
    north, east = whole.pop("latitude", None), whole.pop("longitude", None)
    if north and east:
        whole["coordinates"] = [f"{north[0]},{east[0]}"]
    sort_code = whole.pop("sort_code", None)
    if sort_code and "account" in whole:
        whole["account"] = [sorted_account(sort_code[0], one) for one in whole["account"]]
    named = {name: whole.pop(name, []) for name in NAME_FIELDS}
    which = generation(*(text for texts in named.values() for text in texts))
    if which:
        values["generation"] = (which,)
    for name, texts in whole.items():
        read = (
            value_of(name, text, month_first=name in month_first, serials=name in serials)
            for text in texts
        )
        known = tuple(dict.fromkeys(value for value in read if value))
        if known:
            values[name] = tuple(dict.fromkeys((*values.get(name, ()), *known)))
    return Description(_names(named), values, source)


def _read_ages(whole: dict[str, list[str]], values: dict[str, tuple[str, ...]]) -> None:
    """Read ages on a day, and years of birth, as the days between which somebody was born.

    Of an age on no known day it is known how old, and not when born: it stays an age.
    """
    on, low, high = (whole.pop(name, [""])[0] for name in AGE_PARTS)
    span = ages.span_of(f"{low or 0}-{high or ages.OLDEST}") if low or high else None
    if span is None and "age" in whole:
        span = ages.span_of(whole["age"][0])
    day = dates.date(on) if on else None
    spans = [born for text in whole.get("date_of_birth", ()) if (born := ages.born_in(text))]
    if day and span:
        whole.pop("age", None)
        month, number = int(day[4:6]) or 7, int(day[6:]) or 1
        spans.append(ages.born_between(*span, int(day[:4]), month, number))
    elif span:
        whole["age"] = [f"{span[0]}-{span[1]}"]
    if spans:
        values["born_between"] = tuple(dict.fromkeys(spans))


@lru_cache(maxsize=100_000)
def value_of(
    name: str, text: str, *, month_first: bool = False, serials: bool = False
) -> str | None:
    """Return the comparable form of what a field's column says; None if it cannot be read."""
    row = field_of(name)
    if row.comparison == "date":
        return dates.date(text, month_before_day=month_first, serials=serials)
    found = row.read(text)
    if found and row.comparison == "coordinates" and not _on_earth(found):
        return None
    return found


def is_nothing(text: str) -> bool:
    """Whether a file says nothing by a text: it is empty, or says that nothing is known."""
    return " ".join(text.split()).casefold() in NOTHING


def can_be_read(  # noqa: PLR0911 - one row a field
    name: str, text: str, *, month_first: bool = False, serials: bool = False
) -> bool:
    """Whether a text says anything of a field, parts of names, dates and places included."""
    match name:
        case "year":
            return dates.parts_of(text, None, None) is not None
        case "month" | "day":
            return dates.parts_of("2000", text, None) != "20000000"
        case "latitude" | "longitude":
            return _on_earth(f"{text},0" if name == "latitude" else f"0,{text}")
        case "sort_code":
            return uk_account(text, "00000000") is not None
        case "age_from" | "age_to":
            return ages.span_of(text) is not None
        case "age_on":
            return dates.date(text) is not None
        case "date_of_birth" if ages.born_in(text):
            return True
        case _ if name in NAME_FIELDS:
            return bool(readings(full=text))
    return value_of(name, text, month_first=month_first, serials=serials) is not None


def _names(named: Mapping[str, list[str]]) -> tuple[Name, ...]:
    """Return the readings of every name: the pairs of given and family names, then full ones."""
    found: list[Name] = []
    given, family, middle = (named[n] for n in ("given_names", "family_name", "middle_names"))
    for at in range(max(len(given), len(family))):
        found += readings(
            given=given[min(at, len(given) - 1)] if given else None,
            family=family[min(at, len(family) - 1)] if family else None,
            middle=middle[0] if middle else None,
        )
    for full in named["full_name"]:
        # A full name beside its own parts says nothing more.
        if not (given and family):
            found += readings(full=full)
    return tuple(dict.fromkeys(found))


def _on_earth(value: str) -> bool:
    try:
        north, east = (float(part) for part in value.split(","))
    except ValueError:
        return False
    # What is left empty in some programs lies in the Gulf of Guinea.
    return abs(north) <= 90 and abs(east) <= 180 and (north, east) != (0.0, 0.0)


def packed(description: Description) -> str:
    """Return a description as the text it is stored as, JSON without spaces; the same content gives
    the same text. Written out, since a JSON encoder takes longer to be made ready than to encode.
    """
    names = ",".join(
        f"[{_quoted(n.given)},{_quoted(n.middle)},{_quoted(n.family)},{n.turned:d}]"
        for n in description.names
    )
    values = ",".join(
        f"{_quoted(name)}:[{','.join(map(_quoted, description.values[name]))}]"
        for name in sorted(description.values)
    )
    return f"[[{names}],{{{values}}}]"


def unpacked(text: str) -> Description:
    """Return the description that `packed` wrote."""
    names, values = json.loads(text)
    return Description(
        tuple(Name(given, middle, family, bool(turned)) for given, middle, family, turned in names),
        {name: tuple(found) for name, found in values.items()},
    )


def number_of(kind: str, text: str) -> int:
    """Return the number of a packed description, 63 bits of BLAKE2b (RFC 7693) of its content.

    The content alone gives it, so it is the same after a replay, for every linker, in every order
    of arrival. The store refuses two contents with one number.
    """
    digest = hashlib.blake2b(f"{kind}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> 1
