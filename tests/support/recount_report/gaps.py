"""Mean score gaps with their intervals, and how far an original's scores spread."""

from __future__ import annotations

import math

import numpy as np

from support.recount_report.rates import (
    UNKNOWN,
    Estimate,
    Ratio,
    degrees,
    hall,
    ratio,
    score,
    t_quantile,
)
from support.recount_report.rows import Rows

QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)


def mean(sums: np.ndarray, sizes: np.ndarray, low: float, high: float) -> Estimate:
    """A mean within bounds, its skewness taken out by Hall's transformation."""
    if not sizes.sum() > 0:
        return UNKNOWN
    one = ratio(sums, sizes)
    if not one.variance > 0:
        return score(one, low, high - low)
    return skewed(one, low, high)


def skewed(one: Ratio, low: float, high: float) -> Estimate:
    """The t interval of a value whose error has the skewness g."""
    if not one.variance > 0:
        return Estimate(one.value, one.value, one.value, 0.0)
    g, error = one.skewness, math.sqrt(one.variance)
    t = t_quantile(degrees(one.df, 1 / (2 * g**2) if abs(g) > 1e-6 else math.inf))
    lower, upper = (float(np.clip(one.value - error * hall(q, g), low, high)) for q in (t, -t))
    return Estimate(one.value, min(lower, one.value), max(upper, one.value), error)


def quantiles(gaps: np.ndarray, weights: np.ndarray) -> list[float]:
    """The smallest gaps with a share of at least q of the weight at or below them."""
    order = np.argsort(gaps)
    reached = np.cumsum(weights[order])
    share = reached / reached[-1]
    return [float(gaps[order][np.argmax(share >= q - 1e-12)]) for q in QUANTILES]


def spread(rows: Rows, model: str) -> tuple[float, float]:
    """Mean deviation and mean range of an original's scores, over originals."""
    actual = []
    for cluster in range(rows.num_originals):
        its = rows.clusters == cluster
        scores = np.append(rows.after[model][its], rows.before[model][its][0])
        actual.append((scores.std(), np.ptp(scores), rows.weights[its].mean()))
    deviations, ranges, weights = np.array(actual).T
    if not weights.sum() > 0:
        return math.nan, math.nan
    return np.average(deviations, weights=weights), np.average(ranges, weights=weights)
