"""Sentences whose noun has another number than its verb or predicate: "I medici dovrebbe"."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.languages.romance.grammar import Grammar
from fairflip.text.languages.romance.heads import UNSURE_AGREEMENT, Head
from fairflip.text.languages.romance.phrases import Phrase
from fairflip.text.languages.tokens import Refused, Token


def check_numbers(
    tokens: Sequence[Token], phrases: Sequence[Phrase], heads: Sequence[Head], grammar: Grammar
) -> None:
    """Refuses a text that contradicts itself in number beside a swapped noun.

    What agrees with the noun, and whether it is the subject at all, is not known then.

    Raises:
        Refused: A noun that begins a clause has a verb of the other number right behind it, or the
            one noun before a copula has a predicate of the other number.
    """
    for phrase in phrases:
        begins = phrase.first == 0 or tokens[phrase.first].begins_clause
        behind = phrase.last + 1
        if begins and behind < len(tokens) and not tokens[behind].begins_clause:
            others = grammar.singular_verbs if phrase.person.number == "p" else grammar.plural_verbs
            if tokens[behind].lower in others:
                raise Refused(UNSURE_AGREEMENT)
    begins_clause = grammar.clause_words | grammar.who | {grammar.that}
    for place in range(1, len(tokens)):
        number = _number_of(tokens[place].lower, grammar)
        copula = _copula_before(tokens, place, grammar) if number else -1
        if copula < 0:
            continue
        start = copula
        while start and not (
            tokens[start].begins_clause or tokens[start - 1].lower in begins_clause
        ):
            start -= 1
        subjects = [head for head in heads if start <= head.place < copula]
        is_one = len(subjects) == 1 and subjects[0].is_swapped and not subjects[0].is_governed
        if is_one and subjects[0].number != number:
            raise Refused(UNSURE_AGREEMENT)


def _number_of(word: str, grammar: Grammar) -> str:
    """The number of an adjective of one gender; "" of other words, and where nothing tells it."""
    known = grammar.invariant_adjectives
    if word not in known:
        return ""
    plural = grammar.plural_of(word, "m")
    if plural != word and plural in known:
        return "s"
    is_plural = any(grammar.plural_of(one, "m") == word for one in known if one != word)
    return "p" if is_plural else ""


def _copula_before(tokens: Sequence[Token], place: int, grammar: Grammar) -> int:
    """The place of the copula whose predicate stands at a place; -1 where there is none."""
    while place and not tokens[place].begins_clause:
        place -= 1
        word = tokens[place].lower
        if word in grammar.copulas:
            return place
        if word not in grammar.adverbs and not word.endswith(grammar.adverb_ending):
            break
    return -1
