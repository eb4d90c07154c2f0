"""How German nouns, articles and adjectives are declined.

A *cell* is a number and a case: ``"sn"`` is the nominative singular, ``"pd"`` the dative plural
(n, a, d, g: nominative, accusative, dative, genitive). A noun's declension is written as in a
dictionary, gender, genitive and plural: ``m -s -`` (*der Lehrer, des Lehrers, die Lehrer*),
``m -en -en`` (*der Student*), ``m -es Ärzte``, ``f - -nen``; ``m adjective`` is a noun that is
declined as an adjective (*der Angestellte, ein Angestellter*).
"""

from __future__ import annotations

import functools
from typing import NamedTuple

from fairflip.protos.errors import InputError

CASES = "nadg"
CELLS = tuple(number + case for number in "sp" for case in CASES)
ADJECTIVE = "adjective"


def _row(words: str) -> dict[str, str]:
    return dict(zip(CASES, ("" if word == "-" else word for word in words.split()), strict=True))


#: Endings of *dieser* by gender; "p" is the plural.
_STRONG_ARTICLE = {
    "m": _row("er en em es"),
    "f": _row("e e er er"),
    "n": _row("es es em es"),
    "p": _row("e e en er"),
}
_DER = {
    "m": _row("der den dem des"),
    "f": _row("die die der der"),
    "n": _row("das das dem des"),
    "p": _row("die die den der"),
}
#: Endings of *ein* and *kein*.
_EIN = {
    "m": _row("- en em es"),
    "f": _row("e e er er"),
    "n": _row("- - em es"),
    "p": _row("e e en er"),
}
_WEAK = {
    "m": _row("e en en en"),
    "f": _row("e e en en"),
    "n": _row("e e en en"),
    "p": _row("en en en en"),
}
_MIXED = {
    "m": _row("er en en en"),
    "f": _row("e e en en"),
    "n": _row("es es en en"),
    "p": _row("en en en en"),
}
_STRONG = {
    "m": _row("er en em en"),
    "f": _row("e e er er"),
    "n": _row("es es em en"),
    "p": _row("e e en er"),
}
ADJECTIVE_ENDINGS = {"weak": _WEAK, "mixed": _MIXED, "strong": _STRONG}
ENDINGS = ("em", "en", "er", "es", "e")


class Article(NamedTuple):
    """An article or a word that is declined as one."""

    stem: str  # "" for "der"
    kind: str  # what adjectives after it are: "weak" or "mixed"
    endings: dict[str, dict[str, str]]

    def form(self, gender: str, cell: str) -> str:
        """Its form before a noun; "" where it has none."""
        key = "p" if cell[0] == "p" else gender
        if key not in self.endings:
            return ""
        ending = self.endings[key][cell[1]]
        if self.stem in ("euer", "eur"):
            return "euer" if not ending else f"eur{ending}"
        return self.stem + ending

    def readings(self, word: str) -> frozenset[tuple[str, str]]:
        """The genders and cells that a form can have; the gender of a plural is "p"."""
        return frozenset(
            (gender, ("p" if gender == "p" else "s") + case)
            for gender, row in self.endings.items()
            for case in CASES
            if self.form(gender, ("p" if gender == "p" else "s") + case) == word
        )


DER = Article("", "weak", _DER)
_AS_DIESER = "dies jen jed welch manch solch all jedwed beid sämtlich"
_AS_EIN = "kein mein dein sein ihr unser euer"
#: Possessives that say whose gender it is.
SEIN, IHR = "sein", "ihr"


@functools.cache
def articles() -> dict[str, tuple[Article, ...]]:
    """Every form of every article, in lower case, with the articles that have it."""
    known = [
        DER,
        *(Article(stem, "weak", _STRONG_ARTICLE) for stem in _AS_DIESER.split()),
        Article("ein", "mixed", {gender: row for gender, row in _EIN.items() if gender != "p"}),
        *(Article(stem, "mixed", _EIN) for stem in _AS_EIN.split()),
    ]
    # "derselbe", "diejenige": both parts are declined.
    for second in ("selb", "jenig"):
        forms = {
            gender: {case: row[case] + second + _WEAK[gender][case] for case in CASES}
            for gender, row in _DER.items()
        }
        known.append(Article("", "weak", forms))
    forms_of: dict[str, tuple[Article, ...]] = {}
    for article in known:
        words = {
            article.form(gender, ("p" if gender == "p" else "s") + case)
            for gender in article.endings
            for case in CASES
        }
        for word in words:
            forms_of[word] = (*forms_of.get(word, ()), article)
    # "unsren", "eueren"
    for short, long in (("unsr", "unser"), ("euer", "eur")):
        for ending in ENDINGS:
            forms_of.setdefault(short + ending, forms_of.get(long + ending, ()))
    return {word: readings for word, readings in forms_of.items() if readings}


#: Prepositions joined with an article.
CONTRACTIONS = {
    "zum": ("zu", "dem"),
    "zur": ("zu", "der"),
    "beim": ("bei", "dem"),
    "vom": ("von", "dem"),
    "im": ("in", "dem"),
    "am": ("an", "dem"),
}
JOINED = {pair: word for word, pair in CONTRACTIONS.items()}


class Noun(NamedTuple):
    """A noun with its declension."""

    lemma: str
    gender: str
    forms: dict[str, tuple[str, ...]]  # by cell, the usual form first
    stem: str = ""  # of a noun that is declined as an adjective

    def form(self, cell: str, kind: str = "strong") -> str:
        """Its form; `kind` says how an adjective would be declined there."""
        if self.stem:
            key = "p" if cell[0] == "p" else self.gender
            return self.stem + ADJECTIVE_ENDINGS[kind][key][cell[1]]
        return self.forms[cell][0]


def noun_of(lemma: str, form: str) -> Noun | None:
    """The noun that a row of a list describes; None for a form that is no declension.

    Raises:
        InputError: The form begins as a declension and is none.
    """
    gender, _, rest = form.partition(" ")
    if gender not in ("m", "f", "n"):
        return None
    parts = rest.split()
    if parts == [ADJECTIVE]:
        return Noun(lemma, gender, {}, lemma.removesuffix("r").removesuffix("e"))
    if len(parts) != 2 or not parts[0].startswith("-"):
        raise InputError(
            f"term {lemma[:40]!r}: 'form' is {form[:40]!r}; give gender, genitive and plural as a "
            "dictionary does, such as 'm -s -', 'm -es Ärzte', 'f - -nen' or 'm adjective'."
        )
    genitive, plural = (part.removeprefix("-") for part in parts)
    if parts[1].startswith("-") or not plural:
        plural = lemma + plural
    dative = plural if plural.endswith(("n", "s")) else plural + "n"
    oblique = genitive in ("n", "en")
    other = lemma + genitive if oblique else lemma
    genitives: tuple[str, ...] = (lemma + genitive,)
    if genitive == "es":
        genitives += (lemma + "s",)
    singular = {"n": (lemma,), "a": (other,), "d": (other,), "g": genitives}
    plurals = {"n": (plural,), "a": (plural,), "d": (dative,), "g": (plural,)}
    return Noun(
        lemma,
        gender,
        {"s" + case: singular[case] for case in CASES}
        | {"p" + case: plurals[case] for case in CASES},
    )
