"""The words that controls put in the place of others: as frequent as the new terms of swaps."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import itertools
from collections.abc import Iterator

from fairflip.text.controls.candidates import Known
from fairflip.text.controls.frequencies import DocumentFrequencies
from fairflip.text.controls.reading import chances
from fairflip.text.matcher import words_of

# How far a replacement's frequency may be off, in octaves: further only where none is near, as in a
# few hundred short texts, where no other word is as rare as a term that none of them holds.
_REACH = (0.5, 1.0, 2.0, 4.0, 8.0)
_MOST_TRIED = 20
# Words and terms of which it is remembered what is tried.
_MOST_KEPT = 50_000


class Replacements:
    """Words about as frequent as a term, of its class.

    A swap of identity terms has one counterpart wherever it is made, and so has a control: it
    depends on the word and on the new term, not on the pair. So what swaps of words differ in can
    be learned from controls.
    """

    def __init__(
        self, frequencies: DocumentFrequencies, known: Known, listed: frozenset[str], seed: int
    ):
        """Takes how frequent words are, what is known of them, the words of term lists, a seed."""
        self._frequencies, self._known, self._seed = frequencies, known, seed
        self._listed = listed
        self._tried: dict[tuple[str, str], tuple[list[str], Iterator[str]]] = {}

    def words_for(self, word: str, term: str) -> Iterator[str]:
        """What stands in the place of a word as the term does in that of another.

        In the order in which they are tried; some come more than once.
        """
        for number in itertools.count():
            other = self.tried(word, term, number)
            if other is None:
                return
            yield other

    def tried(self, word: str, term: str, number: int) -> str | None:
        """The word that is tried after so many others; None behind the last."""
        key = word, term
        if key not in self._tried:
            if len(self._tried) >= _MOST_KEPT:
                self._tried.clear()
            self._tried[key] = [], self._all_for(word, term)
        tried, others = self._tried[key]
        while len(tried) <= number:
            other = next(others, None)
            if other is None:
                return None
            tried.append(other)
        return tried[number]

    def _all_for(self, word: str, term: str) -> Iterator[str]:
        octave, is_function, _ = self._known[term]
        vocabulary = self._vocabulary[is_function]
        for reach in _REACH:
            start = bisect.bisect_left(vocabulary.octaves, octave - reach)
            end = bisect.bisect_right(vocabulary.octaves, octave + reach)
            chance = chances(self._seed, word, term, str(end - start))
            for _ in range(min(_MOST_TRIED, end - start)):
                yield vocabulary.words[start + int(next(chance) * (end - start))]

    @functools.cached_property
    def _vocabulary(self) -> dict[bool, _Vocabulary]:
        """The words that may be put in the place of others, by whether they are function words."""
        counts, standing = self._frequencies.counts, self._frequencies.standing
        phrases = {word for term in self._listed for word in words_of(term).words}
        usable: dict[bool, list[tuple[float, str]]] = {False: [], True: []}
        for word, count in standing.items():
            # A word that mostly stands in capitals, or cut out of something, is a name.
            if 2 * count >= counts[word] and word not in phrases:
                about = self._known[word]
                if about.may_be_edited:
                    usable[about.is_function].append((about.octave, word))
        return {is_function: _Vocabulary.of(words) for is_function, words in usable.items()}


@dataclasses.dataclass(frozen=True)
class _Vocabulary:
    """Words by how frequent they are."""

    octaves: list[float]
    words: list[str]

    @classmethod
    def of(cls, words: list[tuple[float, str]]) -> _Vocabulary:
        ordered = sorted(words)
        return cls([octave for octave, _ in ordered], [word for _, word in ordered])
