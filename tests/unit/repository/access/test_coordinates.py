"""A place's coordinates are found in a text, whichever way they are written; others are not."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.access.coordinates import Point, spans
from repository.access.national_grid import on_the_grid, references


def _decimals(places: int, between: str) -> Callable[[Point], str]:
    return lambda point: between.join(f"{one:.{places}f}" for one in point)


def _sexagesimal(degree: str, minute: str, second: str, *, before: bool) -> Callable[[Point], str]:
    def write(point: Point) -> str:
        parts = []
        for value, letters in zip(point, ("NS", "EW"), strict=True):
            tenths = round(abs(value) * 36_000)
            whole, minutes, tenths = tenths // 36_000, tenths // 600 % 60, tenths % 600
            said = f"{whole}{degree}{minutes:02}{minute}{tenths / 10:04.1f}{second}"
            letter = letters[value < 0]
            parts.append(f"{letter}{said}" if before else f"{said}{letter}")
        return ", ".join(parts)

    return write


def _minutes(point: Point) -> str:
    north, east = (f"{int(abs(one))}°{abs(one) % 1 * 60:06.3f}'" for one in point)
    return f"{north}{'NS'[point[0] < 0]} {east}{'EW'[point[1] < 0]}"


def _swapped(point: Point) -> str:
    return f'{{"type": "Point", "coordinates": [{point[1]:.6f}, {point[0]:.6f}]}}'


WAYS: dict[str, Callable[[Point], str]] = {
    "two decimals": _decimals(2, ", "),
    "four decimals": _decimals(4, ","),
    "six decimals": _decimals(6, " / "),
    "decimal commas": lambda point: _decimals(5, "; ")(point).replace(".", ","),
    "GeoJSON": _swapped,
    "a map's address": lambda point: f"https://maps.example/@{_decimals(7, ',')(point)},17z",
    "degree signs": _sexagesimal("°", "'", '"', before=False),
    "prime marks": _sexagesimal("° ", "′ ", "″ ", before=False),
    "letters": _sexagesimal("d", "m", "s", before=False),
    "spaces": _sexagesimal(" ", " ", " ", before=True),
    "decimal minutes": _minutes,
}
ON_EARTH = st.tuples(st.floats(-89, 89), st.floats(-179, 179))
IN_BRITAIN = st.tuples(st.floats(50.0, 58.6), st.floats(-5.5, 1.7))


def _left(text: str, point: Point) -> str:
    """Return what is left of a text when what says where a place is has been taken out."""
    hidden = {at for start, end in spans(text, [point]) for at in range(start, end)}
    return "".join(one for at, one in enumerate(text) if at not in hidden)


@pytest.mark.parametrize("way", WAYS)
@given(point=ON_EARTH)
def test_a_place_is_found_by_its_degrees(way: str, point: Point) -> None:
    left = _left(f"seen at {WAYS[way](point)}.", point).replace("17z", "")
    assert not any(character.isdigit() for character in left), left


@given(point=IN_BRITAIN, digits=st.integers(2, 5), spaced=st.booleans())
def test_a_place_is_found_by_the_grid(point: Point, digits: int, spaced: bool) -> None:
    east, north = (int(one) for one in on_the_grid(*point))
    first, second = (f"{one % 100_000:05}"[:digits] for one in (east, north))
    space = " " if spaced else ""
    assert _left(f"at {_square(east, north)}{space}{first}{space}{second}", point) == "at "
    assert _left(f"at {east}, {north}", point) == "at "


def _square(east: int, north: int) -> str:
    """Return the letters of a hundred-kilometre square, looked up and not computed: Britain's."""
    rows = ("SV SW SX SY SZ TV TW", "SQ SR SS ST SU TQ TR", "SL SM SN SO SP TL TM",
            "SF SG SH SJ SK TF TG", "SA SB SC SD SE TA TB", "NV NW NX NY NZ OV OW",
            "NQ NR NS NT NU OQ OR", "NL NM NN NO NP OL OM", "NF NG NH NJ NK OF OG",
            "NA NB NC ND NE OA OB", "HV HW HX HY HZ JV JW")  # fmt: skip
    return rows[north // 100_000].split()[east // 100_000]


@given(point=ON_EARTH, other=ON_EARTH, way=st.sampled_from(sorted(WAYS)))
def test_another_place_is_left_as_it_is(point: Point, other: Point, way: str) -> None:
    apart = all(abs(abs(a) - abs(b)) > 1 for a in point for b in other)  # nor one axis as the other
    text = f"seen at {WAYS[way](other)}."
    assert not apart or _left(text, point) == text


@given(text=st.text(alphabet=" .,'°0123456789NSEWdmsSPTQ-"), point=IN_BRITAIN)
def test_any_text_can_be_looked_through(text: str, point: Point) -> None:
    assert all(0 <= start < end <= len(text) for start, end in spans(text, [point]))


def test_the_grid_is_the_ordnance_survey_s() -> None:
    # Caister's water tower, of the survey's own worked example
    east, north = on_the_grid(52.65798, 1.71605)
    assert (round(east / 5), round(north / 5)) == (round(651_409.9 / 5), round(313_177.3 / 5))
    assert next(references("TG 51409 13177"))[2] == (651_409, 313_177, 1)
    assert next(references("su387148"))[2] == (438_700, 114_800, 100)
