"""Where words of thousands of texts stand, and which can be edited without a look around them.

What `ablation.remove` and `replacement.replace` do to such a word is to leave it out with the space
behind it, or to write another in its place.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from fairflip.text.controls.plain_texts import (
    IS_ALPHANUMERIC,
    IS_SPACE,
    Mask,
    PlainTexts,
    Positions,
    bytes_with,
)
from fairflip.text.controls.word_runs import WordRuns
from fairflip.text.matcher import APOSTROPHES

_IS_APOSTROPHE = bytes_with(APOSTROPHES)
_MAY_END_ARTICLE = bytes_with("aAnN")
_IS_A, _IS_N = bytes_with("aA"), bytes_with("nN")
_SPACE = ord(" ")
_SMALL_A, _SMALL_Z = ord("a"), ord("z")


def leaves_no_trace(texts: PlainTexts, words: Positions, text: Positions) -> Mask:
    """Whether nothing is to be repaired where a word is cut out; of words and their texts."""
    data, start, end = texts.data, texts.word_starts[words], texts.word_ends[words]
    behind = data[np.minimum(end + 1, len(data) - 1)]
    return (
        (start - texts.starts[text] > 1)
        & (data[start - 1] == _SPACE)
        & (data[end] == _SPACE)
        & IS_ALPHANUMERIC[data[start - 2]]
        & ~_MAY_END_ARTICLE[data[start - 2]]
        & IS_ALPHANUMERIC[behind]
    )


def is_plainly_replaced(texts: PlainTexts, words: Positions, text: Positions) -> Mask:
    """Whether nothing but a word changes with it, and its first letter is no capital."""
    data, start, end = texts.data, texts.word_starts[words], texts.word_ends[words]
    first, last, before = data[start], data[start - 2], data[start - 3]
    # As `repair.may_follow_article`.
    may_follow_article = IS_SPACE[data[start - 1]] & np.where(
        _IS_N[last],
        _IS_A[before],
        IS_SPACE[last] | (_IS_A[last] & ~IS_ALPHANUMERIC[before]),
    )
    return (
        (start - texts.starts[text] >= _LENGTH_OF_ARTICLE)
        & (first >= _SMALL_A)
        & (first <= _SMALL_Z)
        & ~_IS_APOSTROPHE[data[end]]
        & ~may_follow_article
    )


# With the spaces around it: " an ".
_LENGTH_OF_ARTICLE = 4


class Places:
    """Where the words of plain originals stand, for who edits one text alone."""

    def __init__(self, originals: Sequence[str], texts: PlainTexts, runs: WordRuns):
        """Takes the texts, what begins with them as plain texts, and their words."""
        self._originals, self._words = originals, texts.words
        num_words = len(runs.places)
        text = np.searchsorted(texts.starts, texts.word_starts[:num_words], side="right") - 1
        begin = texts.starts[text]
        self._starts = (texts.word_starts[:num_words] - begin).tolist()
        self._ends = (texts.word_ends[:num_words] - begin).tolist()
        self._places = runs.places.tolist()
        self._codes, self._counts = runs.code.tolist(), runs.num_places.tolist()
        self._run_starts = runs.start.tolist()
        self._first_runs = np.searchsorted(runs.text, np.arange(len(originals) + 1)).tolist()
        self._lower = texts.lower
        self._text_starts = texts.starts.tolist()
        self._read: dict[int, PlainText] = {}

    def text(self, row: int) -> PlainText:
        """One of the originals."""
        if row not in self._read:
            first, last = self._first_runs[row], self._first_runs[row + 1]
            words = [self._words[code] for code in self._codes[first:last]]
            self._read[row] = PlainText(
                self._originals[row],
                dict(zip(words, self._counts[first:last], strict=True)),
                dict(zip(words, range(first, last), strict=True)),
                self,
            )
        return self._read[row]

    def spans(self, run: int) -> list[tuple[int, int]]:
        """Where a word stands in its text, of the words of a text."""
        first = self._run_starts[run]
        places = self._places[first : first + self._counts[run]]
        return [(self._starts[place], self._ends[place]) for place in places]

    def first_absent(self, row: int, words: Iterable[str], own: Collection[str]) -> str:
        """The first of some words that an original does not hold, and that is none of `own`.

        "" where there is none.
        """
        start, find = self._text_starts[row] - 1, self._lower.find
        end = start + len(self._originals[row]) + 2
        for word in words:
            if word not in own and find(_as_held(word), start, end) < 0:
                return word
        return ""


class PlainText(NamedTuple):
    """A plain text for who edits it alone: a `reading.ReadText`."""

    text: str
    counts: dict[str, int]
    runs: dict[str, int]
    known: Places

    def places(self, words: Collection[str]) -> list[tuple[int, int, str]]:
        """Where words stand, in the order of the text."""
        spans = [
            (start, end, word)
            for word in words
            if word in self.runs
            for start, end in self.known.spans(self.runs[word])
        ]
        return sorted(spans) if len(spans) > 1 else spans


@functools.lru_cache(maxsize=100_000)
def _as_held(word: str) -> bytes:
    """What a text in lower case holds where it holds a word; of no single word, what none holds."""
    return f" {word} ".encode() if word.isascii() and word.isalnum() else b"\n"
