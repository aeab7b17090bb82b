"""What reports say in words: each author's own sentences, and how a relay tells them again.

A sentence says what, and where, when, how or why. Clauses, what fills them and other words for
them lie in `phrases/`: the lists for training and those for evaluation have nothing in common.
What belongs to a ring (its hour, its van's colour) is the same in many reports; how it is put is
each author's own. A relay keeps the sentences and changes words, units, order, or quotes but some.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

_SLOT = re.compile(r"{(\w+)}")
# Slots that are filled alike in both splits.
_COUNTED: Mapping[str, Sequence[str]] = {
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "number": ("three", "four", "five", "six", "seven", "eight", "nine", "eleven", "twelve"),
    "hour": tuple(f"{n} am" for n in range(4, 9)) + tuple(f"{n} pm" for n in (1, 3, 5, 7, 9, 11)),
    "distance": tuple(f"{n} miles" for n in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20)),
    "money": tuple(map(str, (20, 40, 60, 150, 300, 450, 800, 1500, 2500, 5000, 9000, 14000))),
    "days": tuple(map(str, range(3, 22))),
    "hours": tuple(map(str, range(9, 17))),
}
# Marks that one author noticed and few others would.
_MARKS: Mapping[str, Callable[[Random], str]] = {
    "code": lambda random: f"{random.choice('ABCDEFGHJKLM')}{random.randrange(1000, 10_000)}",
    "small": lambda random: str(random.randrange(2, 400)),
    "letters": lambda random: "".join(random.choices("ABDEFGIKLMNOPRSTUVZ", k=4)),
}
# What a ring does alike whoever tells of it; each is used by an author as often as not.
_OF_RINGS = ("colour", "vehicle", "spot", "hour", "origin", "people")

MANNERS = ("verbatim", "reworded", "reworded", "quoted", "quoted", "summed")
"""How relays are told: word for word, in other words, in part, in part and in other words."""


@cache
def phrases(split: str) -> Mapping[str, Any]:
    """Return the lists of a split: `training` or `evaluation`."""
    path = files("producers.generator") / "phrases" / f"{split}.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True, slots=True)
class Matter:
    """What a ring does: fillers that reports on it have in common."""

    split: str
    fillers: Mapping[str, str]


def matter(random: Random, split: str) -> Matter:
    """Return what one more ring does."""
    return Matter(split, {slot: _filler(random, split, slot) for slot in _OF_RINGS})


def _filler(random: Random, split: str, slot: str) -> str:
    choices: Sequence[str] = _COUNTED.get(slot) or phrases(split)["fillers"][slot]
    return random.choice(choices)


def sentences(random: Random, told_of: Matter, names: Sequence[str], count: int) -> list[str]:
    """Return an author's own sentences on a matter."""

    def fill(found: re.Match[str]) -> str:
        slot = found[1]
        if slot == "name":
            return random.choice(names) if names else "The man"
        if slot in _MARKS:
            return _MARKS[slot](random)
        if slot in told_of.fillers and random.random() < 0.5:
            return told_of.fillers[slot]
        return _filler(random, told_of.split, slot)

    clauses: Mapping[str, Sequence[str]] = phrases(told_of.split)["clauses"]
    made = []
    for what in random.sample(clauses["what"], count):
        kinds = random.sample(("where", "when", "how", "why"), random.randint(2, 3))
        said = [what, *(random.choice(clauses[kind]) for kind in kinds)]
        if random.random() < 0.6:
            said.insert(random.randint(1, len(said) - 1), random.choice(clauses["detail"]))
        if kinds[-1] == "when" and random.random() < 0.5:  # time first, as often as last
            said = [f"{said.pop()},", *said]
        sentence = _SLOT.sub(fill, " ".join(said))
        made.append(sentence[0].upper() + sentence[1:] + ".")
    return made


def dressed(random: Random, split: str, told: Sequence[str]) -> str:
    """Return sentences as a report's text, now and then between formulas that its form prints."""
    lists = phrases(split)
    text = list(told)
    if random.random() < 0.3:
        text.insert(0, random.choice(lists["openings"]))
    if random.random() < 0.4:
        text.append(random.choice(lists["endings"]))
    return " ".join(text)


def retell(random: Random, split: str, told: Sequence[str], manner: str) -> list[str]:
    """Return the sentences that a relay makes of another's, in one of MANNERS."""
    kept = list(told)
    if manner in {"quoted", "summed"} and len(kept) > 1:
        chosen = sorted(random.sample(range(len(kept)), random.randint(1, len(kept) - 1)))
        kept = [kept[number] for number in chosen]
    if manner in {"reworded", "summed"}:
        kept = [_reworded(random, split, sentence) for sentence in kept]
        if random.random() < 0.3:
            random.shuffle(kept)
    return kept


def forwarded(random: Random, split: str, text: str) -> str:
    """Return a relay's text with an opening that says no more than that it is one."""
    if random.random() < 0.4:
        return f"{random.choice(phrases(split)['forwarding'])} {text}"
    return text


def _reworded(random: Random, split: str, sentence: str) -> str:
    others: Mapping[str, Sequence[str]] = phrases(split)["reword"]
    words = []
    for word in sentence.split(" "):
        bare = word.strip(",;.").casefold()
        if bare in others and random.random() < 0.6:
            words.append(word.casefold().replace(bare, random.choice(others[bare])))
        else:
            words.append(word)
    text = " ".join(words)
    if random.random() < 0.7:
        text = _translated(random, text)
    return text[0].upper() + text[1:]


def _translated(random: Random, text: str) -> str:
    """Turn miles into kilometres, the twelve-hour clock into the other, number words into digits"""
    unit = random.choice(("km", "kilometres"))
    text = re.sub(r"(\d+) miles", lambda m: f"{round(int(m[1]) * 1.609344)} {unit}", text)
    text = re.sub(
        r"\b(\d+) (am|pm)\b", lambda m: f"{int(m[1]) % 12 + 12 * (m[2] == 'pm'):02d}:00", text
    )
    digits = {"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
    return re.sub(
        r"\b(?:three|four|five|six|seven|eight|nine)\b", lambda m: str(digits[m[0]]), text
    )
