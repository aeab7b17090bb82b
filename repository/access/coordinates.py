"""Coordinates in free text: where a text says on the map what an address says in words. Pure.

Degrees with decimals, with minutes, with seconds, and references to the National Grid, as people,
phones and maps write them. What is so rough that a town has it is no place (a town leads to
nobody): one decimal, whole degrees, ten kilometres of the grid.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from repository.access.national_grid import on_the_grid, references

Point = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""

NEAR = 0.002
"""Degrees: two hundred metres or so. Two devices, and two maps, put one house so far apart."""
NEAR_METRES = 200
BY_ITSELF = 3
"""So many decimals are recognised alone; two, which a height in metres has too, in a pair."""
BETWEEN = 24
"""So many characters may stand between the two of a pair: `, longitude: -`."""
# Within the limits of the Grid; elsewhere its formulas say nothing.
_GRID = ((49.0, 61.5), (-9.0, 3.0))

_DECIMALS = (
    re.compile(r"(?<![\d.])(?P<whole>\d{1,3})\.(?P<decimals>\d{2,})(?!\d|\.\d)"),
    re.compile(r"(?<![\d,])(?P<whole>\d{1,3}),(?P<decimals>\d{2,})(?!\d)"),
)
_MARK = r"(?:[°º˚:'′’‘´]|deg(?:ree)?s?\b|d|min(?:ute)?s?\b|m|\s)"
_HEMISPHERE = "(?:[NSEW]|north|south|east|west)"
_BETWEEN = rf"\s{{0,2}}{_MARK}\.?\s{{0,2}}"
_DEGREES = re.compile(
    rf"""(?<![^\W_])(?P<before>[NSEW]\s?)?(?<![\d.])(?P<whole>\d{{1,3}}){_BETWEEN}
    (?P<minutes>\d{{1,2}}(?:[.,]\d+)?)
    (?:{_BETWEEN}(?P<seconds>\d{{1,2}}(?:[.,]\d+)?))?(?!\d)
    (?P<after>\s{{0,2}}(?:["″”'′’]{{1,2}}|s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?)?\s{{0,2}}{_HEMISPHERE}\b)?""",
    re.IGNORECASE | re.VERBOSE,
)
# 522424N 0013111W, as at sea and in the air.
_RUN_TOGETHER = re.compile(
    r"(?<![^\W_])(?P<whole>\d{2,3})(?P<minutes>\d{2})(?P<seconds>\d{2}(?:\.\d+)?)\s?[NSEW]\b",
    re.IGNORECASE,
)
_IS_OF_DEGREES = re.compile(r"[°º˚]|deg", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Told:
    """A number of degrees in a text, without its sign, and how finely it is told."""

    start: int
    end: int
    value: float
    unit: float
    alone: bool
    """Whether it can be nothing but a coordinate, or is told too finely to be another number."""


def spans(text: str, points: Sequence[Point]) -> Iterator[tuple[int, int]]:
    """Yield where a text says one of these places: the (start, end) of each number or reference."""
    if not points or not any(character.isdigit() for character in text):
        return
    told = sorted(_told(text), key=lambda one: one.start)
    for point in points:
        of_axis = [[one for one in told if _says(one, abs(degrees))] for degrees in point]
        for axis, other in (of_axis, of_axis[::-1]):
            for one in axis:
                if one.alone or any(_beside(one, two) for two in other):
                    yield one.start, one.end
    squares = [on_the_grid(*point) for point in points if _is_british(point)]
    for start, end, (east, north, side) in references(text) if squares else ():
        if any(
            -NEAR_METRES <= x - east <= side + NEAR_METRES
            and -NEAR_METRES <= y - north <= side + NEAR_METRES
            for x, y in squares
        ):
            yield start, end


def _told(text: str) -> Iterator[_Told]:
    for pattern in _DECIMALS:
        for found in pattern.finditer(text):
            decimals = found["decimals"]
            value = float(f"{found['whole']}.{decimals}")
            alone = len(decimals) >= BY_ITSELF
            yield _Told(*found.span(), value, 10.0 ** -len(decimals), alone)
    for found in _DEGREES.finditer(text):
        if found["before"] or found["after"] or _IS_OF_DEGREES.search(found[0]):
            yield from _of_parts(found)
    for found in _RUN_TOGETHER.finditer(text):
        yield from _of_parts(found)


def _of_parts(found: re.Match[str]) -> Iterator[_Told]:
    """Yield what degrees, minutes and seconds are together, if they are such."""
    whole, *parts = (found[name] for name in ("whole", "minutes", "seconds"))
    value, unit = float(whole), 1.0
    for part, of_a_degree in zip(parts, (1 / 60, 1 / 3600), strict=True):
        if part is None:
            break
        number = float(part.replace(",", "."))
        if number > 60:  # sixty itself is what rounding makes of nearly as many
            return
        value += number * of_a_degree
        unit = of_a_degree * 10.0 ** -len(part.replace(",", ".").partition(".")[2])
    yield _Told(*found.span(), value, unit, True)


def _says(one: _Told, degrees: float) -> bool:
    """Whether a number, rounded or cut off, is this many degrees, or nearly."""
    return abs(one.value - degrees) <= one.unit + NEAR


def _beside(one: _Told, other: _Told) -> bool:
    first, second = sorted((one, other), key=lambda told: told.start)
    return first is not second and 0 <= second.start - first.end <= BETWEEN


def _is_british(point: Point) -> bool:
    return all(low <= one <= high for one, (low, high) in zip(point, _GRID, strict=True))
