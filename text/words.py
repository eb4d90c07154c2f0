"""The words of a text: what counts as one, and where each stands.

`fairflip.text.matcher` says what counts as a word. A text is read once for any number of matchers,
and of most words only whether they are listed is ever asked.
"""

from __future__ import annotations

import functools
import itertools
import operator
import re
import unicodedata
from collections.abc import Iterable, Sequence

from fairflip.text.letter_case import lower
from fairflip.text.scripts.unspaced import UNSPACED, holds_unspaced
from fairflip.text.terms import normalised


def _ranges(characters: Iterable[int]) -> str:
    """A regular-expression class body that holds exactly these code points."""
    ranges: list[list[int]] = []
    for code in characters:
        if ranges and code == ranges[-1][1] + 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


# U+02BC, an apostrophe, counts as a letter in Unicode.
_LETTERS = r"[^\W_ʼ]"


# Patterns are made when a text first needs them: looking through Unicode takes longer than most
# small runs read.
@functools.cache
def _marks_and_invisible() -> tuple[str, str]:
    # Python's \w has no combining marks, so that "he" would be found in a decomposed "hé".
    marks = _ranges(c for c in range(0x300, 0x10000) if unicodedata.category(chr(c))[0] == "M")
    return marks, _ranges(c for c in range(0xA0, 0x10000) if unicodedata.category(chr(c)) == "Cf")


def _word(letters: str = _LETTERS) -> str:
    marks, invisible = _marks_and_invisible()
    joined = rf"[{marks}]+|_+(?={letters})|[{invisible}]+(?={letters})"
    return rf"{letters}+(?:(?:{joined}){letters}*)*"


@functools.cache
def _pictures() -> str:
    pictures = _ranges(
        c
        for low, high in ((0xA1, 0x3300), (0x1F000, 0x1FB00))
        for c in range(low, high)
        if unicodedata.category(chr(c)) == "So"
    )
    one = f"[{pictures}][\ufe0f\U0001f3fb-\U0001f3ff]*"
    return rf"{one}(?:\u200d{one})*"


@functools.cache
def any_word() -> re.Pattern[str]:
    """What finds a word of any script."""
    return re.compile(_word())


@functools.cache
def _word_or_picture() -> re.Pattern[str]:
    return re.compile(rf"{_word()}|{_pictures()}")


@functools.cache
def _word_by_script() -> re.Pattern[str]:
    # Where a script without spaces stands, its words end at the letters of others.
    return re.compile(rf"{_word(rf'(?:(?![{UNSPACED}]){_LETTERS})')}|[{UNSPACED}]+|{_pictures()}")


# Of each byte of a text in ASCII: its letter in lower case or digit, else a space.
_PLAIN = bytes(ord(chr(code).lower()) if chr(code).isalnum() else 32 for code in range(128)).ljust(
    256
)
_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_OF_UNSPACED = re.compile(f"[{UNSPACED}]")
# Punctuation, spaces, signs of currency and of mathematics; no pictures, no marks, no joiners.
_GAPS = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Zs", "Zl", "Zp", "Sc", "Sm"})


@functools.lru_cache(maxsize=4096)
def _is_gap(character: str) -> bool:
    """Whether a character beyond ASCII is part of no word, whatever stands around it."""
    return unicodedata.category(character) in _GAPS and not _OF_UNSPACED.match(character)


def _plainly_spaced(text: str) -> str | None:
    """A text with a space for every character of no word; None where that is not so plain.

    Each letter is in lower case and stands where it stood.
    """
    if "_" in text:
        return None
    if not text.isascii():
        beyond = set(_BEYOND_ASCII.findall(text))
        if not all(map(_is_gap, beyond)):
            return None
        for gap in beyond:
            text = text.replace(gap, " ")
    return text.encode("ascii").translate(_PLAIN).decode("ascii")


class Words:
    """The words of a text, read once for any number of matchers."""

    def __init__(self, text: str, dotless_i: bool = False):
        self.text = text
        self._dotless_i = dotless_i
        #: Positions of the words with which any term may begin; None where nobody looked for them.
        self.candidates: list[int] | None = None
        #: By where a word begins, its position: of those where a matcher found a term.
        self.position_at: dict[int, int] = {}
        # The words with spaces between them, each where it stands in the text.
        self._spaced = None if dotless_i else _plainly_spaced(text)
        self._ends: list[int] | None = None
        if self._spaced is not None:
            self.words = self._spaced.split()
        else:
            source = lower(text, dotless_i) if dotless_i and text.isascii() else text
            self._pattern = word_pattern(source)
            self._places = list(self._pattern.finditer(source))
            # As `normalised`, without calling it for most words.
            self.words = [
                word.casefold() if word.isascii() and not dotless_i else normalised(word, dotless_i)
                for word in [place.group() for place in self._places]
            ]

    def _all_ends(self, spaced: str) -> list[int]:
        """Where each word ends."""
        parts = spaced.split(" ")  # an empty one for each space more than one
        ends = map(operator.add, itertools.accumulate(map(len, parts)), itertools.count())
        return list(itertools.compress(ends, parts))

    def span(self, position: int) -> tuple[int, int]:
        """Where a word begins and ends, in characters."""
        ends = self._ends
        if ends is None:
            if self._spaced is None:
                return self._places[position].span()
            ends = self._ends = self._all_ends(self._spaced)
        end = ends[position]
        return end - len(self.words[position]), end

    def spans_of(self, word: str) -> list[tuple[int, int]]:
        """Where one of the words stands."""
        return [self.span(position) for position, other in enumerate(self.words) if other == word]

    def with_words(self, text: str, starts: Sequence[int], new: Sequence[str]) -> Words:
        """The words of a text that differs from this one in some whole words alone.

        Most are known from this text, so that not all are read again.

        Args:
            text: The other text.
            starts: Where the words stand here that differ.
            new: What stands in their place there, with nothing else changed.
        """
        if (
            self._spaced is None
            or self.candidates is None
            or not all(word.isalnum() and word.isascii() for word in new)
        ):
            return words_of(text, self._dotless_i)
        positions = [self.position_at.get(start, -1) for start in starts]
        if -1 in positions:
            return words_of(text, self._dotless_i)
        other = Words.__new__(Words)
        other.text, other._dotless_i = text, False
        other._spaced, other._ends = _plainly_spaced(text), None
        other.position_at, other.words = {}, self.words.copy()
        candidates = set(self.candidates)
        for position, word in zip(positions, new, strict=True):
            other.words[position] = word.lower()
            if position:  # the word before may begin a phrase now
                candidates.add(position - 1)
        other.candidates = sorted(candidates)
        return other


def words_of(text: str, dotless_i: bool = False) -> Words:
    """Reads the words of a text."""
    return Words(text, dotless_i)


def word_pattern(text: str) -> re.Pattern[str]:
    """What finds the words of a text, by the scripts that it holds."""
    return _word_by_script() if holds_unspaced(text) else _word_or_picture()
