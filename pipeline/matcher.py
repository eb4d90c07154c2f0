"""Finds identity terms in text: whole words only, whatever their case.

A text is read once, word by word, and each word is looked up in a trie of the
terms' words. The cost depends on the length of the text and not on the number
of terms, and a term can never match inside a word.

What counts as a word (letters and digits of any script with their combining
marks) and what does not end one:

* an underscore between letters (``he_man``), a masking sign (``w*man``), a
  bracket inside a word (``(wo)man``, ``(s)he``), an apostrophe that is no English contraction
  or possessive (``he'eia``);
* web and mail addresses, ``@names``, ``r/names`` and ``u/names`` are left alone as a
  whole: a changed address is no sentence about anyone else.

A hyphen does end a word: ``ex-wife`` holds ``wife``.
"""

from __future__ import annotations

import itertools
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from fairflip.pipeline.term_lists import normalised

APOSTROPHES = "'’ʼ‘＇"
HYPHENS = "-‐‑"
#: What may follow a term after an apostrophe: possessives and contractions.
CLITICS = frozenset({"s", "ll", "d", "ve", "re", "m", "em", "t"})


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
_LETTERS = rf"(?:[^\W_]|[{_MARKS}])"
_WORD = rf"[^\W_](?:{_LETTERS}|_+(?=[^\W_]))*"
#: Words of any script, and the fast form for lower-case ASCII without underscores.
WORD = re.compile(_WORD)
_WORD_OR_PICTURE = re.compile(rf"{_WORD}|{_PICTURE}(?:\u200d{_PICTURE})*")
_ASCII_WORD = re.compile("[a-z0-9]+")

_ADDRESS = re.compile(
    r"(?:https?://|ftp://|www\.)\S+"
    r"|(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\w)@\w+"
    r"|(?<![\w/])/?[ru]/\w+"
    r"|(?<![\w.])(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|co\.uk)(?:/\S*)?(?!\w)",
    re.IGNORECASE,
)
_MASKS = "*@$#%"


class Match(NamedTuple):
    """A term in a text: ``text[start:end]`` is term number `term`."""

    start: int
    end: int
    term: int


class _Ending(NamedTuple):
    """A term that ends at a node of the trie, with what stands between its words."""

    num_words: int
    before: str
    between: tuple[str, ...]
    after: str
    term: int


class _Node:
    __slots__ = ("children", "endings")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.endings: list[_Ending] = []


class Matcher:
    """Finds the terms of a list, longest first, from left to right, never overlapping."""

    def __init__(self, terms: Sequence[str]):
        """Takes the terms; a match names a term by its position here."""
        self._root = _Node()
        pictures = False
        for number, term in enumerate(terms):
            text = normalised(term)
            words = list(_WORD_OR_PICTURE.finditer(text))
            if not words:
                raise ValueError(f"term {term[:40]!r} holds no letter, digit or symbol")
            pictures |= not all(WORD.match(word.group()) for word in words)
            node = self._root
            for word in words:
                node = node.children.setdefault(sys.intern(word.group()), _Node())
            node.endings.append(
                _Ending(
                    len(words),
                    text[: words[0].start()].strip(),
                    tuple(text[a.end() : b.start()] for a, b in itertools.pairwise(words)),
                    text[words[-1].end() :].strip(),
                    number,
                )
            )
        self._first_words = frozenset(self._root.children)
        self._word = _WORD_OR_PICTURE if pictures else WORD

    def may_match(self, text: str) -> bool:
        """Whether any term's first word is in the text. Fast; never wrongly False."""
        if text.isascii() and "_" not in text:
            return not self._first_words.isdisjoint(_ASCII_WORD.findall(text.lower()))
        return not self._first_words.isdisjoint(self._word.findall(normalised(text)))

    def find(self, text: str) -> list[Match]:
        """The terms of a text, in their order."""
        if not self.may_match(text):
            return []
        spans = [word.span() for word in self._word.finditer(text)]
        if text.isascii():
            folded = text.lower()
            words = [folded[start:end] for start, end in spans]
        else:
            words = [normalised(text[start:end]) for start, end in spans]
        matches: list[Match] = []
        position = 0
        children = self._root.children
        while position < len(words):
            node = children.get(words[position])
            if node is None:
                position += 1
                continue
            match, num_words = self._longest(node, text, spans, words, position)
            if match is not None:
                matches.append(match)
            position += num_words
        return _outside_addresses(text, matches) if matches else matches

    def _longest(self, node, text, spans, words, first) -> tuple[Match | None, int]:
        """The longest term that begins at word `first`, and how many words to go on."""
        endings = list(node.endings)
        last = first + 1
        while last < len(words) and (child := node.children.get(words[last])) is not None:
            node = child
            endings.extend(node.endings)
            last += 1
        for ending in sorted(endings, key=_length, reverse=True):
            match = _checked(ending, text, spans, first)
            if match is not None:
                return match, ending.num_words
        return None, 1


def _length(ending: _Ending) -> tuple[int, int]:
    return ending.num_words, len(ending.before) + len(ending.after)


def _checked(ending: _Ending, text: str, spans, first: int) -> Match | None:
    """The match, where what stands around and between its words fits the term."""
    start = spans[first][0]
    end = spans[first + ending.num_words - 1][1]
    for offset, separator in enumerate(ending.between):
        found = text[spans[first + offset][1] : spans[first + offset + 1][0]]
        if not _separates(found, separator):
            return None
    if ending.before:
        start -= len(ending.before)
        if start < 0 or normalised(text[start : start + len(ending.before)]) != ending.before:
            return None
    if ending.after:
        end += len(ending.after)
        if normalised(text[end - len(ending.after) : end]) != ending.after:
            return None
    if _is_inside_word(text, start, end):
        return None
    return Match(start, end, ending.term)


def _separates(found: str, wanted: str) -> bool:
    """A space stands for any white space or one hyphen, a hyphen for any hyphen."""
    if wanted.isspace():
        return found.isspace() or (len(found) == 1 and found in HYPHENS)
    return normalised(found) == wanted


def _is_inside_word(text: str, start: int, end: int) -> bool:
    if start and not text[start - 1].isspace():
        before = text[start - 1]
        letter_before = start > 1 and text[start - 2].isalnum()
        if before == "@" or (letter_before and (before in APOSTROPHES or before in _MASKS)):
            return True
        if before == ")" and start > 2 and letter_before:
            opening = text.rfind("(", 0, start)
            if opening >= 0 and text[opening + 1 : start - 1].isalnum():
                return True
        if re.search(r"(?<![^\W_])s/$", text[:start], re.IGNORECASE):  # s/he
            return True
    if end < len(text):
        after = text[end]
        letter_after = end + 1 < len(text) and text[end + 1].isalnum()
        if letter_after and after in APOSTROPHES:
            tail = WORD.match(text, end + 1)
            return tail is None or tail.group().lower() not in CLITICS
        if letter_after and after in _MASKS:
            return True
    return False


def _outside_addresses(text: str, matches: list[Match]) -> list[Match]:
    if not ("/" in text or "@" in text or "." in text):
        return matches
    addresses = [found.span() for found in _ADDRESS.finditer(text)]
    if not addresses:
        return matches
    return [
        match
        for match in matches
        if not any(start < match.end and match.start < end for start, end in addresses)
    ]
