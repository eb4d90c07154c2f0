"""The nouns of a sentence that something may agree with."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from typing import NamedTuple

from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.tokens import Token

UNSURE_AGREEMENT = "unsure_agreement"


class Head(NamedTuple):
    """A noun that something may agree with."""

    place: int
    gender: str  # "" where nothing tells
    number: str
    is_swapped: bool
    is_governed: bool  # behind a preposition


def heads_of(
    tokens: Sequence[Token], swapped: Collection[Head], taken: Collection[int], grammar: Grammar
) -> list[Head]:
    """The swapped nouns, and others with an article, in their order."""
    heads = list(swapped)
    for place in range(len(tokens) - 1):
        word, after = tokens[place].lower, tokens[place + 1]
        agreeing = grammar.determiner(word)
        is_article = agreeing is not None or word in grammar.invariant
        if place in taken or place + 1 in taken or not is_article or after.begins_clause:
            continue
        if after.is_capital or grammar.determiner(after.lower) or word in grammar.everybody:
            continue
        if word in grammar.adverbs and grammar.adjective(after.lower) is not None:
            continue
        closed = grammar.prepositions | grammar.copulas | grammar.conjunctions | {grammar.that}
        if after.lower in closed:
            continue
        if word in grammar.clitics and grammar.is_finite(after.lower):
            continue
        before = tokens[place - 1].lower if place and not tokens[place].begins_clause else ""
        governed = before in grammar.prepositions or word in grammar.contractions
        gender = agreeing.gender if agreeing is not None else ""
        gender = gender or grammar.gender_of_noun(after.lower)
        number = "p" if after.lower.endswith(grammar.plural_endings) else "s"
        number = agreeing.number if agreeing is not None else number
        heads.append(Head(place + 1, gender, number, False, governed))
    return _without_partitives(tokens, sorted(heads), grammar)


def _without_partitives(tokens: Sequence[Token], heads: list[Head], grammar: Grammar) -> list[Head]:
    """Of "la mayoría de los médicos" the second noun is what the verb agrees with."""
    heads_left: list[Head] = []
    frees = False
    for head in heads:
        if tokens[head.place].lower in grammar.partitives and not head.is_swapped:
            frees = not head.is_governed
            continue
        heads_left.append(head._replace(is_governed=False) if frees else head)
        frees = False
    return heads_left


def joined_genders(
    tokens: Sequence[Token], heads: Sequence[Head], verb: int, grammar: Grammar
) -> frozenset[str]:
    """The genders of swapped nouns that are joined before a verb: "les garçons et les filles"."""
    subjects = [h for h in heads if h.place < verb and not h.is_governed]
    for one, other in itertools.pairwise(subjects):
        between = [token.lower for token in tokens[one.place + 1 : other.place]]
        joined = bool(between) and between[0] in grammar.conjunctions
        joined = joined and all(grammar.determiner(w) or grammar.adjective(w) for w in between[1:])
        if joined and one.is_swapped and other.is_swapped:
            return frozenset((one.gender, other.gender))
    return frozenset()
