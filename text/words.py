"""The words of a text: what counts as one, and where each stands.

`fairflip.text.matcher` says what counts as a word. A text is read once for any number of matchers,
and of most words only whether they are listed is ever asked.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence

from fairflip.text.letter_case import lower
from fairflip.text.terms import normalised
from fairflip.text.unspaced import UNSPACED, holds_unspaced


def _ranges(characters: Iterable[int]) -> str:
    """A regular-expression class body that holds exactly these code points."""
    ranges: list[list[int]] = []
    for code in characters:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


# Python's \w has no combining marks, so that "he" would be found in a decomposed "hé".
_MARKS = _ranges(c for c in range(0x300, 0x10000) if unicodedata.category(chr(c))[0] == "M")
_PICTURES = _ranges(
    c
    for low, high in ((0xA1, 0x3300), (0x1F000, 0x1FB00))
    for c in range(low, high)
    if unicodedata.category(chr(c)) == "So"
)
_PICTURE = f"[{_PICTURES}][\ufe0f\U0001f3fb-\U0001f3ff]*"
_INVISIBLE = _ranges(c for c in range(0xA0, 0x10000) if unicodedata.category(chr(c)) == "Cf")
# U+02BC, an apostrophe, counts as a letter in Unicode.
_LETTERS = r"[^\W_ʼ]"


def _word(letters: str) -> str:
    joined = rf"[{_MARKS}]+|_+(?={letters})|[{_INVISIBLE}]+(?={letters})"
    return rf"{letters}+(?:(?:{joined}){letters}*)*"


_WORD = _word(_LETTERS)
#: A word of any script.
WORD = re.compile(_WORD)
_PICTURES_JOINED = rf"{_PICTURE}(?:\u200d{_PICTURE})*"
_WORD_OR_PICTURE = re.compile(rf"{_WORD}|{_PICTURES_JOINED}")
# Where a script without spaces stands, its words end at the letters of others.
_WORD_BY_SCRIPT = re.compile(
    rf"{_word(rf'(?:(?![{UNSPACED}]){_LETTERS})')}|[{UNSPACED}]+|{_PICTURES_JOINED}"
)
_ASCII_WORD = re.compile("[a-z0-9]+")


class Words:
    """The words of a text, read once for any number of matchers."""

    def __init__(self, text: str, dotless_i: bool = False):
        self.text = text
        self._dotless_i = dotless_i
        #: Positions of the words with which any term begins; None where nobody looked for them.
        self.candidates: list[int] | None = None
        self._position_at: dict[int, int] = {}  # by where a word begins, of those looked for
        if text.isascii() and "_" not in text:
            self._source = lower(text, dotless_i) if dotless_i else text.lower()
            self._word = _WORD_OR_PICTURE if dotless_i else _ASCII_WORD
            self.words = self._word.findall(self._source)
        else:
            self._source, self._word = text, word_pattern(text)
            self.places = list(self._word.finditer(text))
            words = [place.group() for place in self.places]
            self.words = [
                # As `normalised`, without calling it for most words.
                word.casefold() if word.isascii() and not dotless_i else normalised(word, dotless_i)
                for word in words
            ]

    def spans_of(self, word: str) -> list[tuple[int, int]]:
        """Where one of the words stands, without reading the places of all."""
        if self._word is not _ASCII_WORD or "places" in vars(self):
            pairs = zip(self.words, self.places, strict=True)
            return [place.span() for other, place in pairs if other == word]
        source, spans, size = self._source, [], len(word)
        start = source.find(word)
        while start >= 0:
            end = start + size
            if not (source[start - 1 : start].isalnum() or source[end : end + 1].isalnum()):
                spans.append((start, end))
            start = source.find(word, end)
        return spans

    def spans_at(self, positions: Sequence[int]) -> list[tuple[int, int]]:
        """Where the words at some positions stand, without reading the places of all.

        Args:
            positions: Ascending; with that of a word come those of all words like it.
        """
        if self._word is not _ASCII_WORD or "places" in vars(self):
            return [self.places[position].span() for position in positions]
        source, words = self._source, self.words
        spans = []
        end = 0
        for position in positions:
            word = words[position]
            size = len(word)
            start = source.find(word, end)
            end = start + size
            while source[start - 1 : start].isalnum() or source[end : end + 1].isalnum():
                start = source.find(word, start + 1)
                end = start + size
            self._position_at[start] = position
            spans.append((start, end))
        return spans

    def span_after(self, end: int, position: int) -> tuple[int, int]:
        """Where the word at a position stands, behind the one before it, which ends at `end`."""
        if self._word is _ASCII_WORD and "places" not in vars(self):
            match = _ASCII_WORD.search(self._source, end)
            if match is not None:
                return match.span()
        return self.places[position].span()

    def with_words(self, text: str, starts: Sequence[int], new: Sequence[str]) -> Words:
        """The words of a text that differs from this one in some whole words alone.

        Most are known from this text, so that not all are read again.

        Args:
            text: The other text.
            starts: Where the words stand here that differ.
            new: What stands in their place there, with nothing else changed.
        """
        places = self._position_at
        if (
            self._word is not _ASCII_WORD
            or self.candidates is None
            or not all(word.isalnum() and word.isascii() for word in new)
            or not all(start in places for start in starts)
        ):
            return words_of(text, self._dotless_i)
        other = Words.__new__(Words)
        other.text, other._source, other._word = text, text.lower(), _ASCII_WORD
        other._dotless_i, other._position_at = False, {}
        other.words = self.words.copy()
        for start, word in zip(starts, new, strict=True):
            other.words[places[start]] = word.lower()
        other.candidates = self.candidates
        return other

    @functools.cached_property
    def places(self) -> list[re.Match[str]]:
        """Where each word stands."""
        return list(self._word.finditer(self._source))


def words_of(text: str, dotless_i: bool = False) -> Words:
    """Reads the words of a text."""
    return Words(text, dotless_i)


def word_pattern(text: str) -> re.Pattern[str]:
    """What finds the words of a text, by the scripts that it holds."""
    return _WORD_BY_SCRIPT if holds_unspaced(text) else _WORD_OR_PICTURE
