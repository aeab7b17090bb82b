"""The National Grid of Great Britain: where a place lies on it, to some five metres. Pure.

Ordnance Survey, A Guide to Coordinate Systems in Great Britain, annexes B and C.
"""

import re
from collections.abc import Iterator
from math import atan2, cos, hypot, radians, sin, sqrt, tan

# Semi-major axis and squared eccentricity of the ellipsoids.
_WGS84 = (6_378_137.0, 0.00669437999014)
_AIRY = (6_377_563.396, 0.00667054007147)
# From WGS 84 to OSGB 36: metres, parts, radians.
_SHIFT = (-446.448, 125.157, -542.060)
_SCALE = 1 + 20.4894e-6
_TURN = tuple(radians(seconds / 3600) for seconds in (-0.1502, -0.2470, -0.8421))
# The projection: scale on the central meridian, true origin, its easting and northing.
_F0, _PHI0, _LAMBDA0, _E0, _N0 = 0.9996012717, radians(49), radians(-2), 400_000.0, -100_000.0
_LETTERS = "ABCDEFGHJKLMNOPQRSTUVWXYZ"
_LETTERED = re.compile(
    r"(?<![^\W_])([HJNOST][A-HJ-Z])\s?(\d{2,5})\s?(\d{2,5})(?![^\W_])", re.IGNORECASE
)
_NUMBERS = re.compile(r"(?<![^\W_])[eE]?\s?(\d{5,6})[\s,;/]{1,3}[nN]?\s?(\d{5,7})(?![^\W_])")
Square = tuple[int, int, int]
"""Easting and northing of its south-west corner, and its side: metres."""


def references(text: str) -> Iterator[tuple[int, int, Square]]:
    """Yield the grid references in a text: where each begins and ends, and the square it names."""
    for found in _LETTERED.finditer(text):
        digits = found[2] + found[3]
        if len(digits) % 2 == 0:
            half = len(digits) // 2
            side = 10 ** (5 - half)
            east, north = _corner(found[1].upper())
            square = (east + int(digits[:half]) * side, north + int(digits[half:]) * side, side)
            yield found.start(), found.end(), square
    for found in _NUMBERS.finditer(text):
        yield found.start(), found.end(), (int(found[1]), int(found[2]), 1)


def _corner(letters: str) -> tuple[int, int]:
    """Return the south-west corner of a hundred-kilometre square: letters run from the north-west,
    five by five, of squares of 500 km and then of 100.
    """
    large, small = map(_LETTERS.index, letters)
    east = (large - 2) % 5 * 5 + small % 5
    north = 19 - large // 5 * 5 - small // 5
    return east * 100_000, north * 100_000


def on_the_grid(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the easting and northing of a place by its degrees, WGS 84."""
    phi, lam = _by_airy(*_in_space(radians(latitude), radians(longitude)))
    a, e2 = _AIRY
    b = a * sqrt(1 - e2)
    n = (a - b) / (a + b)
    nu = a * _F0 / sqrt(1 - e2 * sin(phi) ** 2)
    rho = a * _F0 * (1 - e2) / (1 - e2 * sin(phi) ** 2) ** 1.5
    eta2 = nu / rho - 1
    less, more = phi - _PHI0, phi + _PHI0
    meridian = b * _F0 * (
        (1 + n + 5 / 4 * n**2 + 5 / 4 * n**3) * less
        - (3 * n + 3 * n**2 + 21 / 8 * n**3) * sin(less) * cos(more)
        + (15 / 8 * n**2 + 15 / 8 * n**3) * sin(2 * less) * cos(2 * more)
        - 35 / 24 * n**3 * sin(3 * less) * cos(3 * more)
    )  # fmt: skip
    d, t2, c, s = lam - _LAMBDA0, tan(phi) ** 2, cos(phi), sin(phi)
    north = (
        meridian + _N0 + nu / 2 * s * c * d**2
        + nu / 24 * s * c**3 * (5 - t2 + 9 * eta2) * d**4
        + nu / 720 * s * c**5 * (61 - 58 * t2 + t2**2) * d**6
    )  # fmt: skip
    east = (
        _E0 + nu * c * d
        + nu / 6 * c**3 * (nu / rho - t2) * d**3
        + nu / 120 * c**5 * (5 - 18 * t2 + t2**2 + 14 * eta2 - 58 * t2 * eta2) * d**5
    )  # fmt: skip
    return east, north


def _in_space(phi: float, lam: float) -> tuple[float, float, float]:
    """Return a place on WGS 84 in metres from the middle of OSGB 36's ellipsoid."""
    a, e2 = _WGS84
    nu = a / sqrt(1 - e2 * sin(phi) ** 2)
    x, y, z = nu * cos(phi) * cos(lam), nu * cos(phi) * sin(lam), nu * (1 - e2) * sin(phi)
    rx, ry, rz = _TURN
    return (
        _SHIFT[0] + _SCALE * x - rz * y + ry * z,
        _SHIFT[1] + rz * x + _SCALE * y - rx * z,
        _SHIFT[2] - ry * x + rx * y + _SCALE * z,
    )


def _by_airy(x: float, y: float, z: float) -> tuple[float, float]:
    """Return the latitude and longitude, radians, of a place in space on Airy's ellipsoid."""
    a, e2 = _AIRY
    across = hypot(x, y)
    phi = atan2(z, across * (1 - e2))
    for _ in range(5):
        nu = a / sqrt(1 - e2 * sin(phi) ** 2)
        phi = atan2(z + e2 * nu * sin(phi), across)
    return phi, atan2(y, x)
