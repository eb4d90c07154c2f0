"""The threshold at which a candidate says "yes" as often as the baseline.

A model that answers "no" to everything never flips. So flips are compared where
both models are positive equally often.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Sums of weights in two orders differ by rounding; positive rates nearer to
# each other than this are equal.
RATE_TOLERANCE = 1e-12


def matched_threshold(
    scores: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64] | None,
    target_rate: float,
    own_threshold: float | None,
) -> float:
    """The threshold at which the positive rate is nearest to `target_rate`.

    Positive is score > threshold. If the rate at `own_threshold` equals the target,
    that is the result: a candidate that says "yes" as often as the baseline at the
    baseline's threshold is read there. Otherwise every rate that can be had is tried,
    and of two equally near ones the one not above the target is taken. All thresholds
    between two neighbouring observed scores give one rate; the result is the middle
    between them, so that small changes of a score on either side of a wide gap decide
    nothing. A rate of 0 is had at the highest score, a rate of 1 just below the lowest.

    Args:
      scores: [N] the candidate's scores of the originals.
      weights: [N] example weights; None: all 1. Scores of weight 0 count for nothing.
      target_rate: The baseline's positive rate on the same originals.
      own_threshold: The baseline's threshold; None: known not to meet the target.

    Returns:
      The threshold; NaN without originals or weight.
    """
    if not scores.size:
        return float("nan")
    levels, inverse = np.unique(scores, return_inverse=True)
    at_level = np.bincount(inverse, weights, levels.size).astype(np.float64)
    levels, at_level = levels[at_level > 0], at_level[at_level > 0]
    total = at_level.sum()
    if not total > 0:
        return float("nan")
    if own_threshold is not None:
        own_rate = at_level[levels > own_threshold].sum() / total
        if abs(own_rate - target_rate) <= RATE_TOLERANCE:
            return float(own_threshold)
    levels = np.concatenate([[np.nextafter(levels[0], -np.inf)], levels])
    rates = np.concatenate([[1.0], (total - np.cumsum(at_level)) / total])
    # Rounding must not decide which of two equally near rates is chosen.
    distance = np.abs(rates - target_rate)
    nearest = distance <= distance.min() + RATE_TOLERANCE
    not_above = nearest & (rates <= target_rate + RATE_TOLERANCE)
    chosen = int(np.argmax(not_above if not_above.any() else nearest))
    if chosen in (0, len(levels) - 1):
        return float(levels[chosen])
    below, above = levels[chosen], levels[chosen + 1]
    middle = below + (above - below) / 2
    return float(middle if below < middle < above else below)
