"""The threshold at which a candidate says "yes" as often as the baseline.

A model that answers "no" to everything never flips. So flips are compared where
both models are positive equally often.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips.decisions import is_positive

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


#: The thresholds around a matched one lie where the rarer answer is this much more and
#: less common; benchmarks/intervals/coverage.py shows how intervals fare with it.
_WINDOW = 0.5


def thresholds_around(
    scores: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None, rate: float
) -> tuple[float, float]:
    """A threshold with clearly more positives than `rate`, and one with clearly fewer.

    Args:
      scores: [N] scores of originals, or of a sample of them.
      weights: [N] example weights; None: all 1.
      rate: Positive rate in [0, 1].

    Returns:
      Thresholds whose positive rates are near the rate plus and minus half of the rarer
      answer's rate; NaN without weight.
    """
    reach = _WINDOW * min(rate, 1.0 - rate)
    ends = [
        matched_threshold(scores, weights, target, own_threshold=None)
        for target in (rate + reach, rate - reach)
    ]
    return ends[0], ends[1]


def slope_between(more: npt.NDArray[np.float64], fewer: npt.NDArray[np.float64]) -> float:
    """Flips by which one more positive original comes: 0 where the positives are as many.

    Args:
      more: Positive originals and flips at a threshold with more positives.
      fewer: The same at one with fewer.
    """
    positives, flips = (float(a - b) for a, b in zip(more, fewer, strict=True))
    return flips / positives if positives > 0 else 0.0


def flips_per_positive(
    scores: npt.NDArray[np.float64],
    counterfactual_scores: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64] | None,
    threshold: float,
) -> float:
    """How many more pairs flip when the threshold admits one more positive original.

    A matched threshold t is where the candidate's positives G are the baseline's B, on the
    very originals on which flips F are counted. Another draw has another t. To first order
    F(t) moves with a cluster as

        f_c - s (g_c - b_c),    s = dF / dG at t

    where f_c, g_c and b_c are its flips, its positives of the candidate at t and those of
    the baseline. The second term is what an interval that takes the threshold as given
    leaves out. s is the slope between the two thresholds of `thresholds_around`.

    Args:
      scores: [N] the candidate's scores of originals, a pair a row.
      counterfactual_scores: [N] of their counterfactuals.
      weights: [N] example weights; None: all 1.
      threshold: The matched threshold.

    Returns:
      The slope s; 0 where nothing is between.
    """
    w = np.ones(len(scores)) if weights is None else weights
    total = w.sum()
    if not total > 0:
        return 0.0
    around = thresholds_around(
        scores, weights, float(w[is_positive(scores, threshold)].sum() / total)
    )
    sides = []
    for at in around:
        positive = scores > at
        flipped = positive != (counterfactual_scores > at)
        sides.append(np.array([w[positive].sum(), w[flipped].sum()]))
    return slope_between(*sides)
