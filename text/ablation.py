"""Counterfactuals by removal: the text without its identity terms."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from fairflip.text.counterfactual import Counterfactual
from fairflip.text.finder import finder_of
from fairflip.text.matcher import Match
from fairflip.text.repair import Span, widened, without
from fairflip.text.terms import TermList


class Ablation:
    """Removes the terms of a list.

    One counterfactual per text, without any of its terms; with `per_term` one
    for each term present, without that term alone.
    """

    def __init__(self, terms: TermList, per_term: bool = False):
        """Takes the list and whether each term makes a counterfactual of its own."""
        self._terms = terms.terms
        self._finder = finder_of(terms)
        self._per_term = per_term
        self.term_keys = terms.keys

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text; see `Generator`."""
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> list[Counterfactual]:
        matches = self._finder.find(text)
        if not matches:
            return []
        if not self._per_term:
            return [self._removed(text, matches)]
        numbers = dict.fromkeys(match.term for match in matches)
        return [
            self._removed(text, [match for match in matches if match.term == number])
            for number in numbers
        ]

    def _removed(self, text: str, matches: list[Match]) -> Counterfactual:
        wanted = {match.term for match in matches} if self._per_term else None
        result = remove(text, [(match.start, match.end) for match in matches])
        # What is left may close up to a term of its own ("african he american").
        while left := [m for m in self._finder.find(result) if not wanted or m.term in wanted]:
            result = remove(result, [(match.start, match.end) for match in left])
        terms = [self._terms[number] for number in dict.fromkeys(m.term for m in matches)]
        return Counterfactual(
            text=result,
            terms=tuple(term.text for term in terms),
            replacements=("",) * len(terms),
            groups=distinct(term.group for term in terms),
            categories=distinct(term.category for term in terms),
            spans=tuple((match.start, match.end) for match in matches),
        )


def remove(text: str, spans: Sequence[Span]) -> str:
    """A text without some spans, repaired (see `repair`)."""
    return without(text, [widened(text, start, end) for start, end in spans])


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """The names that are not empty, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, names)))
