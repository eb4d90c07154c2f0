"""The words of texts as doubts compare them, read once each, however often they come.

No token reaches over white space, and lower case does not look over it, so that the tokens of a
text are those of its words between spaces, one after the other. A look into a dictionary takes a
tenth of the time of a look by pattern, and most words of a text came before.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Iterable
from typing import Any

from fairflip.text.matcher import APOSTROPHES

#: A number with what is joined to it ("2,000", "12th"), or letters with apostrophes among them.
TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*[^\W_]*|[^\W\d_]+(?:[{APOSTROPHES}][^\W\d_]+)*")
APOSTROPHE = re.compile(f"[{APOSTROPHES}]")

_MOST_WORDS = 50_000
_LONGEST_WORD = 50
# Counts of two things in one number, so that one sum over the words of a text has both.
_ONE_HIT = 1 << 32


class WordTokens(dict[str, tuple[str, ...]]):
    """A word between spaces -> its tokens in lower case; forgets all of them when it is full.

    >>> WordTokens().of("Half-past 10.30, isn't it?".split())
    ['half', 'past', '10.30', "isn't", 'it']
    """

    def __missing__(self, word: str) -> tuple[str, ...]:
        tokens = tuple(TOKEN.findall(word.lower()))
        if len(word) <= _LONGEST_WORD:
            if len(self) >= _MOST_WORDS:
                self.clear()
            self[word] = tokens
        return tokens

    def of(self, words: Iterable[str]) -> list[str]:
        """The tokens of all words, in their order."""
        return list(itertools.chain.from_iterable(map(self.__getitem__, words)))


class CountedWords(dict[str, int]):
    """How many tokens of texts are among some words, whatever their apostrophes.

    >>> CountedWords({"dont"}, WordTokens()).of(["I", "don't", "know"])
    (1, 3)
    """

    def __init__(self, counted: Collection[str], tokens: WordTokens):
        """Takes the words, in lower case, and what reads tokens."""
        super().__init__()
        self._counted, self._tokens = counted, tokens

    def __missing__(self, word: str) -> int:
        tokens = self._tokens[word]
        counts = len(tokens) + _ONE_HIT * sum(map(self._is_counted, tokens))
        if len(word) <= _LONGEST_WORD:
            if len(self) >= _MOST_WORDS:
                self.clear()
            self[word] = counts
        return counts

    def _is_counted(self, token: str) -> bool:
        return (token if token.isalnum() else APOSTROPHE.sub("", token)) in self._counted

    def of(self, words: Iterable[str]) -> tuple[int, int]:
        """Of words between spaces: tokens that are counted, and all tokens."""
        return self.apart(sum(map(self.__getitem__, words)))

    @staticmethod
    def apart(counts: Any) -> tuple[Any, Any]:
        """A sum over words, or many, as what `of` gives: tokens that are counted, and all."""
        return divmod(counts, _ONE_HIT)
