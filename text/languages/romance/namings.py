"""Adjectives behind an article that name somebody: "est un menteur", "sont de vrais menteurs"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from fairflip.text.languages.romance.agreement import Agreeing
from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.tokens import Token


class Named(NamedTuple):
    """What stands behind a copula and agrees with its subject as a noun does."""

    agreeing: Agreeing  # the word that tells the gender
    last: int  # the place of the last word
    article: str  # the other gender of the article; "" where it has one form
    places: tuple[int, ...]  # of the adjectives that agree
    is_open: bool  # whether a word is or may be a noun that is not listed


def named_behind(
    tokens: Sequence[Token], at: int, taken: Collection[int], grammar: Grammar
) -> Named | None:
    """The adjectives behind an article, where they or a word behind them name somebody.

    Args:
        tokens: The words.
        at: The place of what may be an article.
        taken: The places of words that change already.
        grammar: That of the language.

    Returns:
        What is named; None where it is a thing, or has no gender.
    """
    article = grammar.determiner(tokens[at].lower)
    if article is None or tokens[at].begins_clause or at + 1 >= len(tokens):
        return None
    is_degree = tokens[at + 1].lower in grammar.degrees
    places, end = _adjectives(tokens, at + 1, grammar)
    if any(place in taken for place in (at, *places, end)):
        return None
    after = "" if end >= len(tokens) or _ends(tokens, end, grammar) else tokens[end].lower
    form = article.other(article.gender) if article.gender else ""
    if not places:
        if after and article.gender and tokens[at + 1].lower in grammar.superlative:
            return Named(article, end, form, (), True)  # "la plus" with a word that is not listed
        if is_degree and article.gender and end > at + 1:
            # "la pire" by itself; "la meilleure chose" agrees with its noun.
            return None if after else Named(article, end - 1, form, (), False)
        if article.gender and not after and tokens[end - 1].lower in grammar.invariant_adjectives:
            return Named(article, end - 1, form, (), False)  # "est un imbécile"
        agreeing = _of_person(after, grammar)
        if agreeing is None and [t.lower for t in tokens[end + 1 : end + 2]] == ["de"]:
            last = tokens[end + 2].lower if end + 2 < len(tokens) else ""
            agreeing = grammar.adjective(last) or _of_person(last, grammar)  # "un amour de menteur"
        return Named(agreeing, end, form, (), True) if agreeing is not None else None
    is_definite = article.gender and tokens[at].lower not in grammar.indefinite
    if is_definite and after:
        return None  # "la petite maison"
    agreeing = grammar.adjective(tokens[places[0]].lower)
    assert agreeing is not None
    if after and grammar.gender_of_noun(after) == agreeing.gender:
        return None  # "sont de grosses erreurs"
    return Named(agreeing, end if after else end - 1, form, tuple(places), bool(after))


def _adjectives(tokens: Sequence[Token], start: int, grammar: Grammar) -> tuple[list[int], int]:
    """The places of adjectives with a gender, and that of the first word that is none."""
    passed = grammar.invariant | grammar.adverbs | grammar.like | grammar.degrees
    passed |= grammar.invariant_adjectives
    places: list[int] = []
    at = start
    while at < len(tokens) and not (at > start and _ends(tokens, at, grammar)):
        if grammar.adjective(tokens[at].lower) is not None:
            places.append(at)
        elif tokens[at].lower not in passed:
            break
        at += 1
    return places, at


def _ends(tokens: Sequence[Token], at: int, grammar: Grammar) -> bool:
    """Whether a noun phrase has ended before a place."""
    word = tokens[at].lower
    ends = grammar.prepositions | grammar.conjunctions | grammar.who
    return tokens[at].begins_clause or word in ends or word == grammar.that


def _of_person(word: str, grammar: Grammar) -> Agreeing | None:
    """A word that ends as nouns of persons do, with its gender."""
    if not word or grammar.gendered_ending.search(word) is not None:
        return None
    return grammar.unknown_adjective(word)
