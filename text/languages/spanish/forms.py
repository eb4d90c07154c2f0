"""Plurals, and the other gender of Spanish adjectives and articles."""

from __future__ import annotations

import re

from fairflip.text.languages.romance.agreement import Agreeing, both_ways, by_vowel
from fairflip.text.languages.spanish.words import ADJECTIVES, DETERMINERS, NO_ADJECTIVES
from fairflip.text.languages.tokens import word_set

_ACCENTED = str.maketrans("áéíóú", "aeiou")
_DETERMINERS = {
    **both_ways([pair for pair in DETERMINERS.items() if not pair[0].endswith("s")], "s"),
    **both_ways([pair for pair in DETERMINERS.items() if pair[0].endswith("s")], "p"),
}
_LAST_ACCENT = re.compile("[áéíóú](?=[ns]$)")
_FINAL = (("és", "esa"), ("án", "ana"), ("ón", "ona"), ("ín", "ina"))
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


def plural_of(noun: str, gender: str = "") -> str:
    """The plural of a noun, whatever its gender.

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
    return _DETERMINERS.get(word)


def adjective(word: str) -> Agreeing | None:
    """A word that is surely an adjective or a participle with a gender."""
    if word in NO_ADJECTIVES:
        return None
    number = "p" if word.endswith("s") and not word.endswith(("és", "ás")) else "s"
    stem = word.removesuffix("s") if number == "p" else word
    if stem.endswith(("o", "a")) and len(stem) > 3:
        masculine = stem[:-1] + "o"
        if masculine in ADJECTIVES or _PARTICIPLE.search(word):
            return by_vowel(word, number)
    if _AGENT.search(word) and _masculine_agent(word) not in _NO_AGENTS and len(word) > 5:
        masculine = _masculine_agent(word)
        is_feminine = word.endswith(("ora", "oras"))
        return Agreeing(
            "f" if is_feminine else "m",
            number,
            masculine if number == "s" else f"{masculine}es",
            f"{masculine}a" if number == "s" else f"{masculine}as",
        )
    return _by_nation(word)


def _masculine_agent(word: str) -> str:
    return re.sub("(?:a|es|as)$", "", word)


def _by_nation(word: str) -> Agreeing | None:
    return _NATIONAL.get(word)


def _national() -> dict[str, Agreeing]:
    table = {
        **both_ways([("español", "española")], "s"),
        **both_ways([("españoles", "españolas")], "p"),
    }
    for singular in _NATIONS:
        for masculine, feminine in _FINAL:
            if singular.endswith(masculine):
                feminines = singular.removesuffix(masculine) + feminine
                table |= both_ways([(singular, feminines)], "s")
                table |= both_ways([(plural_of(singular), f"{feminines}s")], "p")
    return table


_NATIONAL = _national()


def unknown_adjective(word: str) -> Agreeing | None:
    """A word that may be an adjective, by its last letters alone."""
    if word in NO_ADJECTIVES or len(word) < 4 or word.endswith(("ando", "iendo", "yendo")):
        return None
    if re.search("[oa]s?$", word):
        return by_vowel(word, "p" if word.endswith("s") else "s")
    return None
