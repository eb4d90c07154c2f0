"""Numbers of the pairs of slices that need no interval, taken while their sums are at hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fairflip.metrics.report.slice_sums import SliceGroup
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.pair_statistics import SliceStatistics, decisions_of
from fairflip.metrics.statistics.spec import StatisticsSpec

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
    parts = group.statistics
    decisions = decisions_of(parts, spec, model)
    by_label = np.array([one.weighted.originals.cells[model] for one in parts])
    cells = by_label.sum(axis=2) if by_label.dtype.kind == "i" else _by_slice(parts, model)
    spreads = np.array([one.originals.spread() for one in parts])[:, :, model]
    return SliceNumbers(
        pairs=group.num_pairs,
        originals=group.num_originals,
        weighted_originals=np.array([one.originals.num_weighted for one in parts]),
        clusters=group.num_clusters,
        weight=np.array([float(one.weighted.originals.rows.sum()) for one in parts]),
        by_bucket=np.array([not one.kept_rows.is_complete for one in parts]),
        has_labels=group.has_labels,
        positive_rate=decisions.positive_rate,
        counterfactual_positive_rate=decisions.counterfactual_positive_rate,
        legitimate=decisions.legitimate,
        deviations=spreads[:, 0],
        ranges=spreads[:, 1],
        gap_quantiles=_gap_quantiles(parts, model),
        label_rates=confusion_rates(tables.Confusion.of_cells(cells.swapaxes(0, 1))),
    )


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


def _by_slice(parts: Sequence[SliceStatistics], model: int) -> np.ndarray:
    """[S, L, T + 1] weights: one slice after the other, as their last bits depend on it."""
    return np.array([one.weighted.originals.cells[model].sum(axis=1) for one in parts])


def _gap_quantiles(parts: Sequence[SliceStatistics], model: int) -> np.ndarray:
    """[S, Q] quantiles of |gap|."""
    bins = np.zeros((len(parts), len(GAP_QUANTILES)), np.int64)
    is_known = np.zeros(len(parts), bool)
    for s, part in enumerate(parts):
        own, weights = part.gap_histogram.row(model)
        cumulative = np.cumsum(weights)
        if not len(own) or not cumulative[-1] > 0:
            continue
        wanted = np.array(GAP_QUANTILES) * cumulative[-1]
        bins[s] = own[np.searchsorted(cumulative * (1 + 1e-12), wanted)]
        is_known[s] = True
    return np.where(is_known[:, None], tables.gap_bin_value(bins), np.nan)
