"""Where two texts differ by their words between spaces."""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable
from typing import NamedTuple

_CONTEXT = 3


class Side(NamedTuple):
    """A text by its words between spaces, and those that the other text lacks.

    Attributes:
        text: The text.
        words: All of it.
        start: How many words both texts begin with.
        num_after: With how many more both end.
        middle_words: Those between.
        middle: The same with a space between each two.
    """

    text: str
    words: list[str]
    start: int
    num_after: int
    middle_words: list[str]
    middle: str

    @property
    def around(self) -> str:
        """The middle with some words on either side."""
        end = len(self.words) - self.num_after + _CONTEXT
        return " ".join(self.words[max(0, self.start - _CONTEXT) : end])


def sides(original: str, counterfactual: str) -> tuple[Side, Side]:
    """Both texts by what is left between their common beginning and their common end.

    >>> [side.middle for side in sides("a b c d", "a x y d")]
    ['b c', 'x y']
    """
    one, other = original.split(), counterfactual.split()
    shorter = min(len(one), len(other))
    start = _num_equal(one, other, shorter)
    after = _num_equal_at_end(one, other, shorter - start)
    middle, changed = one[start : len(one) - after], other[start : len(other) - after]
    return (
        Side(original, one, start, after, middle, " ".join(middle)),
        Side(counterfactual, other, start, after, changed, " ".join(changed)),
    )


def _num_equal_at_end(one: list[str], other: list[str], most: int) -> int:
    """How many words are equal behind the last that is not, at most so many."""
    # All of them where one side lacks words, all but one where a word stands for a word.
    for number in range(most, max(most - 2, 0), -1):
        if one[-number:] == other[-number:]:
            return number
    return min(_num_equal(reversed(one), reversed(other), most), most)


def _num_equal(one: Iterable[str], other: Iterable[str], shorter: int) -> int:
    """How many words are equal before the first that is not; of the shorter text all at most."""
    differs = map(operator.ne, one, other)
    return next(itertools.compress(itertools.count(), differs), shorter)
