"""Comparisons: how far two values agree, as a level. Pure, vectorised, symmetric.

Each takes two lists of normalised values of the same length, none of them empty, and returns one
level a pair: 0 is different, the last is the same. `LEVELS` names them.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from repository.linking import name_levels
from repository.linking.addresses import house_of, street_words
from repository.linking.ages import days_of
from repository.linking.distances import (
    Levels,
    Texts,
    edits,
    equal,
    initial,
    jaro_winkler,
    lengths,
)
from repository.linking.identifiers import two_for_certain

Comparison = Callable[[Texts, Texts], Levels]

LEVELS: Mapping[str, tuple[str, ...]] = {
    "name": name_levels.LEVELS,
    "date": (
        "different", "years_near", "two_digits", "year_same", "day_and_month_same", "days_near",
        "year_known_same", "two_parts_same", "swapped", "one_digit", "month_known_same", "same",
    ),
    "code": ("different", "similar", "one_error", "same"),
    "email": (
        "different", "similar", "mailbox_of_letters", "same_mailbox", "one_error",
        "shared_mailbox", "same",
    ),
    "phone": ("different", "one_error", "same"),
    "text": ("different", "related", "similar", "same"),
    "postcode": ("different", "district_same", "one_error", "same"),
    "address": ("different", "house_same", "street_similar", "related", "similar", "same"),
    "organisation": ("different", "related", "contained", "similar", "same"),
    "category": ("different", "same"),
    "number": ("different", "near", "same"),
    "span": ("far", "apart", "near", "fits"),
    "coordinates": ("different", "within_1_km", "within_100_m", "same_spot"),
}  # fmt: skip


def _date_parts(texts: Texts) -> npt.NDArray[np.int64]:
    """Return years, months and days, one row a date."""
    whole = np.array(texts, "U8").astype(np.int64) if len(texts) else np.zeros(0, np.int64)
    return np.stack([whole // 10_000, whole // 100 % 100, whole % 100], axis=1)


def date(a: Texts, b: Texts) -> Levels:
    """Dates (YYYYMMDD, 00 for unknown parts): swapped day and month, slips of one digit, parts.

    The first of January is what registries write for a year of birth alone.
    """
    count = len(a)
    apart = edits(a, b, 2)
    x, y = _date_parts(a), _date_parts(b)
    same = x == y
    known = (x > 0) & (y > 0)
    full = known.all(axis=1)
    levels = np.zeros(count, np.int8)
    years = np.abs(x[:, 0] - y[:, 0])
    # What is written for a year alone has no day or month to compare.
    new_year = ((x[:, 1:] == 1).all(axis=1)) | ((y[:, 1:] == 1).all(axis=1))
    full &= ~new_year
    levels[years <= 1] = 1
    levels[full & (apart == 2)] = 2
    levels[same[:, 0]] = 3
    levels[full & same[:, 1] & same[:, 2]] = 4
    days = np.abs((x - y) @ np.array([372, 31, 1]))
    levels[full & (days <= 31)] = 5
    levels[same[:, 0] & (new_year | ~known[:, 1])] = 6
    levels[full & same[:, 0] & (same[:, 1] | same[:, 2])] = 7
    crossed = (x[:, 1] == y[:, 2]) & (x[:, 2] == y[:, 1]) & same[:, 0] & full
    levels[crossed] = 8
    levels[full & (apart == 1)] = 9
    levels[~full & ~new_year & same[:, 0] & same[:, 1] & known[:, 1]] = 10
    levels[full & same.all(axis=1)] = 11
    return levels


def _of_any_country(one: str, other: str) -> bool:
    """One registration (`gb:ab12cde`), of which one side does not say the country (`:ab12cde`)."""
    return one.startswith(":") != other.startswith(":") and (
        one.partition(":")[2] == other.partition(":")[2]
    )


def code(a: Texts, b: Texts) -> Levels:
    """Identifiers: the same, one slip of the hand, or much alike, unless check digits tell two."""
    apart = edits(a, b, 2)
    shorter = lengths(a, b)
    levels = np.zeros(len(a), np.int8)
    levels[(apart == 2) & (shorter >= 6)] = 1
    levels[(apart == 1) & (shorter >= 4)] = 2
    # Few pairs come so near; a country's code (ISO 3166-1 alpha-2) has two letters.
    for at in np.flatnonzero((apart > 0) & (apart <= 2)).tolist():
        if _of_any_country(a[at], b[at]):
            levels[at] = 3
        elif two_for_certain(a[at], b[at]):
            levels[at] = 0
    levels[apart == 0] = 3
    return levels


# Mailboxes of an office, not of a person (RFC 2142 and its like).
_OFFICES = (
    "info office admin contact enquiries enquiry sales support hello mail email webmaster help "
    "postmaster accounts reception hr jobs marketing service team noreply hostmaster"
)
OFFICES = frozenset(_OFFICES.split())


def email(a: Texts, b: Texts) -> Levels:
    """E-mail addresses: the same, one or two slips, the same mailbox elsewhere, much alike.

    A mailbox of letters alone is mostly the name again, with another provider.
    """
    boxes = [x.partition("@")[0] for x in a], [y.partition("@")[0] for y in b]
    apart = edits(a, b, 2)
    levels = np.zeros(len(a), np.int8)
    ratio = cpdist(a, b, scorer=fuzz.ratio, dtype=np.float32)
    inside = cpdist(*boxes, scorer=fuzz.ratio, dtype=np.float32)
    levels[(ratio >= 80) & (inside >= 75)] = 1
    letters = np.fromiter((not any(map(str.isdigit, box)) for box in boxes[0]), bool, len(a))
    same = equal(*boxes) & (lengths(*boxes) >= 3)
    levels[same] = np.where(letters, 2, 3)[same]
    levels[(apart <= 2) & (lengths(a, b) >= 8)] = 4
    office = np.fromiter((box in OFFICES for box in boxes[0]), bool, len(a))
    levels[apart == 0] = np.where(office, 5, 6)[apart == 0]
    return levels


def phone(a: Texts, b: Texts) -> Levels:
    """Telephone numbers, read from the right, since the country or area may be left out."""
    lengths = [min(len(x), len(y)) for x, y in zip(a, b, strict=True)]
    ends = (
        [x[-n:] for x, n in zip(a, lengths, strict=True)],
        [y[-n:] for y, n in zip(b, lengths, strict=True)],
    )
    apart = edits(*ends, 1)
    levels = np.zeros(len(a), np.int8)
    levels[apart == 1] = 1
    levels[apart == 0] = 2
    return levels


def text(a: Texts, b: Texts) -> Levels:
    """Short free text (a town, an occupation): slips, another order of words, shared ones."""
    apart = edits(a, b, 2)
    winkler = jaro_winkler(a, b)
    shorter = lengths(a, b)
    levels = np.zeros(len(a), np.int8)
    shared = cpdist(a, b, scorer=fuzz.token_set_ratio, dtype=np.float32)
    ordered = cpdist(a, b, scorer=fuzz.token_sort_ratio, dtype=np.float32)
    levels[(shared >= 85) | (winkler >= 0.85)] = 1
    levels[
        ((apart == 1) & (shorter >= 4))
        | ((apart == 2) & (shorter >= 6))
        | (winkler >= 0.93)
        | (ordered >= 90)
    ] = 2
    levels[apart == 0] = 3
    return levels


def postcode(a: Texts, b: Texts) -> Levels:
    """Postcodes: the same, one slip, or the same district (all but the last three)."""
    apart = edits(a, b, 1)
    levels = np.zeros(len(a), np.int8)
    areas = (
        [x[:-3] if len(x) > 4 else x[:2] for x in a],
        [y[:-3] if len(y) > 4 else y[:2] for y in b],
    )
    levels[equal(*areas)] = 1
    levels[apart == 1] = 2
    levels[apart == 0] = 3
    return levels


@lru_cache(maxsize=200_000)
def _parts(text: str) -> tuple[str, str]:
    return house_of(text), " ".join(street_words(text))


def address(a: Texts, b: Texts) -> Levels:
    """Addresses: house number and the words that tell one street from another, slips allowed."""
    count = len(a)
    apart = edits(a, b, 2)
    left, right = [_parts(x) for x in a], [_parts(y) for y in b]
    streets = cpdist(
        [s for _, s in left], [s for _, s in right], scorer=fuzz.token_set_ratio, dtype=np.float32
    )
    ordered = cpdist(a, b, scorer=fuzz.token_sort_ratio, dtype=np.float32)
    winkler = jaro_winkler([s for _, s in left], [s for _, s in right])
    house = np.fromiter((h[0] == k[0] != "" for h, k in zip(left, right, strict=True)), bool, count)
    named = np.fromiter(
        (bool(h[1] and k[1]) for h, k in zip(left, right, strict=True)), bool, count
    )
    unlike = np.fromiter(
        (bool(h[0] and k[0] and h[0] != k[0]) for h, k in zip(left, right, strict=True)),
        bool,
        count,
    )
    levels = np.zeros(count, np.int8)
    levels[house] = 1
    alike = named & ((streets >= 85) | (winkler >= 0.9))
    levels[alike] = 2
    levels[(ordered >= 75) & ~unlike] = 3
    levels[
        (house & alike)
        | ((apart <= 2) & ~unlike & (lengths(a, b) >= 6))
        | ((ordered >= 90) & ~unlike)
    ] = 4
    levels[apart == 0] = 5
    return levels


@lru_cache(maxsize=200_000)
def _slip(x: str, y: str) -> bool:
    """Two words that one or two slips of the hand turn into each other."""
    most = 2 if min(len(x), len(y)) >= 7 else 1
    return min(len(x), len(y)) >= 4 and OSA.distance(x, y, score_cutoff=most) <= most


def _shared(x: str, y: str) -> tuple[float, float]:
    """Return what share of the shorter and of the longer name both have, by letters."""
    one, other = set(x.split()), set(y.split())
    common = one & other
    letters = float(sum(map(len, common)))
    rest = other - common
    for word in sorted(one - common):
        found = next((w for w in sorted(rest) if _slip(word, w)), None)
        if found:
            rest.discard(found)
            letters += (len(word) + len(found)) / 2
    short, long = sorted((sum(map(len, one)), sum(map(len, other))))
    return min(letters / max(short, 1), 1.0), min(letters / max(long, 1), 1.0)


def organisation(a: Texts, b: Texts) -> Levels:
    """Names of organisations and places: slips, word order, one name within the other."""
    apart = edits(a, b, 2)
    shared = np.array([_shared(x, y) for x, y in zip(a, b, strict=True)]).reshape(len(a), 2)
    squashed = cpdist(
        [x.replace(" ", "") for x in a], [y.replace(" ", "") for y in b],
        scorer=OSA.normalized_similarity, dtype=np.float32,
    )  # fmt: skip
    levels = np.zeros(len(a), np.int8)
    levels[(shared[:, 0] >= 0.5) | (squashed >= 0.7)] = 1
    levels[(shared[:, 0] >= 0.9) | (squashed >= 0.8)] = 2
    levels[((apart <= 2) & (lengths(a, b) >= 5)) | (shared[:, 1] >= 0.85) | (squashed >= 0.88)] = 3
    levels[apart == 0] = 4
    return levels


def category(a: Texts, b: Texts) -> Levels:
    """One of a few words: the same, or one written as the other's first letter."""
    return np.fromiter(
        (x == y or initial(x, y) for x, y in zip(a, b, strict=True)), np.int8, len(a)
    )


def _numbers(text: str) -> tuple[float, float]:
    """Return a number twice, or the two of a range (`25-35`)."""
    low, _, high = text.replace(" ", ".").partition("-")
    try:
        return float(low), float(high or low)
    except ValueError:
        return float("nan"), float("nan")


def number(a: Texts, b: Texts) -> Levels:
    """Numbers: the same, or one or two apart, as ages are told a year or two later.

    Of a range no more is known than that it is near.
    """
    x, y = (np.array([_numbers(t) for t in texts]).reshape(len(a), 2) for texts in (a, b))
    apart = np.maximum(x[:, 0], y[:, 0]) - np.minimum(x[:, 1], y[:, 1])
    exact = (x[:, 0] == x[:, 1]) & (y[:, 0] == y[:, 1])
    levels = np.zeros(len(a), np.int8)
    levels[apart <= 2] = 1
    levels[(exact & (apart == 0)) | (equal(a, b) & np.isnan(apart))] = 2
    return levels


# Three and ten years, between days as numbers (YYYYMMDD).
_NEAR, _FAR = 3_0000, 10_0000


def span(a: Texts, b: Texts) -> Levels:
    """Between which days two may have been born, by age or date: days that both have, or how far
    apart.
    """
    x, y = (np.array([days_of(t) for t in texts], np.int64).reshape(len(a), 2) for texts in (a, b))
    apart = np.maximum(x[:, 0], y[:, 0]) - np.minimum(x[:, 1], y[:, 1])
    levels = np.zeros(len(a), np.int8)
    levels[apart <= _FAR] = 1
    levels[apart <= _NEAR] = 2
    levels[apart <= 0] = 3
    return levels


def coordinates(a: Texts, b: Texts) -> Levels:
    """Latitude and longitude in degrees (`51.5,-0.12`): the distance on the ground.

    One spot is within ten metres, by degrees that say so: those of a town have few decimals.
    """
    x = np.array([[float(part) for part in t.split(",")] for t in a]).reshape(len(a), 2)
    y = np.array([[float(part) for part in t.split(",")] for t in b]).reshape(len(b), 2)
    north = (x[:, 0] - y[:, 0]) * 111_320
    east = (x[:, 1] - y[:, 1]) * 111_320 * np.cos(np.radians((x[:, 0] + y[:, 0]) / 2))
    metres = np.hypot(north, east)
    levels = np.zeros(len(a), np.int8)
    levels[metres <= 1000] = 1
    levels[metres <= 100] = 2
    exact = np.fromiter((_exact(s) and _exact(t) for s, t in zip(a, b, strict=True)), bool, len(a))
    levels[(metres <= 10) & exact] = 3
    return levels


def _exact(degrees: str) -> bool:
    """Whether a latitude or a longitude has the four decimals that tell ten metres."""
    return any(len(part.partition(".")[2].rstrip("0")) >= 4 for part in degrees.split(","))


COMPARISONS: Mapping[str, Comparison] = {
    "name": name_levels.name, "date": date, "code": code, "email": email, "phone": phone,
    "text": text, "postcode": postcode, "address": address, "organisation": organisation,
    "category": category, "number": number, "span": span, "coordinates": coordinates,
}  # fmt: skip
