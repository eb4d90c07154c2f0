"""In how many texts each word occurs: counted in batches, merged in any order."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from fairflip.text.controls.plain_texts import PlainTexts, blocks_of, read_texts
from fairflip.text.controls.word_classes import FUNCTION_WORDS, standing_words
from fairflip.text.controls.word_runs import num_capitals, runs_of, stands_alone
from fairflip.text.matcher import words_of
from fairflip.text.terms import normalised

DEFAULT_MAX_WORDS = 1_000_000
#: No word: what a keyboard or a program left. Left out, so that it takes no memory.
_LONGEST_WORD = 40


@dataclasses.dataclass(frozen=True)
class DocumentFrequencies:
    """The number of texts that hold a word, for the words of any number of texts.

    `zero` is the identity of `+`, which is associative and commutative, so that counts are
    the same on one worker or fifty.

    **Memory is bounded.** Up to `max_words` distinct words are all counted, exactly (a
    million take about 150 MB; the two million comments of Civil Comments have fewer).
    Beyond that, words are a sample: those whose hash is among the `max_words` smallest, and
    English function words and those of `always_kept` whatever their hash. The counts of the words
    in the sample stay exact, and the sample depends on the words alone, not on their order.
    A word outside of it counts as unknown: it cannot serve as a control.

    Attributes:
      num_texts: Texts counted.
      counts: Texts that hold a word, by the word in lower case (`text.terms.normalised`).
      standing: Of these, texts in which it stands by itself in lower case: small for names,
        and for what a contraction or an address is cut into.
      max_words: The bound.
      always_kept: Words that stay beyond the bound, such as those of the term lists.
    """

    num_texts: int = 0
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    standing: Mapping[str, int] = dataclasses.field(default_factory=dict)
    max_words: int = DEFAULT_MAX_WORDS
    always_kept: frozenset[str] = frozenset()

    @classmethod
    def zero(
        cls, max_words: int = DEFAULT_MAX_WORDS, always_kept: frozenset[str] = frozenset()
    ) -> DocumentFrequencies:
        """No texts at all."""
        return cls(max_words=max_words, always_kept=always_kept)

    @classmethod
    def sum(cls, parts: Iterable[DocumentFrequencies]) -> DocumentFrequencies:
        """Of all parts together, from none on; accepts an iterator."""
        total: DocumentFrequencies | None = None
        for part in parts:
            total = part if total is None else total + part
        return cls.zero() if total is None else total

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        return {**vars(self), "always_kept": sorted(self.always_kept)}

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> DocumentFrequencies:
        """What `to_dict` took apart."""
        return cls(**fields | {"always_kept": frozenset(fields["always_kept"])})

    def plus_texts(self, texts: Iterable[str | None]) -> DocumentFrequencies:
        """These and some more texts; a text that is None is none."""
        given = [text for text in texts if text is not None]
        counts: Counter[str] = Counter()
        standing: Counter[str] = Counter()
        for block in blocks_of(given):
            read = read_texts(block)
            _count(read, len(block), counts, standing)
            for text in itertools.compress(block, ~read.is_plain):
                counts.update(set(words_of(text).words))
                words = {word for word in standing_words(text) if word.islower()}
                standing.update(words if text.isascii() else {normalised(word) for word in words})
        for word in [word for word in counts if len(word) > _LONGEST_WORD]:
            del counts[word]
            standing.pop(word, None)
        counted = dataclasses.replace(self, num_texts=len(given), counts=counts, standing=standing)
        return self + counted

    def __add__(self, other: DocumentFrequencies) -> DocumentFrequencies:
        if not isinstance(other, DocumentFrequencies):
            return NotImplemented
        if (self.max_words, self.always_kept) != (other.max_words, other.always_kept):
            raise ValueError("cannot add document frequencies of two bounds or kept words")
        large, small = (self, other) if len(self.counts) >= len(other.counts) else (other, self)
        counts, standing = Counter(large.counts), Counter(large.standing)
        counts.update(small.counts)
        standing.update(small.standing)
        if len(counts) > self.max_words:
            _sample(counts, standing, self.max_words, self.always_kept)
        return DocumentFrequencies(
            self.num_texts + other.num_texts, counts, standing, self.max_words, self.always_kept
        )

    def octave(self, word: str) -> float:
        """The base 2 logarithm of a word's document frequency; 0 for a word not counted."""
        return math.log2(self.counts.get(word, 1))

    def most_frequent(self, number: int) -> list[str]:
        """The words in most texts, most frequent first; equal ones by alphabet."""
        ranked = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))
        return [word for word, _ in ranked[:number]]


def _count(texts: PlainTexts, num_texts: int, counts: Counter[str], standing: Counter[str]) -> None:
    """Adds the words of plain texts."""
    runs = runs_of(texts, num_texts)
    num_words = len(runs.places)
    stands = stands_alone(texts, num_words) & (num_capitals(texts, num_words) == 0)
    for runs_counted, total in (
        (runs.code, counts),
        (runs.code[runs.total(stands) > 0], standing),
    ):
        number = np.bincount(runs_counted, minlength=len(texts.words))
        rows = np.flatnonzero(number)
        words = [texts.words[code] for code in rows.tolist()]
        total.update(dict(zip(words, number[rows].tolist(), strict=True)))


def _sample(
    counts: Counter[str], standing: Counter[str], max_words: int, always_kept: frozenset[str]
) -> None:
    """Leaves the words of the smallest hashes, and those that always stay."""
    chance = sorted((_hash(word), word) for word in counts.keys() - always_kept - FUNCTION_WORDS)
    for _, word in chance[max_words:]:
        del counts[word]
        standing.pop(word, None)


def _hash(word: str) -> bytes:
    return hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
