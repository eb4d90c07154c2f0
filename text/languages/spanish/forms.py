"""Plurals, and the other gender of Spanish adjectives and articles."""

from __future__ import annotations

import re
from typing import NamedTuple

from fairflip.text.languages.spanish.words import (
    ADJECTIVES,
    DETERMINERS,
    NO_ADJECTIVES,
)
from fairflip.text.languages.tokens import word_set

_ACCENTED = str.maketrans("áéíóú", "aeiou")
_MASCULINE_OF = {feminine: word for word, feminine in DETERMINERS.items()}
_LAST_ACCENT = re.compile("[áéíóú](?=[ns]$)")
_FINAL = (
    ("és", "esa"),
    ("eses", "esas"),
    ("án", "ana"),
    ("anes", "anas"),
    ("ón", "ona"),
    ("ones", "onas"),
    ("ín", "ina"),
    ("ines", "inas"),
)
# In words of these endings -o and -a say the gender, and no verb ends so.
_PARTICIPLE = re.compile(
    "(?:ad|id|uid|íd|ios|ísim|oric|étic|átic|ístic|ómic|ólic|ógic|éutic)[oa]s?$"
)
_AGENT = re.compile("[dts]or(?:a|es|as)?$")
_NO_AGENTS = word_set("mejor mayor menor peor superior inferior exterior interior anterior")
_NATIONS = word_set(
    """francés inglés irlandés escocés portugués holandés danés finlandés japonés tailandés libanés
    senegalés alemán catalán musulmán holgazán llorón gruñón mandón glotón juguetón parlanchín
    chiquitín cordobés aragonés leonés"""
)


class Agreeing(NamedTuple):
    """A word that agrees with a noun."""

    gender: str  # "m" or "f"
    number: str  # "s" or "p"
    other: str  # the same word in the other gender


def plural_of(noun: str) -> str:
    """The plural of a noun.

    >>> [plural_of(noun) for noun in ("médico", "ladrón", "juez", "francés", "joven")]
    ['médicos', 'ladrones', 'jueces', 'franceses', 'jóvenes']
    """
    if noun == "joven":
        return "jóvenes"
    if noun[-1] in "aeiouáéíóú":
        return f"{noun}es" if noun.endswith(("í", "ú")) else f"{noun}s"
    if noun.endswith("z"):
        return f"{noun[:-1]}ces"
    if noun in ("gay", "chef", "youtuber", "influencer", "mánager", "trans"):
        return {"gay": "gais", "trans": "trans"}.get(noun, f"{noun}s")
    return f"{_LAST_ACCENT.sub(lambda m: m.group().translate(_ACCENTED), noun)}es"


def determiner(word: str) -> Agreeing | None:
    """An article, or what stands in the place of one."""
    number = "p" if word.endswith("s") else "s"
    if word in DETERMINERS:
        return Agreeing("m", number, DETERMINERS[word])
    if word in _MASCULINE_OF:
        return Agreeing("f", number, _MASCULINE_OF[word])
    return None


def adjective(word: str) -> Agreeing | None:
    """A word that is surely an adjective or a participle with a gender."""
    if word in NO_ADJECTIVES:
        return None
    number = "p" if word.endswith("s") and not word.endswith(("és", "ás")) else "s"
    stem = word.removesuffix("s") if number == "p" else word
    if stem.endswith(("o", "a")) and len(stem) > 3:
        masculine = stem[:-1] + "o"
        if masculine in ADJECTIVES or _PARTICIPLE.search(word):
            return _by_vowel(word, number)
    if _AGENT.search(word) and _masculine_agent(word) not in _NO_AGENTS and len(word) > 5:
        if word.endswith(("ora", "oras")):
            new = word[:-1] if number == "s" else f"{word[:-2]}es"
            return Agreeing("f", number, new)
        return Agreeing("m", number, f"{word}a" if number == "s" else f"{word[:-2]}as")
    return _by_nation(word)


def _masculine_agent(word: str) -> str:
    return re.sub("(?:a|es|as)$", "", word)


def _by_vowel(word: str, number: str) -> Agreeing:
    place = -2 if number == "p" else -1
    gender = "m" if word[place] == "o" else "f"
    new = word[:place] + ("a" if gender == "m" else "o") + ("s" if number == "p" else "")
    return Agreeing(gender, number, new)


def _by_nation(word: str) -> Agreeing | None:
    if word in ("español", "españoles"):
        return Agreeing(
            "m",
            "p" if word.endswith("s") else "s",
            word.removesuffix("es") + ("as" if word.endswith("es") else "a"),
        )
    if word in ("española", "españolas"):
        return Agreeing(
            "f",
            "p" if word.endswith("s") else "s",
            ("españoles" if word.endswith("s") else "español"),
        )
    for masculine, feminine in _FINAL:
        is_plural = feminine.endswith("s")
        for own, other, gender in ((masculine, feminine, "m"), (feminine, masculine, "f")):
            if word.endswith(own):
                stem = word[: -len(own)]
                singular = stem + _FINAL[_FINAL.index((masculine, feminine)) - is_plural][0]
                if singular in _NATIONS:
                    return Agreeing(gender, "p" if is_plural else "s", stem + other)
    return None


def unknown_adjective(word: str) -> Agreeing | None:
    """A word that may be an adjective, by its last letters alone."""
    if word in NO_ADJECTIVES or len(word) < 4 or word.endswith(("ando", "iendo", "yendo")):
        return None
    if re.search("[oa]s?$", word):
        return _by_vowel(word, "p" if word.endswith("s") else "s")
    return None
