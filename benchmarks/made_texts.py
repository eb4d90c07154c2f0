"""Texts that cost what posts cost: English function words among made-up ones, by Zipf's law.

Half of what stands in them are function words, as in real text, so that they are read as English;
the other words are made of syllables. Each text names one religion, and its counterfactuals name
others in its place: identity edits, each in surroundings of its own.
"""

from __future__ import annotations

import numpy as np

from fairflip.text.controls.word_classes import FUNCTION_WORDS

#: One of them stands in each text, and others in its counterfactuals.
TERMS = ("buddhist", "christian", "hindu", "jewish", "muslim", "sikh")
NUM_WORDS = 5_000
WORDS_OF_TEXT = 40
_WORDS_OF_SENTENCE = 10
_SYLLABLES = [first + vowel for first in "bdfgklmnprstvz" for vowel in "aeiou"]
# Mandelbrot's shift of ranks: without it the first word alone would be a ninth of all.
_SHIFT = 2.7


def vocabulary(rng: np.random.Generator) -> list[str]:
    """`NUM_WORDS` words, the most frequent first."""
    words = dict.fromkeys(rng.permutation(sorted(FUNCTION_WORDS)).tolist())
    while len(words) < NUM_WORDS:
        words["".join(rng.choice(_SYLLABLES, rng.integers(2, 5)))] = None
    return list(words)


def texts_and_counterfactuals(
    rng: np.random.Generator, which: np.ndarray
) -> tuple[list[str], list[str]]:
    """The two texts of each pair.

    Args:
        rng: What words are drawn by.
        which: (pairs,) whole numbers: the original of each pair. Pairs of one original stand
            together, at most five of them.

    Returns:
        Originals, the same text for the same original, and counterfactuals, all different.
    """
    words = np.array(vocabulary(rng))
    chances = 1 / (np.arange(len(words)) + 1 + _SHIFT)
    drawn = rng.choice(len(words), (which.max() + 1, WORDS_OF_TEXT), p=chances / chances.sum())
    places = rng.integers(0, WORDS_OF_TEXT, len(drawn))
    terms = rng.integers(0, len(TERMS), len(drawn))
    is_first = np.r_[True, which[1:] != which[:-1]]
    number = np.arange(len(which)) - np.maximum.accumulate(
        np.where(is_first, np.arange(len(which)), 0)
    )
    originals, counterfactuals = [], []
    for original, others in zip(which, 1 + number, strict=True):
        chosen = words[drawn[original]].tolist()
        place = places[original]
        for side, shift in ((originals, 0), (counterfactuals, others)):
            chosen[place] = TERMS[(terms[original] + shift) % len(TERMS)]
            side.append(_written(chosen))
    return originals, counterfactuals


def _written(words: list[str]) -> str:
    """Words as sentences."""
    sentences = [
        " ".join(words[start : start + _WORDS_OF_SENTENCE])
        for start in range(0, len(words), _WORDS_OF_SENTENCE)
    ]
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences)
