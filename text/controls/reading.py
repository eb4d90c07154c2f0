"""An original, read once for all of its pairs: which words may be edited in it, and where."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from fairflip.text.controls.word_classes import names_in, standing_words
from fairflip.text.matcher import words_of
from fairflip.text.terms import normalised


class ReadText(Protocol):
    """A text of which it is known what words it holds, and where."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each of its words occurs; words in lower case."""

    def places(self, words: Collection[str]) -> list[tuple[int, int, str]]:
        """Where words stand, in the order of the text."""


class Reading:
    """The words of a text, as often and where they stand."""

    def __init__(self, text: str, capitals_are_names: bool):
        """Takes the text, and whether a capital inside a sentence makes a name."""
        self.text = text
        self.words = words_of(text)
        words = self.words.words
        self.counts = Counter(words)
        #: Which word of the text each word is where it stands first.
        self.first = dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))
        is_plain = text.isascii()
        standing = standing_words(text.lower() if is_plain else text)
        if not is_plain:
            standing = [w.casefold() if w.isascii() else normalised(w) for w in standing]
        self._standing = Counter(standing)
        if capitals_are_names:
            for word in names_in(text):
                del self._standing[normalised(word)]

    def standing(self, count: int) -> list[str]:
        """The words that occur so many times, everywhere by themselves and as no name."""
        counts = self.counts
        return [
            word
            for word, number in self._standing.items()
            if number == count and counts[word] == count
        ]

    def places(self, words: Collection[str]) -> list[tuple[int, int, str]]:
        """Where words stand, in the order of the text."""
        spans = [(start, end, word) for word in words for start, end in self.words.spans_of(word)]
        return sorted(spans) if len(spans) > 1 else spans


def chances(seed: int, *names: str) -> Iterator[float]:
    """Uniform numbers in [0, 1), another stream for every seed and names."""
    name = name_of_chances(str(seed), *names)
    for block in itertools.count():
        digest = hashlib.blake2b(name + str(block).encode(), digest_size=64).digest()
        for start in range(0, 64, 8):
            yield (int.from_bytes(digest[start : start + 8], "little") >> 11) * 2.0**-53


def name_of_chances(*names: str) -> bytes:
    """What a stream of chances hangs on; that of more names begins with it."""
    return "".join([f"{name}\0" for name in names]).encode("utf-8", "surrogatepass")
