"""Formulas: sentences that forms print and clerks paste. They tell nothing, so nobody relays them.

Pure. What is listed here is left out from the start; a sentence that many reports on unlike
subjects hold is found to be one as they arrive (`common`).
"""

import re

# One row a formula, a pattern over a whole sentence. Sources: the 5x5x5 information/intelligence
# report (Form A) and its covering sheets; common openings and endings of police reports.
FORMULAS: tuple[str, ...] = (
    r"\b(?:form a|5\s*x\s*5\s*x\s*5|3\s*x\s*5\s*x\s*2)\b.{0,120}",
    r".{0,40}\binformation\s*/?\s*(?:and\s*)?intelligence report\b.{0,80}",
    r".{0,80}\bhandling (?:code|instructions?|conditions?)\b.{0,120}",
    r".{0,80}\b(?:not|may|must|should)\b.{0,30}\bdisseminat\w+\b.{0,160}",
    r".{0,60}\bpermission of the originator\b.{0,80}",
    r".{0,60}\bevaluat(?:ed|ion)\b.{0,40}\b(?:source|intelligence|information)\b.{0,80}",
    r".{0,60}\b(?:sanitised|sanitized|risk assess(?:ed|ment)|public interest immunity)\b.{0,100}",
    r"(?:the )?following (?:information|intelligence) (?:has been|was|is) \w+.{0,60}",
    r".{0,40}\bno (?:further|other) (?:information|intelligence|details?)\b.{0,80}",
    r".{0,40}\b(?:has|have) not been (?:verified|corroborated|tested)\b.{0,80}",
    r"(?:received|passed on|forwarded|relayed) (?:from|by|to)\b.{0,80}",
    r"(?:for|passed for) (?:information|action|your attention)\b.{0,40}",
)
_FORMULA = re.compile("|".join(f"(?:{one})" for one in FORMULAS), re.IGNORECASE)

COMMON = 12
"""A sentence that reports on so many unlike subjects hold word for word is a formula."""


def is_formula(sentence: str) -> bool:
    """Return whether a sentence is one of the listed formulas, whole."""
    return _FORMULA.fullmatch(sentence.strip(" .!?;:-*_\t")) is not None
