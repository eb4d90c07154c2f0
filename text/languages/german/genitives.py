"""Whether a German phrase is the genitive of the noun before it: "die Stimme der Sängerin"."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.languages.german.clauses import Clause
from fairflip.text.languages.german.forms import articles
from fairflip.text.languages.german.phrases import Option
from fairflip.text.languages.german.words import (
    DATIVE_STEMS,
    GIVING_STEMS,
    JOINS,
    NO_ADJECTIVES,
    PREPOSITIONS,
    SINGULAR_COPULA,
    SUBORDINATORS,
)
from fairflip.text.languages.tokens import Token


def by_genitive(clause: Clause, options: tuple[Option, ...]) -> tuple[Option, ...]:
    """A genitive follows its noun: "die Stimme der Sängerin"."""
    tokens, phrase = clause.tokens, clause.phrase
    genitives = tuple(one for one in options if one.cell[1] == "g")
    others = tuple(one for one in options if one.cell[1] != "g")
    if not genitives or not others:
        return options
    if phrase.article is None:  # a genitive without an article is marked by an adjective
        strong = phrase.adjectives and tokens[phrase.adjectives[0]].lower.endswith("er")
        return genitives if strong else others
    before = phrase.first - 1
    if before < clause.start:
        return others
    token = tokens[before]
    if not token.is_capital or (token.begins_sentence and token.lower in SUBORDINATORS):
        return (
            others
            if phrase.preposition != "während"
            else tuple(o for o in options if o.cell == "sn") or options
        )
    if before == clause.begin and token.begins_sentence:
        is_dative = any(one.cell[1] == "d" for one in others)
        return options if is_dative and token.lower not in FIRST_NO_NOUN else others
    if _is_in_first(clause, before):
        return genitives
    dative = any(one.cell[1] == "d" for one in others)
    if dative and clause.has_stem(DATIVE_STEMS + GIVING_STEMS):
        return options
    if _governed(tokens, before) and not dative and before - clause.start < 4:
        return options  # "am Abend der Lehrer", "nach der Rede der Lehrer"
    return genitives


def _is_in_first(clause: Clause, noun: int) -> bool:
    """Whether a noun belongs to what stands before the verb: that is one phrase."""
    tokens = clause.tokens
    first = tokens[clause.begin].lower
    if first not in articles() or clause.is_subordinate:
        return False
    after = clause.phrase.noun + 1
    if after >= clause.end or tokens[after].is_capital:
        return False
    between = tokens[clause.begin + 1 : noun]
    return all(t.lower.endswith(("e", "en", "er", "es")) and not t.is_capital for t in between)


#: Words with a capital at the beginning of a sentence that are no noun.
FIRST_NO_NOUN = PREPOSITIONS | SUBORDINATORS | JOINS | NO_ADJECTIVES | SINGULAR_COPULA


def _governed(tokens: Sequence[Token], noun: int) -> bool:
    """Whether a noun stands behind a preposition."""
    for place in range(noun - 1, max(-1, noun - 4), -1):
        word = tokens[place].lower
        if word in PREPOSITIONS or word in ("am", "im", "zum", "zur", "beim", "vom"):
            return True
        if word not in articles() and tokens[place].is_capital:
            return False
    return False
