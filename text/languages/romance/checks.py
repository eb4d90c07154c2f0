"""Refusals of texts where a word that nothing changes may agree with a swapped noun."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.romance.heads import UNSURE_AGREEMENT, Head
from fairflip.text.languages.romance.tongues import names_tongue
from fairflip.text.languages.tokens import Refused, Token


def check_comparisons(
    tokens: Sequence[Token], heads: Sequence[Head], taken: Collection[int], grammar: Grammar
) -> None:
    """Refuses "nadie es tan listo como los vecinos".

    Raises:
        Refused: The adjective may have the gender of those it is compared with.
    """
    swapped = [h for h in heads if h.is_swapped]
    for place in range(1, len(tokens) - 1):
        if tokens[place + 1].lower not in grammar.like or place in taken:
            continue
        agreeing = grammar.adjective(tokens[place].lower)
        if agreeing is None or tokens[place - 1].lower not in (
            grammar.comparing or grammar.adverbs
        ):
            continue
        compared = [h for h in swapped if place + 1 < h.place <= place + 4]
        if any(h.gender == agreeing.gender and h.number != agreeing.number for h in compared):
            raise Refused(UNSURE_AGREEMENT)


def check_nouns(tokens: Sequence[Token], heads: Sequence[Head], grammar: Grammar) -> None:
    """Refuses a text with an adjective in the place of a noun: "ese bobo".

    Raises:
        Refused: It names somebody who is on no list.
    """
    kinds = {(head.gender, head.number) for head in heads if head.is_swapped}
    stops = grammar.copulas | grammar.prepositions | {grammar.that}
    if grammar.is_strict:
        stops |= grammar.finite_words | grammar.have | grammar.adverbs_of_copula | grammar.who
    for head in heads:
        is_adjective = grammar.adjective(tokens[head.place].lower) is not None
        if head.is_swapped or not is_adjective or (head.gender, head.number) not in kinds:
            continue
        after = head.place + 1
        if after == len(tokens) or tokens[after].begins_clause or tokens[after].lower in stops:
            raise Refused(UNSURE_AGREEMENT)


def check_rest(
    tokens: Sequence[Token], heads: Sequence[Head], taken: Collection[int], grammar: Grammar
) -> None:
    """Refuses a text with an adjective that stands alone behind a verb.

    Raises:
        Refused: It may agree with a swapped noun.
    """
    nouns = {head.place for head in heads}
    kinds = {(head.gender, head.number) for head in heads if head.is_swapped}
    attaching = grammar.prepositions | grammar.invariant
    attached_to = attaching | grammar.copulas | grammar.have | grammar.conjunctions
    attached_to |= {grammar.neuter, grammar.that}
    for place in range(0 if grammar.is_strict else 1, len(tokens)):
        token = tokens[place]
        if place in taken:
            continue
        agreeing = grammar.adjective(token.lower)
        if agreeing is None or (agreeing.gender, agreeing.number) not in kinds:
            continue
        if names_tongue(tokens, place, grammar):
            continue
        is_first = token.begins_clause or place == 0
        is_first = is_first or tokens[place - 1].lower in grammar.detaching
        is_detached = grammar.is_strict and is_first
        if is_detached and token.lower not in grammar.idle_adjectives:
            raise Refused(UNSURE_AGREEMENT)  # "la princesse, fatiguée,"
        if token.begins_clause or token.is_capital:
            continue
        before = tokens[place - 1]
        is_attached = (
            place - 1 in nouns
            or grammar.determiner(before.lower) is not None
            or before.lower in attached_to
            or before.is_capital
            or grammar.adjective(before.lower) is not None
            or token.lower in grammar.alone
        )
        is_last = place + 1 == len(tokens) or tokens[place + 1].begins_clause
        if is_last and before.lower in grammar.of:
            raise Refused(UNSURE_AGREEMENT)  # "tratar de locas"
        earlier = tokens[place - 2].lower if place > 1 else ""
        if is_attached or grammar.determiner(earlier) or earlier in attaching:
            continue
        if grammar.is_finite(before.lower) or before.lower in grammar.secondary | grammar.like:
            raise Refused(UNSURE_AGREEMENT)
