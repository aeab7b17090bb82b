"""Invented people: names true to their languages, spelled as files really spell them."""

import json
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from producers.generator.noise import Parts, date_written, left_out, name_noise

LANGUAGES = (
    "lithuanian",
    "vietnamese",
    "chinese",
    "romanian",
    "nigerian",
    "albanian",
    "thai",
    "afghan",
    "british",
)
# Letters that have no decomposition into a plain letter and a mark.
_PLAIN = str.maketrans({"Đ": "D", "đ": "d", "ł": "l", "Ł": "L", "ø": "o"})


@dataclass(frozen=True, slots=True)
class Invented:
    """A person who does not exist. `truth` is the same wherever the person appears."""

    truth: str
    language: str
    country: str
    given: str
    family: str
    family_first: bool
    sex: str
    born: date
    passport: str
    split: str = "training"


@cache
def name_list(language: str) -> dict[str, Any]:
    """Return the names of a language: disjoint `training` and `evaluation` lists."""
    path = files("producers.generator") / "names" / f"{language}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def invent(
    random: Random,
    number: int,
    *,
    language: str,
    sex: str,
    child: bool = False,
    split: str = "training",
) -> Invented:
    """Return a person; `number` must be new, it keeps the passport number unique."""
    names = name_list(language)
    chosen = names[split]
    age = random.randint(9, 17) if child else random.randint(19, 45)
    return Invented(
        truth=f"person-{number}",
        language=language,
        country=names["country"],
        given=random.choice(chosen[sex]),
        family=random.choice(chosen["family"]),
        family_first=names["order"] == "family_first",
        sex=sex,
        born=date(2009, 3, 1) - timedelta(days=365 * age + random.randrange(364)),
        passport=f"{names['country']}{passport_number(number, split):07d}",
        split=split,
    )


def passport_number(number: int, split: str) -> int:
    """Return seven digits, new for each number: one wrong digit must not make a neighbour's.

    The training split counts upwards, as published scenarios do.
    """
    return number if split == "training" else (number * 7_368_787 + 1_234_567) % 10_000_000


def plain(text: str) -> str:
    """Return the text without its diacritics, as most police systems keep it."""
    parts = unicodedata.normalize("NFD", text.translate(_PLAIN))
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


def spelled(random: Random, person: Invented, *, noise: float = 0.3) -> dict[str, Any]:
    """Return a name as one clerk wrote it: marks dropped, order swapped, another transliteration.

    `noise` is the share of names that differ from the person's own spelling.
    """
    given, family, family_first = person.given, person.family, person.family_first
    if random.random() < noise:
        match random.choice(("plain", "plain", "swapped", "transliterated")):
            case "plain":
                given, family = plain(given), plain(family)
            case "swapped":
                given, family, family_first = plain(given), plain(family), not family_first
            case _:
                others = name_list(person.language)["other_spellings"]
                given = random.choice(others.get(given, [given]))
                family = random.choice(others.get(family, [family]))
    written = name_noise(random, person.split, Parts(given, family, family_first))
    given, family, family_first = written.given, written.family, written.family_first
    full = f"{family} {given}" if family_first else f"{given} {family}"
    if not written.told_apart:
        return {"full": full, "script": "Latn", "kind": "legal"}
    return {
        "full": full,
        "given": given,
        "family": family,
        "order": "family_first" if family_first else "given_first",
        "script": "Latn",
        "kind": "legal",
    }


def person_details(
    random: Random,
    person: Invented,
    *,
    age_status: str = "adult",
    noise: float = 0.3,
    document: bool | None = None,
) -> dict[str, Any]:
    """Return the `person` of a subject, in source form."""
    shown = random.random() < 0.4 if document is None else document
    details: dict[str, Any] = {
        "names": [spelled(random, person, noise=noise)],
        "sex": person.sex,
        "date_of_birth": date_written(random, person.split, person.born),
        "age_status": age_status,
        "nationalities": [person.country],
    }
    if details["date_of_birth"] is None:
        del details["date_of_birth"]
    if shown:
        details["documents"] = [
            {"kind": "passport", "number": person.passport, "issuer": person.country}
        ]
    left_out(random, person.split, details)
    return {"person": details}
