"""Sums over scored pairs from which every number of a report follows.

One pass over the pairs, a batch at a time and without a Python loop over rows,
counts decisions by slice, model, resampling bucket and threshold. The sums merge
in any order, so the result is the same on one worker or fifty; all rates,
intervals, tests and TFMA's metrics are computed afterwards from the sums alone.

The cost per pair does not depend on the number of thresholds: each score is
placed among the thresholds once, and counts by threshold are cumulative sums
(O(N + T), not O(N T)).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from fairflip.metrics.flips.counts import FlipCounts, rate
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.pairs.cell_samples import CellSamples
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.any_flips import AnyFlips
from fairflip.metrics.statistics.kept_rows import KeptRows
from fairflip.metrics.statistics.originals import Originals, spreads_of
from fairflip.metrics.statistics.runs import Runs, starts_and_sizes
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums.sum_columns import SumColumns

__all__ = [
    "MarkedOriginals",
    "Originals",
    "Runs",
    "SliceStatistics",
    "merge",
    "sample_cell",
    "spreads_of",
    "starts_and_sizes",
]

#: Directions of a flip, in the order of the samples' cells.
NEGATIVE_TO_POSITIVE, POSITIVE_TO_NEGATIVE = 0, 1


@dataclasses.dataclass(frozen=True)
class MarkedOriginals:
    """The originals of pairs marked as legitimate flips, one row for each pair.

    Attributes:
        counts: Rows by decision, int64.
        weights: The same with example weights; None: no weights.
        score_histogram: [M, L, NUM_SCORE_BINS] weight by score.
        bucket_histogram: [M, L, B, NUM_COARSE_BINS] the same, coarse, by bucket.
        samples: IDs of those that flip, by the cells of the other pairs' samples.
    """

    counts: tables.ScoreCells
    weights: tables.ScoreCells | None
    score_histogram: tables.Histogram
    bucket_histogram: tables.Histogram
    samples: CellSamples

    def __add__(self, other: MarkedOriginals) -> MarkedOriginals:
        """The sum over both."""
        return MarkedOriginals(
            self.counts + other.counts,
            None if self.weights is None or other.weights is None else self.weights + other.weights,
            self.score_histogram + other.score_histogram,
            self.bucket_histogram + other.bucket_histogram,
            self.samples + other.samples,
        )


@dataclasses.dataclass(frozen=True)
class SliceStatistics:
    """Sums over the pairs of one slice; `zero` and `+` make it mergeable.

    Axes: M models, L label classes, B buckets, T thresholds ascending; see
    `fairflip.metrics.statistics.tables`. Pairs marked as legitimate flips are
    in `legitimate_tables` and nowhere else.

    Attributes:
        counts: Pairs by decision, int64.
        weights: The same with example weights, float64; None: no weights.
        gaps: [M, 3, B] weighted sums of |f(x') - f(x)|, f(x') - f(x) and its square,
            each to 2^-32.
        score_histogram: [M, L, NUM_SCORE_BINS] weight of originals by score.
        bucket_histogram: [M, L, B, NUM_COARSE_BINS] the same, coarse, by bucket.
        gap_histogram: [M, NUM_GAP_BINS] weight of pairs by |f(x') - f(x)|.
        originals: The distinct originals.
        legitimate_tables: [2, M, T, 2, 2] pairs and weights of marked pairs, by
            decision on original and counterfactual.
        kept_rows: The rows themselves, while they are few.
        samples: A uniform sample of the IDs of flipped originals for each `sample_cell`.
        any_flips: Originals and clusters of which any pair flips.
        marked: The originals of marked pairs, for metrics of ordinary evaluation,
            which count every row; None: there are none.
    """

    counts: tables.PairCells
    weights: tables.PairCells | None
    gaps: np.ndarray
    score_histogram: tables.Histogram
    bucket_histogram: tables.Histogram
    gap_histogram: tables.Histogram
    originals: Originals
    legitimate_tables: np.ndarray
    samples: CellSamples
    kept_rows: KeptRows
    any_flips: AnyFlips
    marked: MarkedOriginals | None

    @classmethod
    def zero(cls, spec: StatisticsSpec) -> SliceStatistics:
        """The sums over no pairs."""
        shape = (spec.num_models, spec.num_buckets, spec.num_thresholds)
        return cls(
            counts=tables.PairCells.zero(shape, np.int64),
            weights=tables.PairCells.zero(shape, np.float64) if spec.weight_column else None,
            gaps=np.zeros((spec.num_models, 3, spec.num_buckets)),
            score_histogram=tables.Histogram.zero(score_shape(spec)),
            bucket_histogram=tables.Histogram.zero(bucket_shape(spec)),
            gap_histogram=tables.Histogram.zero((spec.num_models, tables.NUM_GAP_BINS)),
            originals=Originals.zero(spec.num_models),
            legitimate_tables=np.zeros((2, spec.num_models, spec.num_thresholds, 2, 2)),
            samples=CellSamples.zero(spec.num_example_ids, spec.seed),
            kept_rows=KeptRows.zero(spec.num_models, spec.weight_column is not None),
            any_flips=AnyFlips.zero(shape, spec.cluster_column is not None),
            marked=None,
        )

    def __add__(self, other: SliceStatistics) -> SliceStatistics:
        """The sums over the pairs of both."""
        if (self.weights is None) != (other.weights is None):
            raise ValueError("cannot add weighted and unweighted statistics")
        return SliceStatistics(
            counts=self.counts + other.counts,
            weights=(
                None
                if self.weights is None or other.weights is None
                else self.weights + other.weights
            ),
            gaps=self.gaps + other.gaps,
            score_histogram=self.score_histogram + other.score_histogram,
            bucket_histogram=self.bucket_histogram + other.bucket_histogram,
            gap_histogram=self.gap_histogram + other.gap_histogram,
            originals=self.originals + other.originals,
            legitimate_tables=self.legitimate_tables + other.legitimate_tables,
            samples=self.samples + other.samples,
            kept_rows=self.kept_rows + other.kept_rows,
            any_flips=self.any_flips + other.any_flips,
            marked=(
                self.marked + other.marked
                if self.marked is not None and other.marked is not None
                else self.marked or other.marked
            ),
        )

    @property
    def weighted(self) -> tables.PairCells:
        """What rates are made of: weights where the data has them, else counts."""
        return self.counts if self.weights is None else self.weights

    @property
    def num_pairs(self) -> int:
        """Pairs in the rates."""
        return int(self.counts.originals.rows.sum())

    @property
    def num_originals(self) -> int:
        """Distinct originals of these pairs."""
        return self.originals.count

    @property
    def num_clusters(self) -> int:
        """What is drawn together: the originals, or clusters of them (`ClusterTable.count`).

        One of which all pairs have weight 0 is none: it moves no rate, and is no draw.
        """
        clusters = self.any_flips.clusters
        if clusters is None:
            return self.originals.num_weighted
        if self.weights is None:
            return clusters.count
        num_models, _, num_thresholds = self.any_flips.flipped.shape
        return clusters.num_weighted(num_models * num_thresholds)

    @property
    def num_clusters_of_any_weight(self) -> int:
        """The same with those of weight 0, for what counts pairs and not weights."""
        clusters = self.any_flips.clusters
        return self.num_originals if clusters is None else clusters.count

    @property
    def has_labels(self) -> bool:
        """Whether any pair has a label."""
        return bool(self.counts.originals.cells[:, :2].any())

    def flip_counts(self, spec: StatisticsSpec, model: int) -> FlipCounts:
        """The 2 x 2 tables of one model, in the order of `spec.thresholds`."""
        order = [spec.position(threshold) for threshold in spec.thresholds]
        counts = _decision_tables(self.counts, model)[order]
        weights = counts
        if self.weights is not None:
            weights = np.where(counts == 0, 0.0, _decision_tables(self.weights, model)[order])
        legitimate = self.legitimate_tables[:, model][:, order]
        return FlipCounts(
            spec.thresholds,
            counts.astype(np.int64),
            weights.astype(np.float64),
            legitimate[0].astype(np.int64),
            legitimate[1],
        )


class Decisions(NamedTuple):
    """Pairs of S slices by the decisions of one model on both sides, thresholds ascending.

    Attributes:
        positive_rate: [S, T] pairs whose original is positive / all pairs, by weight.
        counterfactual_positive_rate: [S, T] the same of the counterfactual.
        legitimate: [S, T, 2, 2] pairs marked as legitimate flips, by decision on the
            original and on the counterfactual.
    """

    positive_rate: np.ndarray
    counterfactual_positive_rate: np.ndarray
    legitimate: np.ndarray


def decisions_of(sums: SumColumns, spec: StatisticsSpec, model: int) -> Decisions:
    """The tables of `SliceStatistics.flip_counts`, of many slices at once."""
    counts = stacked_tables(sums, model)
    weights = counts
    if spec.weight_column is not None:
        parts = [_decision_tables(one, model) for one in sums.of_each("weights")]
        weights = np.where(counts == 0, 0.0, np.stack(parts))
    whole = weights.sum(axis=(2, 3))
    return Decisions(
        rate(weights[..., 1, :].sum(axis=-1), whole),
        rate(weights[..., 1].sum(axis=-1), whole),
        sums.stacked("legitimate_tables")[:, 0, model],
    )


def sample_cell(spec: StatisticsSpec, model: int, threshold: float, direction: int) -> int:
    """The cell of `SliceStatistics.samples` for one model, threshold and direction."""
    return (model * spec.num_thresholds + spec.position(threshold)) * 2 + direction


def score_shape(spec: StatisticsSpec) -> tuple[int, ...]:
    """Of the histogram of scores by label."""
    return (spec.num_models, tables.NUM_LABEL_CLASSES, tables.NUM_SCORE_BINS)


def bucket_shape(spec: StatisticsSpec) -> tuple[int, ...]:
    """Of the coarse histogram of scores by label and bucket."""
    return (
        spec.num_models,
        tables.NUM_LABEL_CLASSES,
        spec.num_buckets,
        tables.NUM_COARSE_BINS,
    )


def merge(
    parts: Iterable[Mapping[SliceKey, SliceStatistics]],
) -> dict[SliceKey, SliceStatistics]:
    """Adds the statistics of several sets of pairs slice by slice."""
    result: dict[SliceKey, SliceStatistics] = {}
    for part in parts:
        for key, statistics in part.items():
            result[key] = result[key] + statistics if key in result else statistics
    return result


def stacked_tables(sums: SumColumns, model: int) -> np.ndarray:
    """[S, T, 2, 2] numbers of pairs by decision on both sides, ascending thresholds."""
    rises = sums.stacked("counts", "negative_to_positive")[:, model].sum(axis=1)
    falls = sums.stacked("counts", "positive_to_negative")[:, model].sum(axis=1)
    totals = sums.stacked("counts", "originals", "rows").sum(axis=1)
    by_cell = sums.stacked("counts", "originals", "cells")[:, model].sum(axis=(1, 2))
    return _by_decision(rises, falls, totals[:, None], by_cell)


def _decision_tables(cells: tables.PairCells, model: int) -> np.ndarray:
    """[T, 2, 2] sums by decision on original and counterfactual, ascending thresholds."""
    return _by_decision(
        cells.negative_to_positive[model].sum(axis=0),
        cells.positive_to_negative[model].sum(axis=0),
        cells.originals.rows.sum(),
        cells.originals.cells[model].sum(axis=(0, 1)),
    )


def _by_decision(
    rises: np.ndarray, falls: np.ndarray, totals: np.ndarray, by_cell: np.ndarray
) -> np.ndarray:
    positive = tables.positives(by_cell)
    result = np.stack([totals - positive - rises, rises, falls, positive - falls], axis=-1)
    # Differences of sums leave rounding where nothing was counted.
    return np.maximum(result, 0).reshape(*rises.shape, 2, 2)
