"""Swaps within one group, such as a lady for a woman: what any other word for them changes.

They stand beside controls and are never pooled with them: a term of the same group is an
identity term, and a model may well tell apart two words for one group.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fairflip.text.controls.edited_words import EditedWord
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.reading import ReadText, chances
from fairflip.text.matcher import Match
from fairflip.text.substitution import replace
from fairflip.text.terms import Term, TermList, normalised

# Of so many terms and their replacements it is remembered which others stand for them.
_MOST_KEPT = 20_000


class SameGroupSwap(NamedTuple):
    """The swap of a pair's terms for others of their groups."""

    text: str
    words: tuple[str, ...]  # in lower case, beside the pair's edited words
    replacements: tuple[str, ...]


class SameGroupSwaps:
    """Makes the same-group swaps of any pairs of texts.

    Terms that can stand in each other's place have one ``form`` in their list: those without
    a form, pronouns among them, are never swapped.
    """

    def __init__(self, lists: Iterable[TermList], frequencies: DocumentFrequencies, seed: int = 0):
        """Takes the lists, the first of which says what a term is, and how frequent words are."""
        self._terms: dict[str, Term] = {}
        for term in (term for terms in lists for term in terms.terms):
            if term.form and term.group:
                self._terms.setdefault(normalised(term.text), term)
        self._alike: defaultdict[tuple[str, str, str], list[str]] = defaultdict(list)
        for word, term in self._terms.items():
            self._alike[_class_of(term)].append(word)
        self._frequencies, self._seed = frequencies, seed
        self._ranked: dict[tuple[str, str], list[str]] = {}

    def swap(self, reading: ReadText, edits: Sequence[EditedWord]) -> SameGroupSwap | None:
        """The swap in the place of a pair's own, in all the same places.

        Args:
            reading: The original.
            edits: The words of it that the pair replaces.

        Returns:
            None where a word is removed, is no term, has no other term of its group and form
            that the text does not hold, or is swapped within its group by the pair itself.
        """
        new: dict[str, str] = {}
        own = {word for edit in edits for word in (edit.word, edit.replacement)}
        for edit in edits:
            ranked = self.others(edit.word, edit.replacement)
            if not ranked or reading.counts[edit.word] != edit.num_places:
                return None
            avoided = own.union(new.values())
            word = next((w for w in ranked if w not in avoided and w not in reading.counts), "")
            if not word:
                return None
            new[edit.word] = word
        if not new:
            return None
        places = reading.places(new)
        text = replace(
            reading.text,
            [Match(start, end, 0) for start, end, _ in places],
            [self.listed(new[word]) for _, _, word in places],
            [self.listed(word) for _, _, word in places],
        )
        return SameGroupSwap(text, tuple(new), tuple(new.values()))

    def listed(self, word: str) -> str:
        """A term as its list has it."""
        return self._terms[word].text

    def others(self, word: str, replacement: str) -> list[str]:
        """The terms that may stand for a word, in the order in which they are taken.

        Others of its group and form, about as frequent as the new term of the pair's own swap; like
        that, the same in every text that has the choice. Words in lower case; none where the
        word is no term, is removed, or is swapped within its group.
        """
        key = word, replacement
        if key not in self._ranked:
            if len(self._ranked) >= _MOST_KEPT:
                self._ranked.clear()
            self._ranked[key] = self._by_rank(word, replacement)
        return self._ranked[key]

    def _by_rank(self, word: str, replacement: str) -> list[str]:
        term, other = self._terms.get(word), self._terms.get(replacement)
        if term is None or not replacement or (other is not None and other.group == term.group):
            return []
        octave = self._frequencies.octave(replacement)

        def rank(other: str) -> float:
            chance = next(chances(self._seed, "same_group", word, replacement, other))
            off = self._frequencies.octave(other) - octave
            # The largest of u ** (1 / weight): drawn by weight, without replacement.
            return math.log(max(chance, 1e-300)) * math.exp(0.5 * off * off)

        # Of words of one phrase, only a word has places of its own.
        others = [w for w in self._alike[_class_of(term)] if w != word]
        return sorted(others, key=rank, reverse=True)


def _class_of(term: Term) -> tuple[str, str, str]:
    return term.category, term.group, term.form
