"""Areas under curves of one slice: TFMA's matrices, and the areas without each bucket."""

from __future__ import annotations

import numpy as np
from tensorflow_model_analysis.metrics import binary_confusion_matrices

from fairflip.metrics.batches import confusion
from fairflip.metrics.batches.columns import NEGATIVE, POSITIVE
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.evaluator.plan import Counted


def score_matrices(
    statistics: SliceStatistics, counted: Counted
) -> binary_confusion_matrices.Matrices:
    """TFMA's matrices for AUC, from the fine histogram."""
    histogram = statistics.score_histogram
    if statistics.marked is not None:
        histogram = histogram + statistics.marked.score_histogram
    by_label = confusion.auc_histogram(histogram.to_array()[counted.model])
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
    area = confusion.area_under_roc if curve == "ROC" else confusion.area_under_precision_recall
    whole, without = confusion.without_each_bucket(by_bucket, area)
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
