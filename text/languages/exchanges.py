"""Which terms of a category stand for one another in an inflected list."""

from __future__ import annotations

from collections.abc import Iterable

from fairflip.text.terms import Term, TermList


class Exchanges:
    """The terms of one category; an exchange is of two groups, both ways."""

    def __init__(self, terms: TermList, category: str):
        """Takes the whole list and the category."""
        self.terms = {term.text: term for term in terms.terms if term.category == category}

    def of(self, terms: Iterable[Term]) -> list[frozenset[str]]:
        """The exchanges that touch some terms, each once, in the order of the terms."""
        return list(
            dict.fromkeys(
                frozenset((term.group, self.terms[swap].group))
                for term in terms
                for swap in term.swaps
                if swap in self.terms
            )
        )

    def counterpart(self, term: Term, exchange: frozenset[str]) -> Term | None:
        """What takes the place of a term in an exchange; None where it has no part in it."""
        for swap in term.swaps:
            other = self.terms.get(swap)
            if other is not None and frozenset((term.group, other.group)) == exchange:
                return other
        return None
