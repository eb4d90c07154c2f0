"""Which words of an original may be edited in the place of others, and how likely each is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from math import exp
from typing import NamedTuple

import numpy as np

from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.plain_texts import Mask, PlainTexts
from fairflip.text.controls.reading import Reading
from fairflip.text.controls.word_classes import NEGATIONS
from fairflip.text.matcher import Matcher, Words, words_of

#: exp of minus these: weights of a candidate.
OTHER_CLASS, OTHER_THIRD = 2.0, 0.25
_MOST_KNOWN = 200_000
# Weights that are remembered: of so many edited words, so many words each.
_MOST_EDITED, _MOST_WEIGHTS = 500, 2_000
# An article follows its next word, so that it cannot be edited by itself.
_ARTICLES = frozenset({"a", "an"})


class About(NamedTuple):
    """What is known of a word, whatever the text."""

    octave: float
    is_function: bool
    may_be_edited: bool


class Known(dict[str, About]):
    """What is known of the words met so far."""

    def __init__(
        self, frequencies: DocumentFrequencies, listed: frozenset[str], functions: frozenset[str]
    ):
        """Takes frequencies, the words of term lists, and function words."""
        super().__init__()
        self._frequencies, self._functions = frequencies, functions
        self._barred = listed | NEGATIONS | _ARTICLES

    def __missing__(self, word: str) -> About:
        about = About(
            self._frequencies.octave(word),
            word in self._functions,
            word in self._frequencies.counts and word not in self._barred,
        )
        if len(self) < _MOST_KNOWN:
            self[word] = about
        return about


#: A word and its third of the text.
_Candidate = tuple[str, int]


class _Weights(dict[str, tuple[float, float]]):
    """How likely each word stands for an edited one: in the same third of the text, in another."""

    def __init__(self, edited: About, known: Known):
        super().__init__()
        self._edited, self._known = edited, known

    def __missing__(self, word: str) -> tuple[float, float]:
        about = self._known[word]
        off = about.octave - self._edited.octave
        exponent = 0.5 * off * off
        if about.is_function != self._edited.is_function:
            exponent += OTHER_CLASS
        both = exp(-exponent), exp(-(exponent + OTHER_THIRD))
        if len(self) < _MOST_WEIGHTS:
            self[word] = both
        return both


class Likeness(dict[str, _Weights]):
    """The weights of words by the edited word, for those met so far."""

    def __init__(self, known: Known):
        """Takes what is known of words."""
        super().__init__()
        self._known = known

    def __missing__(self, edited: str) -> _Weights:
        if len(self) >= _MOST_EDITED:
            self.clear()
        self[edited] = _Weights(self._known[edited], self._known)
        return self[edited]


class Candidates:
    """The words of an original that may be edited, read once for all of its pairs."""

    def __init__(self, reading: Reading, known: Known, barred: Collection[str]):
        """Takes the text, what is known of words, and those that are no candidates."""
        self._reading, self._known, self._barred = reading, known, barred
        self._by_count: dict[int, tuple[list[_Candidate], list[_Candidate]]] = {}

    def of(self, count: int, is_function: bool) -> tuple[list[_Candidate], list[_Candidate]]:
        """Those that occur so many times: of the class of a word, and of the other."""
        if count not in self._by_count:
            reading, known, barred = self._reading, self._known, self._barred
            first, size = reading.first, len(reading.words.words)
            by_class: tuple[list[_Candidate], list[_Candidate]] = ([], [])
            for word in reading.standing(count):
                _, is_word_function, may_be_edited = known[word]
                if may_be_edited and word not in barred:
                    by_class[is_word_function].append((word, 3 * first[word] // size))
            self._by_count[count] = by_class
        others, functions = self._by_count[count]
        return (functions, others) if is_function else (others, functions)


class Phrases:
    """Listed terms of several words, or with a sign of their own: none of their words is drawn."""

    def __init__(self, terms: Iterable[str]):
        """Takes the terms, in lower case."""
        self._matcher = Matcher(sorted(terms))
        self._beginnings = self._matcher.beginnings

    def words_in(self, words: Words) -> set[str]:
        """The words of all such terms that a text holds."""
        barred: set[str] = set()
        for start, end, _ in self._matcher.find_in(words):
            barred.update(words_of(words.text[start:end]).words)
        return barred

    def may_begin(self, texts: PlainTexts) -> Mask:
        """[N] whether a term may begin with a word of plain texts; where none may, none does."""
        words, beginnings = texts.words, self._beginnings
        begins = np.array([word in beginnings for word in words], bool)[texts.codes]
        ends = set((texts.firsts[1:] - 1).tolist())
        for place in np.flatnonzero(begins).tolist():
            following = beginnings[words[texts.codes[place]]]
            if following is not None:
                is_last = place in ends
                begins[place] = not is_last and words[texts.codes[place + 1]] in following
        return begins
