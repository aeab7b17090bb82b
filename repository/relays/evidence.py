"""Evidence: when two reports are one told twice. One row a kind of evidence. Pure.

The wording decides; that both are on the same matter, near in time, only lowers the bar. Amounts
are absolute (shared informative words, never shares of a text), so that a formula found out later
can only take evidence away, and the order in which reports arrive does not matter.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Any

from repository.relays.telling import Telling
from repository.relays.wording import Passage

WINDOW = timedelta(days=120)
"""Reports on the same subject that are further apart do not support each other's likeness."""


class Verdict(IntEnum):
    """What a pair is held to be. `POSSIBLE` is never corroboration and never called a relay."""

    POSSIBLE = 0
    RELAY = 1


@dataclass(frozen=True, slots=True)
class Wording:
    """One row: how alike passages must be, and how many informative words they share in all.

    `together`: for reports that share a subject within the window, else for those that share none.
    `likeness` is the exact Jaccard similarity of two passages' shingles, `contained` the share of
    the smaller one's shingles that the other holds; either is enough. 2 is never reached.
    """

    kind: str
    together: bool
    likeness: float
    contained: float
    words: int
    verdict: Verdict
    meaning: str


# In order: the first row that a pair fulfils is what it is. Set on the generator's training lists,
# where independent reports on one matter rarely reach 0.55, and reworded relays rarely stay below;
# without a common subject so many more pairs meet that chance alone would reach it.
WORDINGS: tuple[Wording, ...] = (
    Wording("quoted", True, 2, 0.97, 10, Verdict.RELAY, "a passage word for word"),
    Wording("close", True, 2, 0.85, 7, Verdict.RELAY, "a passage nearly word for word"),
    Wording("reworded", True, 0.55, 2, 8, Verdict.RELAY, "the same sentences in other words"),
    Wording("alike", True, 0.28, 0.5, 4, Verdict.POSSIBLE, "some of the same words"),
    Wording("copied", False, 0.9, 0.95, 18, Verdict.RELAY, "a long passage, on other subjects"),
    Wording("retold", False, 0.5, 2, 24, Verdict.RELAY, "several sentences, on other subjects"),
    # Of a name spelt otherwise, or months later, no subject is common: it may be one report still.
    Wording("likewise", False, 0.6, 0.75, 8, Verdict.POSSIBLE, "much the same words, of others"),
)
CITED = "cited"
"""The kind of evidence of a report that says whose report it passes on."""
CERTAIN = frozenset({CITED, "quoted"})
"""Kinds of evidence that leave no doubt whose words they are."""

MEANINGS: Mapping[str, str] = {one.kind: one.meaning for one in WORDINGS} | {
    CITED: "it says so: its provenance names the other report"
}


@dataclass(frozen=True, slots=True)
class Likeness:
    """What was found of a pair: kind of evidence, verdict, score from 0 to 1, and why."""

    kind: str
    verdict: Verdict
    score: float
    why: Mapping[str, Any]


def same_matter(one: Telling, other: Telling) -> int:
    """Return how many subjects two tellings share within the window; 0 outside it."""
    if abs(one.reported_at - other.reported_at) > WINDOW:
        return 0
    return len(one.subjects & other.subjects)


def compare(one: Sequence[Passage], other: Sequence[Passage], *, subjects: int) -> Likeness | None:
    """Return what two texts' wording shows, or None. Symmetric.

    The passages are those that are no formulas; `subjects` is the number of subjects in common.
    """
    pairs = [(a, b) for a in one for b in other if not a.shingles.isdisjoint(b.shingles)]
    if not pairs:
        return None
    scored = []
    for a, b in pairs:
        both = a.shingles & b.shingles
        shared = len(both)
        likeness = shared / (len(a.shingles) + len(b.shingles) - shared)
        contained = shared / min(len(a.shingles), len(b.shingles))
        scored.append((likeness, contained, sum(not one & 1 for one in both), a, b))
    for row in WORDINGS:
        if row.together != bool(subjects):
            continue
        enough = [one for one in scored if one[0] >= row.likeness or one[1] >= row.contained]
        words = _words(enough)
        if words >= row.words:
            best = max(one[1] if row.contained <= 1 else one[0] for one in enough)
            why = {"words": words, "passages": len(enough), "subjects": subjects}
            return Likeness(row.kind, row.verdict, round(best, 3), why)
    return None


def _words(scored: Sequence[tuple[float, float, int, Passage, Passage]]) -> int:
    """Return the words shared, each passage used once, the best pairs first."""
    used: set[int] = set()
    words = 0
    order = sorted(scored, key=lambda s: (-s[2], -s[0], *sorted((s[3].digest, s[4].digest))))
    for _, _, shared, a, b in order:
        if a.digest in used or b.digest in used:
            continue
        # Equal passages have one digest, which then counts once.
        used |= {a.digest, b.digest}
        words += shared
    return words
