"""Numbers of the pairs of slices that need no interval, taken while their sums are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fairflip.metrics.report.slice_sums import SliceGroup
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.pair_statistics import decisions_of
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums.sum_columns import SumColumns

#: Quantiles of |f(x') - f(x)| in the report.
GAP_QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)


class SliceNumbers(NamedTuple):
    """One model's numbers of S slices; thresholds ascend.

    Attributes:
        pairs: [S] number of pairs.
        originals: [S] number of distinct originals.
        weighted_originals: [S] those of them that have a weight.
        clusters: [S] what is drawn together.
        weight: [S] weight of the pairs.
        by_bucket: [S] whether the slice keeps sums alone, and not its rows.
        has_labels: [S] whether any pair has a label.
        positive_rate: [S, T] share of pairs whose original is positive, by weight.
        counterfactual_positive_rate: [S, T] the same of the counterfactual.
        legitimate: [S, T, 2, 2] pairs marked as legitimate flips, by decision on both sides.
        deviations: [S] mean standard deviation of an original's scores.
        ranges: [S] mean range of an original's scores.
        gap_quantiles: [S, Q] of |gap|, for `GAP_QUANTILES`; NaN without pairs.
        label_rates: By name, the [S, T] rates that need labels.
    """

    pairs: np.ndarray
    originals: np.ndarray
    weighted_originals: np.ndarray
    clusters: np.ndarray
    weight: np.ndarray
    by_bucket: np.ndarray
    has_labels: np.ndarray
    positive_rate: np.ndarray
    counterfactual_positive_rate: np.ndarray
    legitimate: np.ndarray
    deviations: np.ndarray
    ranges: np.ndarray
    gap_quantiles: np.ndarray
    label_rates: dict[str, np.ndarray]


def slice_numbers(group: SliceGroup, model: int, spec: StatisticsSpec) -> SliceNumbers:
    """One model's numbers of the slices of a group."""
    sums = group.sums
    decisions = decisions_of(sums, spec, model)
    if sums.is_none("weights"):
        cells = sums.stacked("counts", "originals", "cells")[:, model].sum(axis=2)
        weight = group.num_pairs.astype(np.float64)
    else:
        # One slice after the other, since the last bits of sums of weights depend on it.
        weights = [one.originals for one in sums.of_each("weights")]
        cells = np.array([one.cells[model].sum(axis=1) for one in weights])
        weight = np.array([float(one.rows.sum()) for one in weights])
    deviations, ranges = _spreads(sums)
    return SliceNumbers(
        pairs=group.num_pairs,
        originals=group.num_originals,
        weighted_originals=group.num_weighted_originals,
        clusters=group.num_clusters,
        weight=weight,
        by_bucket=sums.stacked("kept_rows", "is_complete") == 0,
        has_labels=group.has_labels,
        positive_rate=decisions.positive_rate,
        counterfactual_positive_rate=decisions.counterfactual_positive_rate,
        legitimate=decisions.legitimate,
        deviations=deviations[:, model],
        ranges=ranges[:, model],
        gap_quantiles=_gap_quantiles(sums.of_each("gap_histogram"), model),
        label_rates=confusion_rates(tables.Confusion.of_cells(cells.swapaxes(0, 1))),
    )


def _spreads(sums: SumColumns) -> tuple[np.ndarray, np.ndarray]:
    """[S, M] of `Originals.spread`, each."""
    closed = sums.stacked("originals", "closed")
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(closed[:, :1] > 0, closed[:, 1:] / closed[:, :1], np.nan)
    half = means.shape[1] // 2
    deviations, ranges = means[:, :half].copy(), means[:, half:].copy()
    _, num_open = sums.flat("originals", "open_hashes")
    for s in np.flatnonzero(num_open).tolist():
        deviations[s], ranges[s] = sums.value(s).originals.spread()
    return deviations, ranges


def confusion_rates(labels: tables.Confusion) -> dict[str, np.ndarray]:
    """By name, the [S, T] values of each rate that needs labels."""
    names = (
        "accuracy",
        "false_positive_rate",
        "false_negative_rate",
        "true_positive_rate",
        "true_negative_rate",
    )
    return {name: getattr(labels, name) for name in names}


def _gap_quantiles(histograms: Sequence[tables.Histogram], model: int) -> np.ndarray:
    """[S, Q] quantiles of |gap|."""
    bins = np.zeros((len(histograms), len(GAP_QUANTILES)), np.int64)
    is_known = np.zeros(len(histograms), bool)
    for s, histogram in enumerate(histograms):
        own, weights = histogram.row(model)
        cumulative = np.cumsum(weights)
        if not len(own) or not cumulative[-1] > 0:
            continue
        wanted = np.array(GAP_QUANTILES) * cumulative[-1]
        bins[s] = own[np.searchsorted(cumulative * (1 + 1e-12), wanted)]
        is_known[s] = True
    return np.where(is_known[:, None], tables.gap_bin_value(bins), np.nan)
