"""The words of a text: what counts as one, and where each stands.

`fairflip.text.matcher` says what counts as a word. A text is read once for any number of matchers,
and of most words only whether they are listed is ever asked.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

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
def is_gap(character: str) -> bool:
    """Whether a character beyond ASCII is part of no word, whatever stands around it."""
    return unicodedata.category(character) in _GAPS and not _OF_UNSPACED.match(character)


def _plainly_spaced(text: str) -> str | None:
    """A text with a space for every character of no word; None where that is not so plain.

    Each letter is in lower case, and a place behind where it stood: a space is before the first,
    and one behind the last.
    """
    if "_" in text:
        return None
    if not text.isascii():
        beyond = set(_BEYOND_ASCII.findall(text))
        if not all(map(is_gap, beyond)):
            return None
        for gap in beyond:
            text = text.replace(gap, " ")
    plain = text.encode("ascii").translate(_PLAIN).decode("ascii")
    return f" {plain} "


class Words:
    """The words of a text, read once for any number of matchers."""

    def __init__(self, text: str, dotless_i: bool = False):
        self.text = text
        self._dotless_i = dotless_i
        #: Positions of the words with which any term may begin; None where nobody looked for them.
        self.candidates: list[int] | None = None
        #: By where a word begins, its position: of those where a matcher found a term.
        self.position_at: dict[int, int] = {}
        # The words with spaces around them, each a place behind where it stands in the text.
        self._spaced = None if dotless_i else _plainly_spaced(text)
        # The last word that was looked for, and where to look on.
        self._last_found, self._rest = -1, 0
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

    def span(self, position: int) -> tuple[int, int]:
        """Where a word begins and ends, in characters; soon known of words in their order."""
        spaced, words = self._spaced, self.words
        if spaced is None:
            return self._places[position].span()
        place, rest = self._last_found, self._rest
        if position <= place:
            place, rest = -1, 0
        word = words[position]
        alone = f" {word} "
        while place < position:
            place = words.index(word, place + 1)
            start = spaced.index(alone, rest)
            rest = start + len(word) + 1
        self._last_found, self._rest = position, rest
        return start, rest - 1

    def spans_of(self, word: str) -> list[tuple[int, int]]:
        """Where one of the words stands."""
        return [self.span(position) for position, other in enumerate(self.words) if other == word]


def words_of(text: str, dotless_i: bool = False) -> Words:
    """Reads the words of a text."""
    return Words(text, dotless_i)


def word_pattern(text: str) -> re.Pattern[str]:
    """What finds the words of a text, by the scripts that it holds."""
    return _word_by_script() if holds_unspaced(text) else _word_or_picture()


#: Of a word, where it stands in phrases, and how these begin: place, first and second words.
Inside = dict[int, dict[str, set[str]]]


class _Finder(Protocol):
    """What finds terms, as far as it says which words they begin with."""

    @property
    def beginnings(self) -> Mapping[str, frozenset[str] | None]:
        """The words with which terms begin, each with what must follow; None: nothing must."""

    @property
    def inside(self) -> Mapping[str, Inside]:
        """The words that fixed phrases hold as their first term."""

    @property
    def finds_unspaced(self) -> bool:
        """Whether any term is found inside of what looks like a word."""


class Beginnings:
    """Which of some finders may have a term in a text, by one look at each word."""

    def __init__(self, finders: Sequence[_Finder]):
        """Takes the finders; they are named by their position here."""
        self._words: dict[str, _Beginning] = {}
        self._unspaced = [n for n, finder in enumerate(finders) if finder.finds_unspaced]
        for number, finder in enumerate(finders):
            for word, following in finder.beginnings.items():
                beginning = self._words.setdefault(word, _Beginning())
                if following is None:
                    beginning.finders.add(number)
                for second in following or ():
                    beginning.before.setdefault(second, set()).add(number)
            for word, inside in finder.inside.items():
                for place, phrases in inside.items():
                    self._words[word].add(place, phrases)

    def read(self, words: Words) -> list[int]:
        """Sets the candidates among the words.

        Returns:
            The finders that may have a term, in their order; the others have none.
        """
        known, all_words = self._words, words.words
        words.candidates = candidates = []
        finders: set[int] = set()
        last = len(all_words) - 1
        begins_before = False
        for position in [i for i, word in enumerate(all_words) if word in known]:
            beginning = known[all_words[position]]
            is_candidate = False
            if beginning.finders:
                finders |= beginning.finders
                is_candidate = True
            if beginning.before and position < last:
                following = beginning.before.get(all_words[position + 1])
                if following is not None:
                    is_candidate = True
                    finders |= following
            if is_candidate:
                candidates.append(position)
            for place, phrases in beginning.inside:
                if place <= position:
                    first = position - place
                    second_words = phrases.get(all_words[first])
                    if second_words is not None and all_words[first + 1] in second_words:
                        candidates.append(first)
                        begins_before = True
        if begins_before:
            words.candidates = sorted(set(candidates))
        if self._unspaced and not words.text.isascii():
            finders.update(self._unspaced)
        return sorted(finders)


@dataclasses.dataclass(slots=True)
class _Beginning:
    """What may begin with a word, and the phrases that hold it further on.

    A phrase matters only where it holds a term, so that it is looked for from there.
    """

    finders: set[int] = dataclasses.field(default_factory=set)  # with the word alone as a term
    # By the word that follows: the finders of terms that go on so; none of a fixed phrase.
    before: dict[str, set[int]] = dataclasses.field(default_factory=dict)
    # Where the word stands in phrases, and their first and second words.
    inside: list[tuple[int, dict[str, set[str]]]] = dataclasses.field(default_factory=list)

    def add(self, place: int, phrases: dict[str, set[str]]) -> None:
        """Adds phrases that hold the word at a place, by their first words."""
        if not place:
            for second in itertools.chain.from_iterable(phrases.values()):
                self.before.setdefault(second, set())
            return
        known = dict(self.inside).get(place)
        if known is None:
            self.inside.append((place, known := {}))
        for first, second_words in phrases.items():
            known.setdefault(first, set()).update(second_words)
