"""A candidate at the threshold where it says yes as often as the baseline."""

from __future__ import annotations

import dataclasses

import numpy as np

from support.recount_report.rates import Estimate, difference, rate
from support.recount_report.rows import Rows


@dataclasses.dataclass(frozen=True)
class Matched:
    """What is found there."""

    threshold: float
    target: float
    positive_rate: float
    rises: int
    falls: int
    flip_rate: Estimate
    against_baseline: Estimate


def matched(rows: Rows, candidate: str, baseline: str, own: float) -> Matched:
    """Matches by trying every rate that the candidate's scores allow."""
    w, before, after = rows.weights, rows.before[candidate], rows.after[candidate]
    base = rows.before[baseline] > own
    base_flips = base != (rows.after[baseline] > own)
    target = w[base].sum() / w.sum()
    threshold = own
    if abs(w[before > own].sum() / w.sum() - target) > 1e-12:
        threshold = nearest(before, w, target)
    positive, other = before > threshold, after > threshold
    flips = positive != other
    rate_here = w[positive].sum() / w.sum()
    reach = min(rate_here, 1 - rate_here) / 2
    more, fewer = (nearest(before, w, rate_here + step) for step in (reach, -reach))

    def totals(t: float) -> np.ndarray:
        return np.array([w[before > t].sum(), w[(before > t) != (after > t)].sum()])

    positives, flipped = totals(more) - totals(fewer)
    slope = flipped / positives if positives > 0 else 0.0
    pull = -slope * rows.added(positive.astype(float) - base)
    sums, sizes = rows.added(flips), rows.sizes()
    return Matched(
        threshold=threshold,
        target=target,
        positive_rate=rate_here,
        rises=int((flips & other).sum()),
        falls=int((flips & positive).sum()),
        flip_rate=rate(sums, sizes, pull, rows.is_single),
        against_baseline=difference(sums, rows.added(base_flips), sizes, pull),
    )


def nearest(scores: np.ndarray, weights: np.ndarray, target: float) -> float:
    """The threshold of the nearest positive rate; of two as near, of that not above the target.

    The middle between two neighbouring scores, the highest score, or just below the lowest.
    """
    levels = np.unique(scores[weights > 0])
    tried = [np.nextafter(levels[0], -np.inf), *(levels[1:] + levels[:-1]) / 2, levels[-1]]
    rates = np.array([weights[scores > t].sum() / weights.sum() for t in tried])
    away = np.abs(rates - target)
    near = [i for i in range(len(tried)) if away[i] <= away.min() + 1e-12]
    below = [i for i in near if rates[i] <= target + 1e-12]
    return float(tried[(below or near)[0]])
