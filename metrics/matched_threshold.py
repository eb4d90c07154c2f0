"""The threshold at which a candidate says "yes" as often as the baseline.

A model that answers "no" to everything never flips. So flips are compared where
both models are positive equally often.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def matched_threshold(
    scores: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64] | None,
    target_rate: float,
) -> float:
    """The observed score at which the positive rate is nearest to `target_rate`.

    The threshold t is one of the observed scores, positive is score > t, and the
    result is the smallest t whose positive rate is as near as possible to the
    target; of two equally near rates, the one not above it. No observed score
    makes all originals positive, so the highest rate that can be met is that of
    the smallest score.

    Args:
      scores: [N] the candidate's scores of the originals.
      weights: [N] example weights; None: all 1.
      target_rate: The baseline's positive rate on the same originals.

    Returns:
      The threshold; NaN without originals or weight.
    """
    if not scores.size:
        return float("nan")
    levels, inverse = np.unique(scores, return_inverse=True)
    at_level = np.bincount(inverse, weights, levels.size).astype(np.float64)
    total = at_level.sum()
    if not total > 0:
        return float("nan")
    above = total - np.cumsum(at_level)
    # Rounding must not decide which of two equally near rates is chosen.
    distance = np.abs(above / total - target_rate)
    nearest = distance <= distance.min() + 1e-12
    not_above = nearest & (above / total <= target_rate + 1e-12)
    chosen = not_above if not_above.any() else nearest
    return float(levels[np.argmax(chosen)])
