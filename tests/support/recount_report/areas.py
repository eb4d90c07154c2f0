"""AUC pair by pair, its interval from DeLong's placements, and differences."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from support.recount_report import gaps
from support.recount_report.rates import UNKNOWN, Estimate, Ratio, score


@dataclasses.dataclass(frozen=True)
class Area:
    """An AUC, what each cluster does to it, and the clusters of the rarer class."""

    value: float
    influences: np.ndarray
    num_rarer: int


def area(
    scores: np.ndarray, labels: np.ndarray, weights: np.ndarray, clusters: np.ndarray
) -> Area | None:
    """The chance that a positive is above a negative, a tie counting half; None without labels."""
    known = ~np.isnan(labels)
    if not known.any():
        return None
    is_positive, num_clusters = labels == 1, clusters.max() + 1
    sides = [known & is_positive, known & ~is_positive]
    up, down = (np.flatnonzero(side) for side in sides)
    wins = np.sign(scores[up][:, None] - scores[down][None, :]) / 2 + 0.5
    p, n = weights[up].sum(), weights[down].sum()
    if not (p > 0 and n > 0):
        return Area(math.nan, np.zeros(num_clusters), 0)
    value = float(weights[up] @ wins @ weights[down] / p / n)
    influences = np.zeros(num_clusters)
    numbers = []
    for rows, placements, total in (
        (up, wins @ weights[down] / n, p),
        (down, weights[up] @ wins / p, n),
    ):
        pulls = np.bincount(
            clusters[rows], weights[rows] * (placements - value) / total, num_clusters
        )
        number = len(np.unique(clusters[rows][weights[rows] > 0]))
        influences += pulls * math.sqrt(number / max(number - 1, 1))
        numbers.append(number)
    return Area(value, influences, min(numbers))


def ratio_of(value: float, influences: np.ndarray, number: int) -> Ratio:
    """A value with the influences of its clusters, as a ratio with its skewness."""
    squares = influences**2
    variance = float(squares.sum())
    df = variance**2 / (squares**2).sum() - 1 if variance else 1.0
    n = max(number, 3)
    cubes = (influences**3).sum() / variance**1.5 if variance else 0.0
    return Ratio(
        value, variance, float(n**2 / ((n - 1) * (n - 2)) * cubes), number, max(float(df), 1.0)
    )


def interval(one: Area) -> Estimate:
    """Of an AUC: Wilson's on its effective size; no bounds where one cluster is a class."""
    if math.isnan(one.value):
        return UNKNOWN
    actual = score(ratio_of(one.value, one.influences, one.num_rarer))
    if one.num_rarer < 2:
        return dataclasses.replace(actual, lower=math.nan, upper=math.nan)
    return actual


def difference(candidate: Area, baseline: Area) -> Estimate:
    """Candidate - baseline; of no width where both rank alike."""
    pulls = candidate.influences - baseline.influences
    value = candidate.value - baseline.value
    if math.isnan(value):
        return UNKNOWN
    actual = gaps.skewed(ratio_of(value, pulls, baseline.num_rarer), -1.0, 1.0)
    if baseline.num_rarer < 2 and pulls.any():
        return dataclasses.replace(actual, lower=math.nan, upper=math.nan)
    return actual
