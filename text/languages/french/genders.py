"""The gender of a noun of one form, as the words behind it tell: "les élèves sont contentes"."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.languages.french.forms import adjective, determiner, unknown_adjective
from fairflip.text.languages.french.words import ADVERBS, COPULAS, HAVE, PREPOSITIONS
from fairflip.text.languages.tokens import Token

_PRONOUNS = {"ils": "m", "ils!": "m", "eux": "m", "elles": "f", "elles!": "f", "elles*": "f"}
_ALL = {"tous": "m", "toutes": "f"}


def gender_told(tokens: Sequence[Token], place: int, number: str) -> str:
    """The gender that a predicate, "tous" or a pronoun of the plural says.

    Args:
        tokens: The words of the text with their readings.
        place: That of the noun.
        number: "s" or "p".

    Returns:
        "m" or "f"; "" where nothing tells, or both are told.
    """
    told: set[str] = set()
    is_subject, at = True, place + 1
    while at < len(tokens):
        word = tokens[at].lower
        is_subject = is_subject and not tokens[at].begins_clause
        if number == "p" and word in _PRONOUNS:
            told.add(_PRONOUNS[word])
        if is_subject and number == "p" and word in _ALL:
            told.add(_ALL[word])
        if is_subject and word in COPULAS:
            told |= _predicate(tokens, at + 1, number)
            is_subject = False
        if determiner(word) is not None and tokens[at - 1].lower not in PREPOSITIONS:
            is_subject = is_subject and word in _ALL
        at += 1
    return told.pop() if len(told) == 1 else ""


def _predicate(tokens: Sequence[Token], at: int, number: str) -> set[str]:
    """The gender of the adjective behind a copula."""
    while at < len(tokens) and not tokens[at].begins_clause:
        word = tokens[at].lower
        one = adjective(word) or unknown_adjective(word)
        article = determiner(word)
        if article is not None and article.number == number == "p" and word not in _ALL:
            at += 1
            continue
        if word in _ALL:
            return {_ALL[word]} if number == "p" else set()
        if one is not None and not word.endswith("ment"):
            return {one.gender} if one.number == number else set()
        is_adverb = word in ADVERBS or word.endswith("ment")
        if not is_adverb and word not in COPULAS and word not in HAVE:
            return set()
        at += 1
    return set()
