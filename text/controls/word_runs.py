"""How often each word of thousands of texts occurs in each, by itself, as a name, in lower case."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.text.controls.plain_texts import (
    IS_SPACE,
    Codes,
    Mask,
    PlainTexts,
    Positions,
    bytes_with,
)
from fairflip.text.controls.word_classes import (
    CLOSING_SIGNS,
    LOOK_BACK,
    OPENING_SIGNS,
    SENTENCE_ENDS,
    SIGNS_BEFORE,
)

_MAY_BE_BEFORE = IS_SPACE | bytes_with(SIGNS_BEFORE)
_CLOSES = bytes_with(CLOSING_SIGNS)
_OPENS = bytes_with(OPENING_SIGNS)
_ENDS_SENTENCE = bytes_with(SENTENCE_ENDS)
_A, _Z = ord("A"), ord("Z")


class WordRuns(NamedTuple):
    """The R distinct words of each of some texts, by text.

    Attributes:
        text: [R] the text.
        code: [R] the word.
        num_places: [R] how often it occurs there.
        start: [R] where its occurrences stand in `places`.
        places: [N] the words of the texts, as positions among all: those of one run together,
            in their order.
    """

    text: Positions
    code: Codes
    num_places: Positions
    start: Positions
    places: Positions

    @property
    def first(self) -> Positions:
        """[R] where each word stands first."""
        return self.places[self.start]

    def total(self, flags: npt.NDArray) -> Positions:
        """[R] over how many occurrences of a word a flag is set, of flags [N] by word."""
        if not len(self.start):
            return np.zeros(0, np.int64)
        return np.add.reduceat(flags[self.places], self.start, dtype=np.int64)


def runs_of(texts: PlainTexts, num_texts: int) -> WordRuns:
    """The distinct words of each of the first texts."""
    num_words = int(texts.firsts[num_texts])
    text = np.repeat(np.arange(num_texts), np.diff(texts.firsts[: num_texts + 1]))
    codes = texts.codes[:num_words]
    # One number each, that sorts by text, word and place.
    place_bits, code_bits = num_words.bit_length(), len(texts.words).bit_length()
    keys = (((text << code_bits) | codes) << place_bits) | np.arange(num_words)
    keys.sort()
    places = keys & ((1 << place_bits) - 1)
    runs = keys >> place_bits
    is_first = np.ones(num_words, bool)
    np.not_equal(runs[1:], runs[:-1], out=is_first[1:])
    start = np.flatnonzero(is_first)
    first = places[start]
    count = np.diff(np.append(start, num_words))
    return WordRuns(text[first], codes[first], count, start, places)


def stands_alone(texts: PlainTexts, num_words: int) -> Mask:
    """[N] whether words are what `word_classes.standing_words` finds, of the first words."""
    starts, ends = texts.word_starts[:num_words], texts.word_ends[:num_words]
    is_one = np.array([word.isalpha() and len(word) > 1 for word in texts.words], bool)
    alone = is_one[texts.codes[:num_words]] & _MAY_BE_BEFORE[texts.data[starts - 1]]
    behind = np.flatnonzero(alone & ~IS_SPACE[texts.data[ends]])
    at = ends[behind]
    while len(behind):
        closes = _CLOSES[texts.data[at]]
        # Another sign than a closing one: the word is part of something else.
        alone[behind[~closes & ~IS_SPACE[texts.data[at]]]] = False
        behind, at = behind[closes], at[closes] + 1
    return alone


def num_capitals(texts: PlainTexts, num_words: int) -> Positions:
    """[N] how many capitals the first words have."""
    data = texts.data[: texts.word_ends[num_words - 1]] if num_words else texts.data[:0]
    capitals = np.flatnonzero((data >= _A) & (data <= _Z))
    word = np.searchsorted(texts.word_starts, capitals, side="right") - 1
    return np.bincount(word, minlength=num_words)


def are_names(
    texts: PlainTexts, num_words: int, alone: Mask, capitals: Positions, is_loud: Mask
) -> Mask:
    """[N] whether words are what `word_classes.names_in` finds.

    Args:
        texts: The texts.
        num_words: How many words are looked at, those of the first texts.
        alone: [N] as of `stands_alone`.
        capitals: [N] as of `num_capitals`.
        is_loud: [T] whether a text is all in capitals.
    """
    names = np.zeros(num_words, bool)
    rows = np.flatnonzero(alone & (capitals > 0))
    starts = texts.word_starts[rows]
    begins = (texts.data[starts] >= _A) & (texts.data[starts] <= _Z)
    text = np.searchsorted(texts.firsts, rows, side="right") - 1
    may_be = begins & ~is_loud[text]
    rows, starts = rows[may_be], starts[may_be]
    names[rows] = True
    # One capital may be the sentence's.
    alike = capitals[rows] == 1
    rows, at = rows[alike], starts[alike] - 1
    for _ in range(LOOK_BACK):
        opens = _OPENS[texts.data[at]]
        names[rows[~opens & _ENDS_SENTENCE[texts.data[at]]]] = False
        rows, at = rows[opens], at[opens] - 1
        if not len(rows):
            break
    names[rows] = False
    return names
