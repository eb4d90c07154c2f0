"""Where the name of a people is that of its language: "hablar alemán", "el alemán es difícil"."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairflip.text.languages.tokens import Token

if TYPE_CHECKING:
    from fairflip.text.languages.romance.grammar import Grammar

_LOOK_BACK, _LOOK_AHEAD = 6, 5
_TRANSLATES = "trad"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tongues:
    """What tells a language from one of its speakers; all words are in lower case."""

    names: frozenset[str]  # masculine singular forms that name a language, too
    prepositions: frozenset[str]  # right before a bare name: "en alemán"
    possessives: frozenset[str]  # "mi alemán"
    verbs: re.Pattern[str]  # of those who speak, learn or translate; matched at their beginning
    signs: frozenset[str]  # other words that tell it: "lengua", "clase de", "suena"
    towards: frozenset[str]  # behind which a verb but "translate" has a person: "hablé con el"
    qualities: frozenset[str]  # "difícil", "hablado"
    reflexive: frozenset[str]  # "se habla"


def names_tongue(tokens: Sequence[Token], place: int, grammar: Grammar) -> bool:
    """Whether the name of a people at a place is that of a language; so, too, where it may be one.

    An article, a verb or a noun around it tells. Of a person it is where none of them does.
    """
    tongues = grammar.tongues
    if tokens[place].lower not in tongues.names:
        return False
    before = "" if place == 0 or tokens[place].begins_clause else tokens[place - 1].lower
    if before in tongues.prepositions or before in tongues.possessives:
        return True
    if before in grammar.indefinite:
        return _is_spoken(tokens, place, tongues)
    agreeing = grammar.determiner(before)
    is_article = before in grammar.definite | grammar.contractions
    if agreeing is not None and (not is_article or agreeing.gender == "f"):
        return False
    return _has_word_before(tokens, place, grammar) or _has_word_after(tokens, place, grammar)


def _is_spoken(tokens: Sequence[Token], place: int, tongues: Tongues) -> bool:
    """Whether a quality of languages follows: "un alemán perfecto"."""
    after = place + 1
    is_one_phrase = after < len(tokens) and not tokens[after].begins_clause
    return is_one_phrase and tokens[after].lower in tongues.qualities


def _has_word_before(tokens: Sequence[Token], place: int, grammar: Grammar) -> bool:
    """Whether somebody speaks or learns it, or something is a part of it, in the same clause."""
    tongues, at = grammar.tongues, place
    beside = {token.lower for token in tokens[max(0, place - 2) : place]}
    is_towards = not tongues.towards.isdisjoint(beside)
    for _ in range(_LOOK_BACK):
        if at == 0 or tokens[at].begins_clause:
            return False
        at -= 1
        word = tokens[at].lower
        if word in tongues.signs or (
            tongues.verbs.match(word) and (word.startswith(_TRANSLATES) or not is_towards)
        ):
            return True
        if word in grammar.clause_words and word not in grammar.conjunctions:
            return False
    return False


def _has_word_after(tokens: Sequence[Token], place: int, grammar: Grammar) -> bool:
    """Whether something is said of it that is said of languages alone: "es una lengua"."""
    tongues, at = grammar.tongues, place + 1
    if _is_spoken(tokens, place, tongues):
        return True
    joining = grammar.conjunctions | grammar.definite | tongues.names | grammar.adverbs
    while at < len(tokens) and tokens[at].lower in joining and not tokens[at].begins_clause:
        at += 1
    is_said_of_it = False
    for one in range(at, min(at + _LOOK_AHEAD, len(tokens))):
        token = tokens[one]
        is_reflexive = token.lower in tongues.reflexive
        ends = token.lower in grammar.clause_words - grammar.conjunctions and not is_reflexive
        if token.begins_clause or ends:
            return False
        if is_said_of_it and (token.lower in tongues.qualities or tongues.verbs.match(token.lower)):
            return True
        if token.lower in tongues.signs or (
            token.lower.endswith("-se") and tongues.verbs.match(token.lower)
        ):
            return True
        is_said_of_it |= is_reflexive or token.lower in grammar.copulas
    return False
