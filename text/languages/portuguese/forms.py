"""Plurals, and the other gender of Portuguese adjectives and articles."""

from __future__ import annotations

import re

from fairflip.text.languages.portuguese.words import (
    ADJECTIVES,
    ARTICLES,
    NO_ADJECTIVES,
    PLURAL_ARTICLES,
)
from fairflip.text.languages.romance.agreement import Agreeing, both_ways, by_vowel
from fairflip.text.languages.tokens import word_set

_AOS = word_set("cidadão irmão cristão pagão ancião órfão sacristão mão")
_AES = word_set("alemão capitão escrivão tabelião charlatão guardião cão pão")
_DETERMINERS = {**both_ways(ARTICLES, "s"), **both_ways(PLURAL_ARTICLES, "p")}
# In words of these endings -o and -a say the gender, and no verb ends so.
_PARTICIPLE = re.compile(
    "(?:[^v]ad|id|uíd|íd|os|íssim|ístic|átic|étic|ômic|óric|ógic|êutic)[oa]s?$"
)
_PLURALS = {"ível": "íveis", "al": "ais", "el": "éis", "ol": "óis", "ul": "uis", "il": "is"}
_IRREGULAR = {
    "bom": "boa",
    "mau": "má",
    "nu": "nua",
    "cru": "crua",
    "europeu": "europeia",
    "ateu": "ateia",
    "judeu": "judia",
    "hebreu": "hebreia",
    "plebeu": "plebeia",
    "cristão": "cristã",
    "alemão": "alemã",
    "são": "sã",
    "pagão": "pagã",
    "órfão": "órfã",
    "afegão": "afegã",
    "espanhol": "espanhola",
    "chorão": "chorona",
    "valentão": "valentona",
    "brincalhão": "brincalhona",
    "trapalhão": "trapalhona",
    "mandão": "mandona",
    "bobalhão": "bobalhona",
    "encantador": "encantadora",
    "trabalhador": "trabalhadora",
    "conservador": "conservadora",
    "traidor": "traidora",
}
_NATIONS = word_set(
    """português francês inglês irlandês escocês holandês dinamarquês finlandês norueguês japonês
    chinês tailandês libanês senegalês polonês paquistanês camponês burguês"""
)


def plural_of(noun: str, gender: str = "") -> str:
    """The plural of a noun, whatever its gender.

    >>> [plural_of(noun) for noun in ("médico", "ladrão", "alemão", "juiz", "francês", "policial")]
    ['médicos', 'ladrões', 'alemães', 'juízes', 'franceses', 'policiais']
    """
    if noun.endswith("ão"):
        if noun in _AOS:
            return f"{noun}s"
        return noun[:-2] + ("ães" if noun in _AES else "ões")
    if noun == "juiz":
        return "juízes"
    if noun.endswith("m"):
        return f"{noun[:-1]}ns"
    if noun.endswith("ês"):
        return f"{noun[:-2]}eses"
    for ending, plural in (
        ("al", "ais"),
        ("el", "éis"),
        ("ol", "óis"),
        ("ul", "uis"),
        ("il", "is"),
    ):
        if noun.endswith(ending):
            return noun[:-2] + ("eis" if noun.endswith("ível") and ending == "el" else plural)
    if noun.endswith(("r", "z")):
        return noun if noun.endswith("youtuber") else f"{noun}es"
    return noun if noun.endswith("s") else f"{noun}s"


def _irregular() -> dict[str, Agreeing]:
    pairs = {**_IRREGULAR, **{word: f"{word[:-2]}esa" for word in _NATIONS}}
    plurals = {plural_of(m): plural_of(f) for m, f in pairs.items()}
    plurals["juntos"] = "juntas"  # in the singular it is an adverb: "junto com"
    return {**both_ways(pairs, "s"), **both_ways(plurals, "p")}


_TABLE = _irregular()


def determiner(word: str) -> Agreeing | None:
    """An article, or what stands in the place of one."""
    return _DETERMINERS.get(word)


def adjective(word: str) -> Agreeing | None:
    """A word that is surely an adjective or a participle with a gender."""
    if word in _TABLE:
        return _TABLE[word]
    if word in NO_ADJECTIVES or word.removesuffix("s") in NO_ADJECTIVES:
        return None
    number = "p" if word.endswith("s") else "s"
    stem = word.removesuffix("s")
    is_listed = stem[:-1] + "o" in ADJECTIVES or _PARTICIPLE.search(word) is not None
    if is_listed and stem.endswith(("o", "a")) and len(stem) > 3:
        return by_vowel(word, number)
    return None


def unknown_adjective(word: str) -> Agreeing | None:
    """A word that may be an adjective, by its last letters alone."""
    if word in NO_ADJECTIVES or len(word) < 4 or word.endswith("ndo"):
        return None
    if re.search("[oa]s?$", word):
        return by_vowel(word, "p" if word.endswith("s") else "s")
    return None
