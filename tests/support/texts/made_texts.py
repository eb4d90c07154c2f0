"""Texts that are put together from known parts, so that it is known where their terms stand.

A text is a list of parts, each with what follows it. What a swap must make of a text is told
from its parts: no matcher, no repair and no word pattern of the package is used.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import unicodedata
from collections.abc import Sequence

from hypothesis import strategies as st

from fairflip.text.terms import TermList, parse_terms

#: Term, group, category, counterparts. Names, idioms and verbs are left out by rules of English
#: alone, so that the list says it is of another language.
ROWS = [
    ("he", "male", "gender", "she"),
    ("she", "female", "gender", "he"),
    ("uncle", "male", "gender", "aunt"),
    ("aunt", "female", "gender", "uncle"),
    ("abbot", "male", "gender", "nun"),
    ("nun", "female", "gender", "abbot"),
    ("gentlemen", "male", "gender", "ladies"),
    ("ladies", "female", "gender", "gentlemen"),
    ("father", "male", "gender", "mother"),
    ("mother", "female", "gender", "father"),
    ("father in law", "male", "gender", "mother in law"),
    ("mother in law", "female", "gender", "father in law"),
    ("step father", "male", "gender", "step mother"),
    ("step mother", "female", "gender", "step father"),
    ("fiancé", "male", "gender", "fiancée"),
    ("fiancée", "female", "gender", "fiancé"),
    # Several counterparts are alternatives.
    ("lad", "male", "gender", "lass|girl"),
    ("lass", "female", "gender", "lad"),
    ("girl", "female", "gender", "lad"),
    ("elder", "old", "age", "youth"),
    ("youth", "young", "age", "elder"),
    ("Sunni", "sunni", "religion", "*"),
    ("monk", "buddhist", "religion", "*"),
    ("agnostic", "agnostic", "religion", "*"),
    ("high court", "court", "place", "low yard"),
    ("low yard", "yard", "place", "high court"),
    # One word and several; "clerk" before "house" becomes a longer term, which leads elsewhere.
    ("clerk", "low", "rank", "chief aide"),
    ("chief aide", "top", "rank", "clerk"),
    ("chief aide house", "top", "rank", "clerk"),
]
#: Of these no way leads back.
ONE_WAY = {"girl", "chief aide house"}
TERMS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    term: (group, category, tuple(swap.split("|"))) for term, group, category, swap in ROWS
}
RELIGIONS = {group: term for term, (group, category, _) in TERMS.items() if category == "religion"}
#: What "an" stands before.
AN = {"uncle", "aunt", "abbot", "elder", "agnostic", "idea", "apple"}
PLURALS = {"ladies"}

#: Words that are no terms, and what holds the letters of a term but is a word, a name or an
#: address of its own.
PLAIN = [
    "the",
    "is",
    "theme",
    "history",
    "step",
    "in",
    "law",
    "high",
    "court",
    "house",
    "42",
    "and",
]
DECOYS = [
    "he\u0301",  # e with an accent, decomposed
    "hé",
    "she_wolf",
    "wo_he",
    "he\u00adros",
    "t\u200bhe",
    "(s)he",
    "s*he",
    "she*ll",
    "o'he",
    "he'eia",
    "@she",
    "u/uncle",
    "aunt@nun.org",
    "www.uncle.com/aunt",
    "https://x.y/he/she",
    "uncles",
    "laddie",
    "shelf",
]
GAPS = [" ", " ", " ", " ", "  ", "\n", "\r\n", ", ", ". ", "! ", "; ", " — ", " 🙂 ", ":\t", " ("]


@functools.cache
def listed_terms() -> TermList:
    """The terms as a list."""
    rows = "".join(f"{','.join(row)}\n" for row in ROWS)
    listed = parse_terms(f"term,group,category,swap\n{rows}", "made")
    return dataclasses.replace(listed, language="xx")


@dataclasses.dataclass(frozen=True)
class Part:
    """A word, or a term, and what follows it.

    Attributes:
        surface: As it stands in the text.
        gap: What stands behind it.
        term: The term that it is; "" for another word.
    """

    surface: str
    gap: str
    term: str = ""


def text_of(parts: Sequence[Part]) -> str:
    """The text that parts make."""
    return "".join(part.surface + part.gap for part in parts)


def spans_of(parts: Sequence[Part], terms: Sequence[str]) -> list[tuple[int, int]]:
    """Where some terms stand in the text of the parts."""
    spans, start = [], 0
    for part in parts:
        if part.term in terms:
            spans.append((start, start + len(part.surface)))
        start += len(part.surface + part.gap)
    return spans


def in_style(term: str, like: str, listed: str) -> str:
    """A term with the capitals of what it replaces, which is listed as `listed`."""
    if like.isupper():
        return term.upper()
    if like[0].islower():
        # Who writes a name without its capital writes another one so.
        return term.lower() if listed[0].isupper() else term
    if listed[0].isupper() and term[0].islower():
        return term  # "a Sunni" becomes "a monk": these terms stand inside of sentences alone
    words = _WORDS.findall(like)
    if len(words) > 1 and all(word[0].isupper() for word in words):
        return _WORDS.sub(lambda word: word.group()[0].upper() + word.group()[1:], term)
    return term[0].upper() + term[1:]


_WORDS = re.compile(r"[^\s‐-]+")


def swapped(parts: Sequence[Part], becomes: dict[str, str]) -> list[Part]:
    """The parts with other terms, articles that fit and possessives that fit."""
    made: list[Part] = []
    for part in parts:
        new = becomes.get(part.term)
        if new is None:
            made.append(part)
            continue
        surface, gap = in_style(new, part.surface, part.term), part.gap
        if len(_WORDS.findall(surface)) == len(_WORDS.findall(part.surface)) > 1:
            # What stands between words stays.
            gaps = iter(_WORDS.split(part.surface)[1:-1])
            surface = re.sub(" ", lambda _, gaps=gaps: next(gaps), surface)
        if gap.startswith(("' ", "'s", "'S")) and (part.term in PLURALS) != (new in PLURALS):
            ending = "S" if surface.isupper() else "s"
            gap = "'" + ("" if new in PLURALS else ending) + gap.lstrip("'sS")
        if made and made[-1].gap == " " and made[-1].surface.lower() in ("a", "an"):
            made[-1] = _fitting(made[-1], part, new)
        made.append(Part(surface, gap, new))
    return made


def _fitting(article: Part, part: Part, new: str) -> Part:
    has_n = article.surface.lower() == "an"
    fitted, fits = (part.term.split()[0] in AN) == has_n, (new.split()[0] in AN) == has_n
    if fits or not fitted:  # the author's slip is kept
        return article
    if has_n:
        return dataclasses.replace(article, surface=article.surface[0])
    loud = article.surface == "A" and part.surface.isupper()
    return dataclasses.replace(article, surface=article.surface + ("N" if loud else "n"))


@dataclasses.dataclass(frozen=True)
class Expected:
    """What is to be known of a swap."""

    text: str
    terms: tuple[str, ...]
    replacements: tuple[str, ...]
    groups: tuple[str, ...]
    categories: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    replacement_groups: tuple[str, ...]
    returns: bool | None


def swaps_of(parts: Sequence[Part]) -> list[Expected]:
    """The swaps of a text: for each category those of any two of its groups that touch it."""
    made = []
    present = list(dict.fromkeys(part.term for part in parts if part.term))
    for category in dict.fromkeys(category for _, category, _ in TERMS.values()):
        own = [term for term in present if TERMS[term][1] == category]
        exchanges = dict.fromkeys(
            frozenset((TERMS[term][0], group)) for term in own for group in _others(term)
        )
        for exchange in exchanges:
            touched = [term for term in own if TERMS[term][0] in exchange]
            alternatives = {term: _counterparts(term, exchange) for term in touched}
            for variant in range(max(map(len, alternatives.values()))):
                becomes = {
                    term: swaps[min(variant, len(swaps) - 1)]
                    for term, swaps in alternatives.items()
                }
                made.append(_expected(parts, exchange, touched, becomes))
    return made


def _others(term: str) -> list[str]:
    group, category, swaps = TERMS[term]
    if category == "religion":
        return [other for other in RELIGIONS if other != group]
    return [TERMS[swaps[0]][0]]


def _counterparts(term: str, exchange: frozenset[str]) -> tuple[str, ...]:
    group, category, swaps = TERMS[term]
    if category == "religion":
        return (RELIGIONS[next(iter(exchange - {group}))],)
    return swaps


def _expected(parts, exchange, touched, becomes) -> Expected:
    new = swapped(parts, becomes)
    text = text_of(parts)
    returns = None
    if ONE_WAY.isdisjoint(touched):
        again = joined([new])  # new words may make longer terms
        back = {
            part.term: _counterparts(part.term, exchange)[0]
            for part in again
            if part.term and TERMS[part.term][0] in exchange
        }
        returns = text_of(swapped(again, back)) == text
    groups = dict.fromkeys(TERMS[term][0] for term in touched)
    return Expected(
        text=text_of(new),
        terms=tuple(touched),
        replacements=tuple(becomes[term] for term in touched),
        groups=tuple(groups),
        categories=(TERMS[touched[0]][1],),
        spans=tuple(spans_of(parts, touched)),
        replacement_groups=tuple(dict.fromkeys(next(iter(exchange - {g})) for g in groups)),
        returns=returns,
    )


def _surfaces(term: str) -> st.SearchStrategy[str]:
    forms = [term, term.upper(), term[0].upper() + term[1:], term.title()]
    if " " in term:
        forms += [term.replace(" ", "-"), term.upper().replace(" ", "‐")]
    if not term.isascii():
        forms.append(unicodedata.normalize("NFD", term))
    return st.sampled_from(forms)


@st.composite
def _pieces(draw) -> list[Part]:
    """A word or a term with what may stand before and behind it."""
    gap = draw(st.sampled_from(GAPS))
    kind = draw(
        st.sampled_from(["plain", "decoy", "term", "term", "term", "article", "owner", "faith"])
    )
    if kind == "plain":
        return [Part(draw(st.sampled_from(PLAIN)), gap)]
    if kind == "decoy":
        return [Part("then", " "), Part(draw(st.sampled_from(DECOYS)), " "), Part("so", gap)]
    if kind == "faith":
        term = draw(st.sampled_from(sorted(RELIGIONS.values())))
        surface = draw(st.sampled_from([term, term.lower(), term.upper()]))
        article = draw(st.sampled_from(["a", "an", "the"]))
        return [Part("or", " "), Part(article, " "), Part(surface, " ", term), Part("was", gap)]
    term = draw(
        st.sampled_from([t for t, (_, category, _) in TERMS.items() if category != "religion"])
    )
    surface = draw(_surfaces(term))
    if kind == "article":
        article = draw(st.sampled_from(["a", "an", "A", "An", "AN"]))
        return [Part(article, " "), Part(surface, gap, term)]
    if kind == "owner" and not surface.istitle():
        if term in PLURALS:
            return [Part(surface, "' ", term), Part("house", gap)]
        return [Part(surface, "'S " if surface.isupper() else "'s ", term), Part("house", gap)]
    return [Part(surface, gap, term)]


def joined(pieces: Sequence[Sequence[Part]]) -> list[Part]:
    """Pieces one behind the other, read anew: a term begins as far left as it can, the longest."""
    words = [word for piece in pieces for part in piece for word in _single_words(part)]
    made: list[Part] = []
    while words:
        for size in (3, 2, 1):
            first, last = words[:size], words[size - 1 : size]
            gaps = [word.gap for word in first[:-1]]
            name = " ".join(unicodedata.normalize("NFC", word.surface.lower()) for word in first)
            term = _BY_NAME.get(name)
            if last and term and all(gap.isspace() or gap in ("-", "‐") for gap in gaps):
                made.append(Part(text_of(first).removesuffix(last[0].gap), last[0].gap, term))
                del words[:size]
                break
        else:
            made.append(words.pop(0))
    return made


_BY_NAME = {term.lower(): term for term in TERMS}


def _single_words(part: Part) -> list[Part]:
    if not part.term:
        return [part]
    gaps = [*_WORDS.split(part.surface)[1:-1], part.gap]
    return [Part(word, gap) for word, gap in zip(_WORDS.findall(part.surface), gaps, strict=True)]


#: Texts with terms, words, decoys; each with its parts.
made_texts = st.lists(_pieces(), max_size=7).map(joined)
