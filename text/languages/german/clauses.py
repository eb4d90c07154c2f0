"""The clause around a German noun phrase."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fairflip.text.languages.german.phrases import Phrase
from fairflip.text.languages.german.words import (
    COPULA,
    JOINS,
    PREPOSITIONS,
    SINGULAR_COPULA,
    SUBJECTS,
    SUBORDINATORS,
)
from fairflip.text.languages.tokens import Token


class Clause:
    """The words between two signs that part clauses, around one phrase."""

    def __init__(self, tokens: Sequence[Token], phrase: Phrase):
        self.tokens = tokens
        self.phrase = phrase
        start = phrase.first
        while start and not tokens[start].begins_clause:
            start -= 1
        end = phrase.noun + 1
        while end < len(tokens) and not tokens[end].begins_clause:
            end += 1
        before = phrase.first - 1
        if before > start and tokens[before].lower in JOINS and self._verb_at(phrase.noun + 1, end):
            start = before
        for place in range(phrase.noun + 1, end - 1):
            joins = tokens[place].lower in JOINS
            if joins and (self._verb_at(place + 1, end) or tokens[place + 1].lower in SUBJECTS):
                end = place
                break
        self.start, self.end = start, end
        self.words = [token.lower for token in tokens[start:end]]
        # The first word that is no joining one.
        self.begin = start
        while self.begin < phrase.first and tokens[self.begin].lower in JOINS | {"ja", "nein"}:
            self.begin += 1

    def _verb_at(self, place: int, end: int) -> bool:
        """Whether a word may be a finite verb: a guess by its ending."""
        if place >= end:
            return False
        token = self.tokens[place]
        word = token.lower
        if token.is_capital or word in PREPOSITIONS or word in JOINS:
            return False
        return word in COPULA | SINGULAR_COPULA or word.endswith(("t", "te", "ten"))

    @property
    def is_subordinate(self) -> bool:
        """Whether its verb stands last."""
        return self.tokens[self.begin].lower in SUBORDINATORS

    @property
    def last(self) -> str:
        """Its last word."""
        return self.words[-1]

    def has(self, words: Collection[str]) -> bool:
        """Whether it holds one of some words."""
        return any(word in words for word in self.words)

    def has_stem(self, stems: tuple[str, ...]) -> bool:
        """Whether a verb of it, in lower case, begins with one of some stems."""
        places = range(self.start, self.end)
        return any(
            self.tokens[p].lower.startswith(stems)
            and (not self.tokens[p].is_capital or self.tokens[p].begins_sentence)
            for p in places
        )
