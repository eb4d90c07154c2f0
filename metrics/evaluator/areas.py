"""Areas under curves of one slice: TFMA's matrices, and the areas without each bucket."""

from __future__ import annotations

import functools
from collections.abc import Callable

import numpy as np
from tensorflow_model_analysis.metrics import binary_confusion_matrices

from fairflip.metrics.evaluator.plan import Counted
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import NEGATIVE, POSITIVE
from fairflip.metrics.statistics.pair_statistics import SliceStatistics

#: TFMA's number of thresholds for AUC.
NUM_AUC_THRESHOLDS = 10_000
_EPSILON = 1e-7


def score_matrices(
    statistics: SliceStatistics, counted: Counted
) -> binary_confusion_matrices.Matrices:
    """TFMA's matrices for AUC, from the fine histogram."""
    histogram = statistics.score_histogram
    if statistics.marked is not None:
        histogram = histogram + statistics.marked.score_histogram
    by_label = auc_histogram(histogram.to_array()[counted.model])
    return _matrices(by_label[POSITIVE], by_label[NEGATIVE])


def score_matrices_by_sample(
    statistics: SliceStatistics, counted: Counted
) -> list[binary_confusion_matrices.Matrices]:
    """1 + B coarser ones: of all pairs, and of all but one bucket each."""
    by_bucket = np.moveaxis(_coarse(statistics, counted), 1, 0)  # [B, L, bins]
    total = by_bucket.sum(axis=0)
    samples = np.concatenate([total[None], total - by_bucket])
    # A last threshold above all scores, as TFMA has it.
    samples = np.concatenate([samples, np.zeros_like(samples[..., :1])], axis=-1)
    return [_matrices(sample[POSITIVE], sample[NEGATIVE]) for sample in samples]


def area_samples(statistics: SliceStatistics, counted: Counted, curve: str) -> np.ndarray:
    """[1 + B] coarse areas: of all pairs, and of all but one bucket each.

    What TFMA's own function gives for `score_matrices_by_sample`, all in one call, which
    that function cannot do: it sums over everything. NaN where a class is missing.

    Args:
        statistics: The slice.
        counted: Which model, and whether weighted.
        curve: "ROC" or "PR".
    """
    by_bucket = _coarse(statistics, counted)
    area = area_under_roc if curve == "ROC" else area_under_precision_recall
    whole, without = without_each_bucket(by_bucket, area)
    return np.concatenate([[whole], without])


def _coarse(statistics: SliceStatistics, counted: Counted) -> np.ndarray:
    """[L, B, bins] weights by label, bucket and score."""
    histogram = statistics.bucket_histogram
    if statistics.marked is not None:
        histogram = histogram + statistics.marked.bucket_histogram
    return histogram.to_array()[counted.model]


def _matrices(positive: np.ndarray, negative: np.ndarray) -> binary_confusion_matrices.Matrices:
    return binary_confusion_matrices.Matrices(
        thresholds=np.arange(len(positive)) / (len(positive) - 1),
        tp=np.cumsum(positive[::-1])[::-1],
        fp=np.cumsum(negative[::-1])[::-1],
        fn=np.cumsum(positive) - positive,
        tn=np.cumsum(negative) - negative,
    )


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
    return tables.ratio(area, positives.sum(axis=-1) * negatives.sum(axis=-1))


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
    interval_of_bin = _auc_bin_of_score_bin()
    result = np.zeros((*histogram.shape[:-1], NUM_AUC_THRESHOLDS))
    # Bins ascend, so the sums of equal intervals are those of neighbours.
    starts = np.flatnonzero(np.concatenate([[True], interval_of_bin[1:] != interval_of_bin[:-1]]))
    result[..., interval_of_bin[starts]] = np.add.reduceat(histogram, starts, axis=-1)
    # No score is above TFMA's last threshold.
    result[..., -2] += result[..., -1]
    result[..., -1] = 0.0
    return result


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
    return tables.ratio(grown.sum(axis=-1), np.where(others > 0, total, 0.0))


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
