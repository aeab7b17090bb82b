"""Quantities in words: one spelling whatever the unit or the clock, so that a relay keeps them.

Pure. A relay that turns miles into kilometres or "5 am" into "05:00" says the same thing.
"""

import re
from collections.abc import Mapping

# One row a unit: its spellings, what it becomes, and how many of that it is (exact by definition:
# the international yard and pound, 1959).
UNITS: tuple[tuple[str, str, float], ...] = (
    (r"miles?", "km", 1.609344),
    (r"(?:km|kms|kilomet(?:re|er)s?)", "km", 1.0),
    (r"(?:yds?|yards?)", "metre", 0.9144),
    (r"(?:ft|foot|feet)", "metre", 0.3048),
    (r"met(?:re|er)s?", "metre", 1.0),
    (r"(?:lbs?|pounds? in weight)", "kg", 0.45359237),
    (r"stones?", "kg", 6.35029318),
    (r"(?:kg|kgs|kilos?|kilograms?)", "kg", 1.0),
    (r"fortnights?", "week", 2.0),
    (r"dozen", "", 12.0),
)
_UP_TO_TWENTY = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty
"""
_TENS = "thirty forty fifty sixty seventy eighty ninety"
NUMBER_WORDS: Mapping[str, int] = {
    **{word: number for number, word in enumerate(_UP_TO_TWENTY.split())},
    **{word: 10 * number for number, word in enumerate(_TENS.split(), start=3)},
}

_NUMBER = r"(\d{1,6}(?:\.\d+)?)"
_WORDS = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_CLOCK = re.compile(
    r"\b(\d{1,2})(?:[:.]?([0-5]\d))?\s*"
    r"(a\.?m\b\.?|p\.?m\b\.?|in the morning|in the afternoon|in the evening|at night|o'?clock)",
    re.IGNORECASE,
)
_CLOCK_24 = re.compile(r"\b([01]?\d|2[0-3])(?::([0-5]\d)|([0-5]\d)\s*(?:hrs?|hours)\b)")
_UNITS = tuple(
    (re.compile(rf"\b{_NUMBER}[\s-]*{spelling}\b", re.IGNORECASE), name, factor)
    for spelling, name, factor in UNITS
)


def _hour(found: re.Match[str]) -> str:
    hour, minute, part = int(found[1]), found[2] or "00", found[3].casefold()
    if hour > 12:
        return f" clock{hour:02d}h{minute} " if hour < 24 else found[0]
    late = part.startswith("p") or part.endswith(("afternoon", "evening"))
    late = late or (part.endswith("night") and hour % 12 >= 6)
    if part.startswith("o"):
        return f" clock{hour:02d}h{minute} "
    return f" clock{hour % 12 + 12 * late:02d}h{minute} "


def one_spelling(text: str) -> str:
    """Return the text with number words as digits, clocks by 24 hours, and metric units.

    Converted quantities are rounded to whole ones: 10 miles and 16 kilometres are equal.
    """
    text = _WORDS.sub(lambda found: str(NUMBER_WORDS[found[1].casefold()]), text)
    text = _THOUSANDS.sub("", text)
    text = _CLOCK.sub(_hour, text)
    text = _CLOCK_24.sub(lambda f: f" clock{int(f[1]):02d}h{f[2] or f[3]} ", text)
    for pattern, name, factor in _UNITS:
        text = pattern.sub(lambda f, n=name, k=factor: f" {round(float(f[1]) * k)} {n} ", text)  # type: ignore[misc]
    return text
