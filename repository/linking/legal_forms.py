"""Legal forms: what names say of the sort of body that bears them, and tells none from others.

A form counts at the end of a name or of a part of it, and some at its beginning, where their
country writes them: in AB Cleaning and SA Logistics the letters are the name. As lower-case ASCII,
without dots and spaces, as `normalise.plain` writes them: ТзОВ is `tzov`, OÜ is `ou`. (cleanco 2.3
knows forms at the end, none in Cyrillic, and leaves nothing of Co-op.)
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from repository.linking.normalise import tokens


def _forms(rows: Mapping[str, str]) -> frozenset[str]:
    return frozenset(form for row in rows.values() for form in row.split())


# By the country or countries whose law has them.
AT_THE_END: Mapping[str, str] = {
    "gb ie": "ltd limited plc llp lp cic cio ultd dac clg teo teoranta cyf cyfyngedig",
    "us": "inc incorporated corp corporation company co llc lllp pllc",
    "au in my sg za": "pty pte pvt privatelimited privateltd bhd sdn sdnbhd",
    "al xk": "shpk sha",
    "at ch de": "gmbh ag kg kgaa ohg gbr ug ev mbh haftungsbeschrankt",
    "ba hr me mk rs si": "doo dd jdoo dooel ad",
    "be fr lu nl": "bv bvba nv vof cv srl sprl sarl sa sas sasu eurl snc scs",
    "bg": "ood eood ad ead kd",
    "by kz ru": "ooo oao zao pao jsc ojsc cjsc pjsc",
    "cz sk": "sro spolsro as vos",
    "dk no se fi": "aps ab as asa oy oyj oyab",
    "ee lt lv": "ou sia uab mb vsi",
    "es pt br it": "sl slu sll sau lda unipessoal ltda eireli srls spa sc",
    "hu": "kft bt zrt nyrt kkt",
    "pl": "spzoo spj spk psa",
    "ro md": "srl srld",
    "tr cn hk th vn": "sti ltdsti",
    "ua": "tov tzov pat prat",
}
AT_THE_START: Mapping[str, str] = {
    "ee lt lv": "uab sia ou vsi",
    "ru by kz": "ooo oao zao pao",
    "ua": "tov tzov fop prat",
    "pl": "phu pphu fhu",
    "ro": "sc",
}
_END, _START = _forms(AT_THE_END), _forms(AT_THE_START)
# Forms that are words, too: a spa, the Co-op's SC. Only with dots, or in their own capitals.
_DOTTED = frozenset({"spa", "sc", "ev", "pat"})
_AS_WRITTEN = re.compile(r"\b(?:SpA|e\.?V)\b")
# These are no words, and end a name wherever they stand after it: `Alpha Ltd Leeds depot`.
_NO_WORDS = (
    "ltd plc llp inc incorporated corp corporation llc pty pvt gmbh srl sro spzoo ood eood kft zrt "
    "uab shpk"
)
_ANYWHERE = frozenset(_NO_WORDS.split())
_WHOLE = frozenset({"privatelimited", "privateltd", "sdnbhd", "ltdsti"})
# Words that a name is given with and without, wherever they stand.
FILLING = frozenset({"the", "and", "of"})
# A name in brackets or after `trading as` is a part by itself.
_PARTS = re.compile(r"[()\[\],;]|\bt/a\b|\btrading as\b", re.IGNORECASE)
_MOST_WORDS = 4


# Agencies tell of the same bodies again and again.
@lru_cache(maxsize=50_000)
def without_form(text: str) -> tuple[str, ...]:
    """Return the words of an organisation's name without its legal form and what fills it up.

    At least one word is kept that is more than a letter, if there is one.
    """
    parts = [_stripped(part) for part in _PARTS.split(text)]
    # A part that is all form (`Alpha, Ltd`) goes too, where another says the name.
    named = [word for words in parts if not _is_form(words, _END) for word in words]
    kept = tuple(
        word
        for at, word in enumerate(named)
        if word not in FILLING and (not at or word not in _ANYWHERE)
    )
    return kept or tuple(word for words in parts for word in words)


def _stripped(part: str) -> list[str]:
    said = words = tokens(_AS_WRITTEN.sub(lambda found: " ".join(found[0].replace(".", "")), part))
    while rest := _without_one(words):
        words = rest
    # A Romanian firm (`societate comercială`) says so at both ends.
    romanian = words[:1] == ["sc"] and len(words) > 1 and said[-1] in {"srl", "sa"}
    return words[1:] if romanian else words


def _without_one(words: list[str]) -> list[str]:
    """Return the words without the form at the end, or else at the beginning; none if none is."""
    for count in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        if _is_form(words[-count:], _END) and _names(words[:-count]):
            return words[:-count]
    for count in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        if _is_form(words[:count], _START) and _names(words[count:]):
            return words[count:]
    return []


def _is_form(run: list[str], forms: frozenset[str]) -> bool:
    """Whether these words are a form: one word, or its letters with dots or spaces between."""
    joined = "".join(run)
    if joined not in forms:
        return False
    if len(run) == 1:
        return joined not in _DOTTED
    return joined in _WHOLE or any(len(word) == 1 for word in run)


def _names(words: list[str]) -> bool:
    return any(len(word) > 1 and word not in FILLING for word in words)
