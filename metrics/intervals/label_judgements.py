"""How far scores are from shares of positives, and how far a group's rates are from others'.

Values come with each cluster's first-order influence, so that the difference of two models on
the same originals has an interval too: influences subtract.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.metrics.flips.decisions import is_positive
from fairflip.metrics.intervals.forms import IntervalEstimate
from fairflip.metrics.intervals.resampling import influence_interval

#: Equally wide bins of scores from 0 to 1.
NUM_BINS = 10
#: Groups with fewer rows of a label on either side say nothing of their rates.
MIN_OF_A_LABEL = 20


class Judged(NamedTuple):
    """A number of one model.

    Attributes:
        value: The number; NaN where it cannot be told.
        influences: `[clusters]`.
        by_chance: What chance alone makes of it where the truth is 0: the lower end is less by
            that.
        group: Whose it is; "" of all.
        num_inside: Rows in the group that it rests on.
        num_outside: Rows of everyone else.
    """

    value: float
    influences: npt.NDArray[np.float64]
    by_chance: float = 0.0
    group: str = ""
    num_inside: int = 0
    num_outside: int = 0


def calibration_error(
    scores: np.ndarray, labels: np.ndarray, clusters: np.ndarray, weights: np.ndarray
) -> Judged:
    """The expected calibration error: sum over bins of |sum w (score - label)| / sum w.

    It is never below 0, so that noise alone gives a model that is calibrated to the last digit
    some: `by_chance`, sum over bins of sqrt(2 / pi · sum w² p (1 - p)) / sum w.

    Args:
        scores: `[n]`, probabilities.
        labels: `[n]`, 0 or 1.
        clusters: `[n]` numbers from 0.
        weights: `[n]`, not all 0.
    """
    number = np.clip((scores * NUM_BINS).astype(np.int64), 0, NUM_BINS - 1)
    total = weights.sum()
    distance = weights * (scores - labels)
    sums = np.bincount(number, distance, NUM_BINS)
    value = float(np.abs(sums).sum() / total)
    pulls = (np.sign(sums)[number] * distance - value * weights) / total
    spread = np.bincount(number, np.square(weights) * scores * (1 - scores), NUM_BINS)
    by_chance = float(np.sqrt(2 / np.pi * spread).sum() / total)
    return Judged(value, _by_cluster(clusters, pulls), by_chance)


def worst_gap(
    scores: np.ndarray,
    is_of_label: np.ndarray,
    groups: Mapping[str, np.ndarray],
    threshold: float,
    clusters: np.ndarray,
    weights: np.ndarray,
) -> Judged:
    """The largest distance of a group's positive rate from that of everyone else.

    Args:
        scores: `[n]`.
        is_of_label: Bool `[n]`: the rows that count: positives for the true positive rate,
            negatives for the false positive rate.
        groups: Bool `[n]` by group.
        threshold: Positive is above it.
        clusters: `[n]` numbers from 0.
        weights: `[n]`.

    Returns:
        The gap, 0 to 1, of the group where it is largest; the interval takes this group as given.
    """
    predicted = is_positive(scores, threshold)
    worst = Judged(float("nan"), np.zeros(int(clusters.max(initial=-1)) + 1))
    for group, member in groups.items():
        inside, outside = is_of_label & member, is_of_label & ~member
        numbers = int(inside.sum()), int(outside.sum())
        if min(numbers) < MIN_OF_A_LABEL:
            continue
        sides = [_rate(predicted, weights * side, clusters) for side in (inside, outside)]
        gap = sides[0][0] - sides[1][0]
        if np.isnan(gap):  # all weights of a side are 0
            continue
        if not abs(gap) <= worst.value:
            pulls = np.sign(gap) * (sides[0][1] - sides[1][1])
            worst = Judged(float(abs(gap)), pulls, 0.0, group, *numbers)
    return worst


def _rate(
    predicted: np.ndarray, weights: np.ndarray, clusters: np.ndarray
) -> tuple[float, npt.NDArray[np.float64]]:
    total = weights.sum()
    if total <= 0:
        return float("nan"), np.zeros(int(clusters.max(initial=-1)) + 1)
    rate = float((weights * predicted).sum() / total)
    return rate, _by_cluster(clusters, weights * (predicted - rate) / total)


def _by_cluster(clusters: np.ndarray, pulls: np.ndarray) -> npt.NDArray[np.float64]:
    return np.bincount(clusters, pulls).astype(np.float64)


def interval_of(judged: Judged, confidence_level: float = 0.95) -> IntervalEstimate:
    """The interval of a number of one model."""
    interval = influence_interval(
        judged.influences, judged.value, _num_clusters(judged), confidence_level, None
    )
    lower = np.clip(interval.lower - judged.by_chance, 0.0, 1.0)
    return interval._replace(lower=lower, upper=np.clip(interval.upper, 0.0, 1.0))


def difference_of(
    candidate: Judged, baseline: Judged, confidence_level: float = 0.95
) -> tuple[float, IntervalEstimate]:
    """Candidate - baseline on the same rows, with its interval.

    Each value may be too large by what chance makes of it, so the ends move apart by that.
    """
    difference = candidate.value - baseline.value
    pulls = candidate.influences - baseline.influences
    interval = influence_interval(
        pulls, difference, _num_clusters(candidate), confidence_level, None
    )
    return difference, interval._replace(
        lower=interval.lower - candidate.by_chance, upper=interval.upper + baseline.by_chance
    )


def _num_clusters(judged: Judged) -> int:
    return int(np.count_nonzero(judged.influences))
