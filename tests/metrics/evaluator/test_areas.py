"""Histograms of areas against the plain sums that they stand for."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa
import pytest
from tensorflow_model_analysis.metrics import confusion_matrix_metrics

from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.evaluator.areas import (
    NUM_AUC_THRESHOLDS,
    area_samples,
    area_under_precision_recall,
    area_under_roc,
    auc_histogram,
    coarse_samples,
    score_matrices,
    whole_areas,
)
from fairflip.metrics.evaluator.plan import Counted
from fairflip.metrics.flips.slicing import OVERALL
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import NEGATIVE, POSITIVE
from fairflip.metrics.statistics.spec import StatisticsSpec
from support.metrics.scored_pairs import random_pairs


def test_bins_of_scores_are_summed_by_interval():
    """To the bit, whatever the weights; each score counts as the lower end of its bin."""
    weights = np.random.default_rng(0).random((2, tables.NUM_SCORE_BINS)) * 1e3
    starts = np.arange(1, NUM_AUC_THRESHOLDS - 1) / (NUM_AUC_THRESHOLDS - 1) + 1e-7
    starts = np.concatenate([[0.0], starts, [1.0 + 2e-7]])
    lower_ends = (np.arange(tables.NUM_SCORE_BINS) - 1) / 10_000.0
    lower_ends[0], lower_ends[-1] = 0.0, np.inf
    interval = np.searchsorted(starts, lower_ends, side="right") - 1
    expected = np.zeros((2, NUM_AUC_THRESHOLDS))
    for bins in np.split(np.arange(len(interval)), np.flatnonzero(np.diff(interval)) + 1):
        expected[:, interval[bins[0]]] = np.add.reduceat(weights[:, bins], [0], axis=1)[:, 0]
    expected[:, -2] += expected[:, -1]
    expected[:, -1] = 0.0
    assert auc_histogram(weights).tobytes() == expected.tobytes()


@pytest.mark.parametrize("curve", ["ROC", "PR"])
def test_areas_of_samples_are_those_of_each_alone(curve):
    spec = StatisticsSpec(
        models=("base", "new"), thresholds=(0.5,), label_column="label", num_buckets=8
    )
    statistics = accumulate(random_pairs(60, spec.models, 1), spec)[OVERALL]
    counted = Counted("scores", (), 1, False)
    samples = coarse_samples(statistics, counted)
    by_bucket = statistics.bucket_histogram.to_array()[1]
    area = area_under_roc if curve == "ROC" else area_under_precision_recall
    every = [
        by_bucket.sum(axis=1),
        *(np.delete(by_bucket, b, axis=1).sum(axis=1) for b in range(8)),
    ]
    expected = [area(one[POSITIVE], one[NEGATIVE]) for one in every]
    assert area_samples(samples, curve).tolist() == [float(value) for value in expected]


@pytest.mark.parametrize("grid", [20, None])
@pytest.mark.parametrize("legitimate", [False, True])
def test_whole_areas_are_those_of_tfma_to_the_bit(grid, legitimate):
    """Also scores beyond both ends, and weights that are whole."""
    spec = StatisticsSpec(models=("base", "new"), thresholds=(0.5,), label_column="label")
    counted = Counted("scores", (), 1, False)
    for seed in range(4):
        pairs = random_pairs(900, spec.models, seed, legitimate=legitimate, grid=grid)
        scores = pairs["score.new"].to_numpy().copy()
        scores[:3] = -0.5, 1.5, 1.0
        place = pairs.schema.get_field_index("score.new")
        pairs = pairs.set_column(place, "score.new", pa.array(scores))
        weight = np.random.default_rng(seed).integers(0, 4, len(pairs)).astype(np.float64)
        for weighted in (None, "weight"):
            own = dataclasses.replace(spec, weight_column=weighted)
            table = pairs if weighted is None else pairs.append_column("weight", pa.array(weight))
            statistics = accumulate(table, own)[OVERALL]
            areas = whole_areas(statistics, counted)
            matrices = score_matrices(statistics, counted)
            for curve in ("ROC", "PR"):
                with np.errstate(divide="ignore", invalid="ignore"):
                    expected = confusion_matrix_metrics.AUC(curve=curve)._metric_value(
                        curve, "interpolation", None, matrices
                    )
                assert areas[curve] == expected, (seed, weighted, curve)


def test_areas_of_weights_that_round_and_of_one_class_are_left_to_tfma():
    spec = StatisticsSpec(
        models=("base",), thresholds=(0.5,), label_column="label", weight_column="weight"
    )
    counted = Counted("scores", (), 0, False)
    pairs = random_pairs(60, spec.models, 1, weighted=True)
    assert whole_areas(accumulate(pairs, spec)[OVERALL], counted) is None
    pairs = random_pairs(60, spec.models, 1)
    place = pairs.schema.get_field_index("label")
    alike = pairs.set_column(place, "label", pa.array(np.ones(len(pairs), np.float32)))
    spec = dataclasses.replace(spec, weight_column=None)
    assert whole_areas(accumulate(pairs, spec)[OVERALL], counted) is not None
    assert whole_areas(accumulate(alike, spec)[OVERALL], counted) is None
