"""Losses in the course of training, in parts of it, and whether a pair loss moved at all."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

#: Parts into which a training's steps are cut, each with its mean.
NUM_PARTS = 20
#: Losses that a technique is to lower beside the classification loss.
PAIR_LOSSES = ("counterfactual_loss", "min_diff_loss")
#: A loss whose end is above this share of its beginning has not moved.
_MOVED_BELOW = 0.95
#: The outer fifths, of so many parts each at least: single steps differ by chance.
_FIFTH, _FEWEST = 5, 2


def curve_of(values: Sequence[float], num_parts: int = NUM_PARTS) -> list[float]:
    """Means over equal parts of what was measured step by step, in order.

    Args:
        values: One a step.
        num_parts: At most so many parts.
    """
    size = len(values)
    parts = min(num_parts, size)
    edges = [part * size // parts for part in range(parts + 1)] if parts else []
    return [sum(values[a:b]) / (b - a) for a, b in itertools.pairwise(edges)]


def steps_of(running: Sequence[float]) -> list[float]:
    """Values of steps of equal size from their running means.

    Args:
        running: After each step the mean over all steps so far.
    """
    return [
        mean * (number + 1) - before * number
        for number, (before, mean) in enumerate(zip([0.0, *running], running, strict=False))
    ]


def stands_still(curve: Sequence[float]) -> bool:
    """Whether a loss is at the end where it was at the beginning: means of the outer fifths.

    Says no where there are too few parts to tell, and of a loss that was 0.
    """
    size = len(curve) // _FIFTH
    if size < _FEWEST:
        return False
    first, last = (sum(part) / size for part in (curve[:size], curve[-size:]))
    return bool(first > 0 and last > _MOVED_BELOW * first)


def unmoved_in_words(model: str, name: str, curve: Sequence[float]) -> str:
    """A sentence on a pair loss that stood still."""
    return (
        f"The {name.replace('_', ' ')} of {model} did not move in training: {curve[0]:.3g} at the "
        f"beginning, {curve[-1]:.3g} at the end. Its weight or the learning rate is too small, or "
        "scores are so sure that they have no slope; try a loss on logits, or more weight."
    )
