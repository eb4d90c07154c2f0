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

* a character that is not seen (a soft hyphen, a zero-width space or joiner) between letters
  is part of their word: what looks like ``other`` holds no ``her``.

A hyphen does end a word: ``ex-wife`` holds ``wife``. The plus sign of ``LGBTQ+`` belongs to it.
Scripts that put no spaces between words (Chinese, Japanese, Thai, ...) have rules of their own,
and so have Korean particles and the Arabic article: see `fairflip.text.scripts.unspaced`.
"""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Sequence
from typing import NamedTuple

from fairflip.protos.errors import InputError
from fairflip.text.scripts.segmenters import Segmenter
from fairflip.text.scripts.unspaced import AttachedTerms, UnspacedTerms, holds_unspaced
from fairflip.text.terms import normalised
from fairflip.text.words import Words, any_word, word_pattern, words_of
from fairflip.text.words import is_gap as is_gap

APOSTROPHES = "'’ʼ‘＇"
HYPHENS = "-‐‑"
#: What may follow a term after an apostrophe: possessives and contractions.
CLITICS = frozenset({"s", "ll", "d", "ve", "re", "m", "em", "t"})


_ADDRESS = re.compile(
    r"(?:https?://|ftp://|www\.)\S+"
    r"|(?<![\w.])[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<!\w)@\w+"
    r"|(?<![\w/])/?[ru]/\w+"
    r"|(?<![\w.])(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|co\.uk)(?:/\S*)?(?!\w)",
    re.IGNORECASE,
)
# Each address holds one of these.
_SIGNS_OF_ADDRESS = frozenset("./@")
_LGB = re.compile("(?:2s)?lgb", re.IGNORECASE)
_MASKS = "*@$#"
_MASKED_REST = re.compile(rf"[{_MASKS}]+[^\W_]")


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
    __slots__ = ("alone", "children", "endings")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.endings: list[_Ending] = []
        #: The term that is this one word, if no other ends here and no sign belongs to it.
        self.alone: int | None = None


class Matcher:
    """Finds the terms of a list, longest first, from left to right, never overlapping."""

    def __init__(
        self, terms: Sequence[str], dotless_i: bool = False, segmenter: Segmenter | None = None
    ):
        """Takes the terms; a match names a term by its position here.

        Args:
            terms: The terms, words or phrases.
            dotless_i: Whether ``I`` is the capital of ``ı`` (see `fairflip.text.letter_case`).
            segmenter: What tells words that no space parts.

        Raises:
            InputError: A term holds nothing that a text could be searched for.
        """
        self._root = _Node()
        self._dotless_i = dotless_i
        unspaced = UnspacedTerms(terms, segmenter)
        self._unspaced = unspaced if unspaced.numbers else None
        attached = AttachedTerms(terms)
        self._attached = attached if attached.are_any else None
        for number, term in enumerate(terms):
            if number in unspaced.numbers:
                continue
            text = normalised(term, dotless_i)
            words = list(word_pattern(text).finditer(text))
            if not words:
                raise InputError(
                    f"term {term[:40]!r} holds no letter, digit or emoji that could be found in a "
                    "text; give a word, a phrase or an emoji."
                )
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
        for node in self._root.children.values():
            if len(node.endings) == 1 and not (node.endings[0].before or node.endings[0].after):
                node.alone = node.endings[0].term
        #: Whether any term is found inside of what looks like a word.
        self.finds_unspaced = self._unspaced is not None or self._attached is not None
        self._first_words = frozenset(self._root.children)

    @property
    def beginnings(self) -> dict[str, frozenset[str] | None]:
        """The words with which terms begin, each with what must follow; None: nothing must."""
        return {
            word: None if node.endings else frozenset(node.children)
            for word, node in self._root.children.items()
        }

    @property
    def plain(self) -> dict[str, int]:
        """The terms of words with spaces between them, by their normalised text.

        There is no other term of the same words, and none has a sign of its own.
        """
        plain: dict[str, int] = {}
        nodes = [(word, node) for word, node in self._root.children.items()]
        while nodes:
            text, node = nodes.pop()
            nodes += [(f"{text} {word}", child) for word, child in node.children.items()]
            if len(node.endings) == 1:
                _, before, between, after, number = node.endings[0]
                if not (before or after) and all(sign == " " for sign in between):
                    plain[text] = number
        return plain

    @property
    def second_words(self) -> dict[str, frozenset[str]]:
        """The words with which terms of several words begin, each with those that may follow."""
        nodes = self._root.children.items()
        return {word: frozenset(node.children) for word, node in nodes if node.children}

    def longest(self, words: Sequence[str], position: int) -> int:
        """How many words the longest term has that may begin with a word; 0 without any."""
        longest, node = 0, self._root.children.get(words[position])
        begins = position
        while node is not None:
            position += 1
            if node.endings:
                longest = position - begins
            if position == len(words):
                break
            node = node.children.get(words[position])
        return longest

    def find(self, text: str) -> list[Match]:
        """The terms of a text, in their order."""
        return self.find_in(words_of(text, self._dotless_i))

    def words_of(self, text: str) -> Words:
        """Reads the words of a text as this matcher compares them."""
        return words_of(text, self._dotless_i)

    def may_be_in(self, words: Words) -> bool:
        """Whether any term may be in a text: soon known, and mostly not so."""
        if self.finds_unspaced and not words.text.isascii():
            return True
        return not self._first_words.isdisjoint(words.words)

    def find_in(self, words: Words) -> list[Match]:
        """The terms of a text whose words are known."""
        if self.finds_unspaced and not words.text.isascii():
            places = self._inside(words.text)
            if places:
                plain = [Match(*place) for place in places]
                spaced = [
                    match
                    for match in self._find_spaced(words)
                    if not any(match.start < end and start < match.end for start, end, _ in places)
                ]
                return sorted(plain + spaced)
        return self._find_spaced(words)

    def _inside(self, text: str) -> list[tuple[int, int, int]]:
        """Start, end and number of the terms inside of what looks like a word."""
        places = self._unspaced.find(text) if self._unspaced is not None else []
        for start, end, number in self._attached.find(text) if self._attached is not None else []:
            if not is_in_address(text, start, end):
                places.append((start, end, number))
        return places

    def _find_spaced(self, words: Words) -> list[Match]:
        """The terms that stand between spaces or signs."""
        children = self._root.children
        matches: list[Match] = []
        end = 0
        all_words, text, span = words.words, words.text, words.span
        last = len(all_words) - 1
        positions: Sequence[int] | None = words.candidates
        if positions is None:
            if self._first_words.isdisjoint(all_words):
                return []
            positions = [i for i, word in enumerate(all_words) if word in children]
        for position in positions:
            node = children.get(all_words[position])
            if node is None:
                continue
            endings = node.endings
            goes_on = position != last and all_words[position + 1] in node.children
            if goes_on:
                endings = _all_endings(node, all_words, position)
            if not endings:
                continue
            word_start, word_end = span(position)
            if word_start < end:
                continue
            match: Match | None
            if not goes_on and node.alone is not None and _stands_free(text, word_start, word_end):
                match = Match(word_start, word_end, node.alone)
            else:
                match = _longest(endings, words, position)
            if match is not None:
                matches.append(match)
                words.position_at[match.start] = position
                end = match.end
        return matches


def _all_endings(node: _Node, words: Sequence[str], position: int) -> list[_Ending]:
    """The terms that begin with a word and go on with those behind it."""
    endings = [*node.endings]
    while position + 1 < len(words):
        position += 1
        child = node.children.get(words[position])
        if child is None:
            break
        node = child
        endings.extend(node.endings)
    return endings


def _longest(endings: Sequence[_Ending], words: Words, position: int) -> Match | None:
    """The longest of the terms that begin at a word."""
    if len(endings) > 1:
        endings = sorted(endings, key=_length, reverse=True)
    most = endings[0].num_words
    spans = [words.span(place) for place in range(position, position + most)]
    for ending in endings:
        match = _checked(ending, words.text, spans)
        if match is not None:
            return match
    return None


def has_words_without_spaces(text: str) -> bool:
    """Whether a text holds a letter of a script that puts no spaces between words."""
    return holds_unspaced(text)


def may_be_attached(term: str) -> bool:
    """Whether a term is also found with something joined to it: Korean or Arabic."""
    return AttachedTerms([term]).are_any


def _length(ending: _Ending) -> tuple[int, int]:
    return ending.num_words, len(ending.before) + len(ending.after)


def _checked(ending: _Ending, text: str, spans: Sequence[tuple[int, int]]) -> Match | None:
    """The match, where what stands around and between its words fits the term."""
    start = spans[0][0]
    end = spans[ending.num_words - 1][1]
    for (_, left), (right, _), separator in zip(spans, spans[1:], ending.between, strict=False):
        if not _separates(text[left:right], separator):
            return None
    if ending.before:
        start -= len(ending.before)
        if start < 0 or normalised(text[start : start + len(ending.before)]) != ending.before:
            return None
    if ending.after:
        end += len(ending.after)
        if normalised(text[end - len(ending.after) : end]) != ending.after:
            return None
    if _is_inside_word(text, start, end) or is_in_address(text, start, end):
        return None
    if text[end : end + 1] == "+" and _takes_plus(text, start, end):
        end += 1
    return Match(start, end, ending.term)


def _stands_free(text: str, start: int, end: int) -> bool:
    """Whether white space is around a word, with one sign at most: most need no other look."""
    after = text[end : end + 1]
    if not start or text[start - 1].isspace():
        if not after or after.isspace():
            return True
        following = text[end + 1 : end + 2]
        return after != "+" and (not following or following.isspace())
    if after and not after.isspace():
        return False
    return text[start - 1] != "@" and (start == 1 or text[start - 2].isspace())


def _takes_plus(text: str, start: int, end: int) -> bool:
    """Whether the plus sign after a term is its own: ``LGBTQ+``."""
    return not text[end + 1 : end + 2].isalnum() and _LGB.match(text, start, end) is not None


def _separates(sign: str, wanted: str) -> bool:
    """A space stands for any white space or one hyphen, a hyphen for any hyphen."""
    if wanted.isspace():
        return sign.isspace() or (len(sign) == 1 and sign in HYPHENS)
    return normalised(sign) == wanted


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
        if before == "/" and re.search(r"(?<![^\W_])s/$", text[:start], re.IGNORECASE):  # s/he
            return True
    if end < len(text):
        after = text[end]
        letter_after = end + 1 < len(text) and text[end + 1].isalnum()
        if letter_after and after in APOSTROPHES:
            tail = any_word().match(text, end + 1)
            return tail is None or tail.group().lower() not in CLITICS
        if after in _MASKS and _MASKED_REST.match(text, end):
            return True
    return False


def is_in_address(text: str, start: int, end: int) -> bool:
    """Whether a place is part of an address: of what stands there without white space."""
    left, right = start, end
    while left and not text[left - 1].isspace():
        left -= 1
    while right < len(text) and not text[right].isspace():
        right += 1
    if right - left <= end - start + 1:  # alone, or with one sign beside it
        return False
    chunk = text[left:right]
    if _SIGNS_OF_ADDRESS.isdisjoint(chunk):  # as most
        return False
    return any(
        web_address.start() < end - left and start - left < web_address.end()
        for web_address in _ADDRESS.finditer(chunk)
    )
