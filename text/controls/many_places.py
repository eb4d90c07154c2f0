"""Where words of thousands of texts stand, and which can be edited without a look around them.

What `ablation.remove` and `replacement.replace` do to such a word is to leave it out with the space
behind it, or to write another in its place.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
_CAPITAL_A, _CAPITAL_Z = ord("A"), ord("Z")


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


def stands_plainly(texts: PlainTexts, words: Positions, text: Positions) -> Mask:
    """Whether nothing but a word changes where another takes its place; of words and their texts.

    It is in lower case, or begins with a capital that the other takes over.
    """
    data, start, end = texts.data, texts.word_starts[words], texts.word_ends[words]
    first, last, before = data[start], data[start - 2], data[start - 3]
    # As `repair.may_follow_article`.
    may_follow_article = IS_SPACE[data[start - 1]] & np.where(
        _IS_N[last],
        _IS_A[before],
        IS_SPACE[last] | (_IS_A[last] & ~IS_ALPHANUMERIC[before]),
    )
    place = start - texts.starts[text]
    return (
        (((first >= _SMALL_A) & (first <= _SMALL_Z)) | begins_with_capital(texts, words))
        & ~_IS_APOSTROPHE[data[end]]
        # Nothing stands before the first word of a text.
        & ((place == 0) | ((place >= _LENGTH_OF_ARTICLE) & ~may_follow_article))
    )


def begins_with_capital(texts: PlainTexts, words: Positions) -> Mask:
    """Whether words begin with a capital, and go on in lower case."""
    data, start, end = texts.data, texts.word_starts[words], texts.word_ends[words]
    first, second = data[start], data[start + 1]
    return (
        (first >= _CAPITAL_A)
        & (first <= _CAPITAL_Z)
        & (end - start > 1)
        & (second >= _SMALL_A)
        & (second <= _SMALL_Z)
    )


# With the spaces around it: " an ".
_LENGTH_OF_ARTICLE = 4


class Places:
    """Where the words of plain originals stand, for who edits one text alone."""

    def __init__(self, originals: Sequence[str], texts: PlainTexts, runs: WordRuns):
        """Takes the texts, what begins with them as plain texts, and their words."""
        self.originals, self._texts, self._runs = originals, texts, runs
        self._first_runs = np.searchsorted(runs.text, np.arange(len(originals) + 1)).tolist()
        self._read: dict[int, PlainText] = {}

    def text(self, row: int) -> PlainText:
        """One of the originals."""
        if row not in self._read:
            runs, known = self._runs, self._texts.words
            first, last = self._first_runs[row], self._first_runs[row + 1]
            words = [known[code] for code in runs.code[first:last].tolist()]
            self._read[row] = PlainText(
                self.originals[row],
                dict(zip(words, runs.num_places[first:last].tolist(), strict=True)),
                dict(zip(words, range(first, last), strict=True)),
                self,
            )
        return self._read[row]

    def spans(self, run: int) -> list[tuple[int, int]]:
        """Where a word stands in its text, of the words of a text."""
        runs, texts = self._runs, self._texts
        first, number = runs.start.item(run), runs.num_places.item(run)
        begin = texts.starts.item(runs.text.item(run))
        starts, ends = texts.word_starts, texts.word_ends
        places = [runs.places.item(first)] if number == 1 else runs.places[first : first + number]
        return [(starts.item(place) - begin, ends.item(place) - begin) for place in places]


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
