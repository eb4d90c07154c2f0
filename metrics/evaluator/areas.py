"""Areas under curves of one slice: TFMA's matrices, whole areas, and those without each bucket."""

from __future__ import annotations

import functools
import itertools

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
    by_label = auc_histogram(_fine(statistics).to_array()[counted.model, :2])
    return _matrices(by_label[POSITIVE], by_label[NEGATIVE])


def whole_areas(statistics: SliceStatistics, counted: Counted) -> dict[str, float] | None:
    """By curve, what TFMA's own function gives for `score_matrices`, to the bit.

    Of TFMA's 10,000 thresholds a slice has scores between few: at all others neither curve moves,
    so that they are passed over until the sum, in which each part stands where TFMA adds it.

    Returns:
        "ROC" and "PR"; None where weights are not whole, of which sums round, or a class is
        missing.
    """
    keys, values = _fine(statistics).row(counted.model)
    size = NUM_AUC_THRESHOLDS - 1
    bounds = np.searchsorted(keys, np.arange(3) * tables.NUM_SCORE_BINS)
    weights = np.empty((2, size))
    for label, (start, end) in enumerate(itertools.pairwise(bounds.tolist())):
        bins = keys[start:end] - label * tables.NUM_SCORE_BINS
        # No score is above TFMA's last threshold.
        places = np.minimum(_auc_bin_of_score_bin()[bins], size - 1)
        weights[label] = np.bincount(places, values[start:end], size)
    used = np.flatnonzero((weights[NEGATIVE] != 0) | (weights[POSITIVE] != 0))
    negatives, positives = weights[NEGATIVE, used], weights[POSITIVE, used]
    total, others = positives.sum(), negatives.sum()
    is_whole = bool((values == np.rint(values)).all()) and total + others < 2.0**53
    if not (is_whole and total > 0 and others > 0):
        return None
    true, false = (np.cumsum(one[::-1])[::-1] for one in (positives, negatives))
    true_next, false_next = true - positives, false - negatives
    called, called_next = true + false, true_next + false_next
    slope = positives / (called - called_next)
    ratio = np.divide(called, called_next, out=np.ones_like(called), where=called_next != 0)
    grown = positives + (true_next - slope * called_next) * np.log(ratio)
    parts = {
        "ROC": (false / others - false_next / others) * ((true / total + true_next / total) / 2.0),
        "PR": slope * grown / total,
    }
    areas = {}
    for curve, part in parts.items():
        increments = np.zeros(size)
        increments[used] = part
        areas[curve] = float(increments.sum())
    return areas


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


def coarse_samples(statistics: SliceStatistics, counted: Counted) -> np.ndarray:
    """[2, 1 + B, bins] weights by label and score: of all pairs, and of all but one bucket each."""
    by_bucket = _coarse(statistics, counted)[:2]
    total = by_bucket.sum(axis=1, keepdims=True)
    rest = total - by_bucket
    # What is left of a difference of sums may be rounding.
    rest = np.where(rest < 1e-12 * total, 0.0, rest)
    return np.concatenate([total, rest], axis=1)


def area_samples(samples: np.ndarray, curve: str) -> np.ndarray:
    """[1 + B] areas of `coarse_samples`.

    What TFMA's own function gives for `score_matrices_by_sample`, all in one call, which
    that function cannot do: it sums over everything. NaN where a class is missing.

    Args:
        samples: [2, 1 + B, bins].
        curve: "ROC" or "PR".
    """
    area = area_under_roc if curve == "ROC" else area_under_precision_recall
    return area(samples[POSITIVE], samples[NEGATIVE])


def _fine(statistics: SliceStatistics) -> tables.Histogram:
    """Weights by model, label and score."""
    if statistics.marked is None:
        return statistics.score_histogram
    return statistics.score_histogram + statistics.marked.score_histogram


def _coarse(statistics: SliceStatistics, counted: Counted) -> np.ndarray:
    """[L, B, bins] weights by label, bucket and score."""
    histogram = statistics.bucket_histogram
    if statistics.marked is not None:
        histogram = histogram + statistics.marked.bucket_histogram
    return histogram.to_array()[counted.model]


def _matrices(positive: np.ndarray, negative: np.ndarray) -> binary_confusion_matrices.Matrices:
    return binary_confusion_matrices.Matrices(
        thresholds=_thresholds(len(positive)),
        tp=np.cumsum(positive[::-1])[::-1],
        fp=np.cumsum(negative[::-1])[::-1],
        fn=np.cumsum(positive) - positive,
        tn=np.cumsum(negative) - negative,
    )


@functools.lru_cache(maxsize=4)
def _thresholds(number: int) -> np.ndarray:
    return np.arange(number) / (number - 1)


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


@functools.cache
def _auc_intervals() -> tuple[np.ndarray, np.ndarray, list[tuple[int, slice]]]:
    """Intervals that hold bins, the first bin of each, and the bins of those that hold several."""
    interval_of_bin = _auc_bin_of_score_bin()
    # Bins ascend, so those of an interval are neighbours.
    starts = np.flatnonzero(np.diff(interval_of_bin, prepend=-1))
    ends = np.append(starts[1:], len(interval_of_bin))
    several = np.flatnonzero(ends - starts > 1).tolist()
    bins = [(int(interval_of_bin[starts[i]]), slice(starts[i], ends[i])) for i in several]
    return interval_of_bin[starts], starts, bins


def auc_histogram(histogram: np.ndarray) -> np.ndarray:
    """From [L, NUM_SCORE_BINS] scores to [L, NUM_AUC_THRESHOLDS] intervals of AUC."""
    intervals, firsts, several = _auc_intervals()
    result = np.zeros((*histogram.shape[:-1], NUM_AUC_THRESHOLDS))
    # Nearly all intervals hold one bin.
    result[..., intervals] = histogram[..., firsts]
    for interval, bins in several:
        result[..., interval] = np.add.reduceat(histogram[..., bins], [0], axis=-1)[..., 0]
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
