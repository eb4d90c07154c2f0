"""Confusion counts, rates and AUC from the cells and histograms of the statistics.

AUC is that of TFMA: the area under the curve through its 10,000 thresholds, so
that a report and a TFMA result of the same data show the same number.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable

import numpy as np

from fairflip.metrics.batches import tables
from fairflip.metrics.batches.columns import NEGATIVE, POSITIVE

#: TFMA's number of thresholds for AUC.
NUM_AUC_THRESHOLDS = 10_000
_EPSILON = 1e-7


@dataclasses.dataclass(frozen=True)
class Confusion:
    """Counts or weights by label and decision, all of one shape.

    A rate is NaN where nothing is in its denominator.

    Attributes:
        true_positives: Label 1, score > threshold.
        false_positives: Label 0, score > threshold.
        true_negatives: Label 0, score <= threshold.
        false_negatives: Label 1, score <= threshold.
    """

    true_positives: np.ndarray
    false_positives: np.ndarray
    true_negatives: np.ndarray
    false_negatives: np.ndarray

    @classmethod
    def of_cells(cls, cells: np.ndarray) -> Confusion:
        """From [L, ..., T + 1] cells to shape [..., T], thresholds ascending."""
        positive = tables.positives(cells)
        negative = np.cumsum(cells, axis=-1)[..., :-1]
        return cls(positive[POSITIVE], positive[NEGATIVE], negative[NEGATIVE], negative[POSITIVE])

    @property
    def accuracy(self) -> np.ndarray:
        """(TP + TN) / all, in [0, 1], ideally 1."""
        right = self.true_positives + self.true_negatives
        return _ratio(right, right + self.false_positives + self.false_negatives)

    @property
    def true_positive_rate(self) -> np.ndarray:
        """TP / (TP + FN), in [0, 1], ideally 1."""
        return _ratio(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def false_negative_rate(self) -> np.ndarray:
        """FN / (TP + FN), in [0, 1], ideally 0."""
        return _ratio(self.false_negatives, self.true_positives + self.false_negatives)

    @property
    def false_positive_rate(self) -> np.ndarray:
        """FP / (FP + TN), in [0, 1], ideally 0."""
        return _ratio(self.false_positives, self.false_positives + self.true_negatives)

    @property
    def true_negative_rate(self) -> np.ndarray:
        """TN / (FP + TN), in [0, 1], ideally 1."""
        return _ratio(self.true_negatives, self.false_positives + self.true_negatives)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    result = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=result, where=np.asarray(whole) > 0)
    return result


def area_under_roc(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Area under the ROC curve from histograms of the scores.

    The chance that a positive's score is above a negative's, those in one bin
    counting half: sum over bins of n (P_above + p / 2) / (P N).

    Args:
        positives: [..., bins] weight of positives by score, bins ascending.
        negatives: [..., bins] weight of negatives.

    Returns:
        [...] areas in [0, 1], ideally 1; NaN without positives or negatives.
    """
    above = np.cumsum(positives[..., ::-1], axis=-1)[..., ::-1] - positives
    area = (negatives * (above + positives / 2.0)).sum(axis=-1)
    return _ratio(area, positives.sum(axis=-1) * negatives.sum(axis=-1))


@functools.cache
def _auc_bin_of_score_bin() -> np.ndarray:
    """[NUM_SCORE_BINS] interval between TFMA's AUC thresholds of each score bin.

    TFMA shifts the thresholds by epsilon, because histogram bins hold their lower
    end and decisions do not, and takes every score of a bin to be its lower end.
    """
    inner = np.arange(1, NUM_AUC_THRESHOLDS - 1) / (NUM_AUC_THRESHOLDS - 1)
    starts = np.concatenate([[0.0], inner + _EPSILON, [1.0 + 2 * _EPSILON]])
    lower_ends = (np.arange(tables.NUM_SCORE_BINS) - 1) / 10_000.0
    lower_ends[0], lower_ends[-1] = -np.inf, np.inf
    return np.maximum(np.searchsorted(starts, lower_ends, side="right") - 1, 0)


def auc_histogram(histogram: np.ndarray) -> np.ndarray:
    """From [L, NUM_SCORE_BINS] scores to [L, NUM_AUC_THRESHOLDS] intervals of AUC."""
    where = _auc_bin_of_score_bin()
    result = np.zeros((*histogram.shape[:-1], NUM_AUC_THRESHOLDS))
    # Bins ascend, so the sums of equal intervals are those of neighbours.
    starts = np.flatnonzero(np.concatenate([[True], where[1:] != where[:-1]]))
    result[..., where[starts]] = np.add.reduceat(histogram, starts, axis=-1)
    # No score is above TFMA's last threshold.
    result[..., -2] += result[..., -1]
    result[..., -1] = 0.0
    return result


def auc(histogram: np.ndarray) -> float:
    """AUC of [L, NUM_SCORE_BINS] weights by label and score; NaN for one class only."""
    by_interval = auc_histogram(histogram)
    return float(area_under_roc(by_interval[POSITIVE], by_interval[NEGATIVE]))


def area_under_precision_recall(positives: np.ndarray, negatives: np.ndarray) -> np.ndarray:
    """Area under the precision-recall curve from histograms of the scores.

    Between two thresholds true positives grow in proportion to all positives, as in
    TFMA's AUC(curve="PR"): the sum over bins, with P and N above a bin, p and n in it,

        slope (p + (P - slope (P + N)) log((P + p + N + n) / (P + N))) / sum of p,
        slope = p / (p + n)

    with 0 for the logarithm where nothing is above.

    Args:
        positives: [..., bins] weight of positives by score, bins ascending.
        negatives: [..., bins] weight of negatives.

    Returns:
        [...] areas in [0, 1], ideally 1; NaN without positives or negatives.

    Source: Davis and Goadrich (2006), https://doi.org/10.1145/1143844.1143874.
    """
    predicted = positives + negatives
    above = np.cumsum(positives[..., ::-1], axis=-1)[..., ::-1] - positives
    all_above = np.cumsum(predicted[..., ::-1], axis=-1)[..., ::-1] - predicted
    # Sums of weights leave rounding where nothing is above.
    is_any = all_above > 1e-12 * predicted.sum(axis=-1, keepdims=True)
    slope = np.zeros_like(predicted)
    np.divide(positives, predicted, out=slope, where=predicted > 0)
    ratio = np.ones_like(predicted)
    np.divide(all_above + predicted, all_above, out=ratio, where=is_any)
    grown = slope * (positives + (above - slope * all_above) * np.log(ratio))
    total, others = positives.sum(axis=-1), negatives.sum(axis=-1)
    return _ratio(grown.sum(axis=-1), np.where(others > 0, total, 0.0))


def auc_without_each_bucket(bucket_histogram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coarse AUC of everything, and with one resampling bucket left out each.

    Args:
        bucket_histogram: [L, B, NUM_COARSE_BINS] weights.

    Returns:
        A scalar and [B] values; the scalar where a bucket is empty.
    """
    return without_each_bucket(bucket_histogram, area_under_roc)


def without_each_bucket(
    bucket_histogram: np.ndarray, area: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """An area of everything, and with one resampling bucket left out each.

    Args:
        bucket_histogram: [L, B, NUM_COARSE_BINS] weights.
        area: `area_under_roc` or `area_under_precision_recall`.

    Returns:
        A scalar and [B] values; the scalar where a bucket is empty.
    """
    total = bucket_histogram.sum(axis=1)
    whole = area(total[POSITIVE], total[NEGATIVE])
    rest = total[:, None] - bucket_histogram
    # What is left of a difference of sums may be rounding.
    rest = np.where(rest < 1e-12 * total[:, None], 0.0, rest)
    return whole, area(rest[POSITIVE], rest[NEGATIVE])
