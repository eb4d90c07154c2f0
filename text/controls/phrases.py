"""Listed terms of several words, or with a sign of their own: none of their words is a control."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fairflip.text.controls.plain_texts import Mask, PlainTexts
from fairflip.text.matcher import Matcher, Words, words_of


class Phrases:
    """Finds such terms."""

    def __init__(self, terms: Iterable[str]):
        """Takes the terms, in lower case."""
        self._matcher = Matcher(sorted(terms))
        self._beginnings = self._matcher.beginnings

    def words_in(self, words: Words) -> set[str]:
        """The words of all such terms that a text holds."""
        barred: set[str] = set()
        for start, end, _ in self._matcher.find_in(words):
            barred.update(words_of(words.text[start:end]).words)
        return barred

    def may_begin(self, texts: PlainTexts) -> Mask:
        """[N] whether a term may begin with a word of plain texts; where none may, none does."""
        words, beginnings = texts.words, self._beginnings
        begins = np.array([word in beginnings for word in words], bool)[texts.codes]
        ends = set((texts.firsts[1:] - 1).tolist())
        for place in np.flatnonzero(begins).tolist():
            following = beginnings[words[texts.codes[place]]]
            if following is not None:
                is_last = place in ends
                begins[place] = not is_last and words[texts.codes[place + 1]] in following
        return begins
