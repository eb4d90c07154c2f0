"""Intervals of flip rates, controls and excess as the report has them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.metrics.batches.clustered_rows import (
    ClusteredRows,
    GroupedRows,
    about_alike,
    grouped,
    known_kinds,
    slices_at_once,
)
from fairflip.metrics.controls.estimates import BOTH, FALLS, RISES, slices_with_controls
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.evaluator.plan import EvaluationPlan, PairRate
from fairflip.metrics.evaluator.table import BOUNDED_AT_ONCE, Key
from fairflip.metrics.flips import metric_names
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.rates_and_means import rate_interval
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

# Numbers by cluster and rate that are held at a time.
_CELLS_AT_ONCE = 1 << 20
_WAYS = {
    metric_names.OVERALL: BOTH,
    metric_names.NEGATIVE_TO_POSITIVE: RISES,
    metric_names.POSITIVE_TO_NEGATIVE: FALLS,
}

Bounds = dict[Key, tuple[np.ndarray, np.ndarray]]


def pair_rate_intervals(
    slices: Mapping[SliceKey, SliceStatistics], plan: EvaluationPlan, spec: StatisticsSpec
) -> Iterator[tuple[Key, tuple[np.ndarray, np.ndarray]]]:
    """Yields the [S] bounds of each flip rate as the report has them."""
    statistics = list(slices.values())
    has_marked = any(s.marked is not None for s in statistics)
    rates = [
        (key, rate)
        for key, rate in plan.pair_rates.items()
        if rate.counted.leaves_out_marked or not has_marked
    ]
    if not rates:
        return
    bounds = np.full((2, len(rates), len(statistics)), np.nan)
    place_of = {key: place for place, key in enumerate(slices)}
    # In the report's order, in whose groups kinds of clusters may be known already.
    exact = [
        s
        for s in (place_of[key] for key in spec.in_order(slices))
        if statistics[s].kept_rows.is_complete and statistics[s].num_pairs
    ]
    if exact:
        parts = [statistics[s] for s in exact]
        bounds[:, :, exact] = _by_cluster(parts, [rate for _, rate in rates], spec)
    others = sorted(set(range(len(statistics))) - set(exact))
    if others:
        parts = [statistics[s] for s in others]
        bounds[:, :, others] = _by_bucket(parts, [rate for _, rate in rates], spec)
    for r, (key, _) in enumerate(rates):
        yield key, (bounds[0, r], bounds[1, r])


def _by_cluster(
    statistics: Sequence[SliceStatistics], rates: Sequence[PairRate], spec: StatisticsSpec
) -> np.ndarray:
    """[2, R, S] bounds over slices that keep their rows."""
    bounds = np.empty((2, len(rates), len(statistics)))
    is_left = np.ones((len(rates), len(statistics)), bool)
    rows = [ClusteredRows.of(one.kept_rows) for one in statistics]
    for size, places in about_alike([one.num_clusters for one in rows]).items():
        step = slices_at_once(size, spec.num_thresholds)
        for start in range(0, len(places), step):
            chosen = places[start : start + step]
            even = [s for s in chosen if rows[s].weights is None]
            # Where rows count alike, weighted rates are of the same kinds of clusters.
            whole = {True, False} if len(even) == len(chosen) else {False}
            for flags, own in ((whole, chosen), ({True} - whole, even)):
                wanted = [
                    r for r, rate in enumerate(rates) if rate.counted.example_weighted in flags
                ]
                if not wanted or not own:
                    continue
                of_kinds = _by_kind(
                    [statistics[s] for s in own],
                    grouped([rows[s] for s in own], size),
                    [rates[r] for r in wanted],
                    spec,
                )
                if of_kinds is not None:
                    bounds[np.ix_((0, 1), wanted, own)] = of_kinds
                    is_left[np.ix_(wanted, own)] = False
    for s, (one, of_slice) in enumerate(zip(rows, statistics, strict=True)):
        left = np.flatnonzero(is_left[:, s])
        if len(left):
            bounds[:, left, s] = _one_by_one(of_slice, one, [rates[r] for r in left], spec)
    return bounds


def _by_kind(
    statistics: Sequence[SliceStatistics],
    rows: GroupedRows,
    rates: Sequence[PairRate],
    spec: StatisticsSpec,
) -> np.ndarray | None:
    """[2, R, S] bounds by kinds of clusters; None where kinds are as many as clusters."""
    one_each = np.array(
        [one.num_pairs == one.num_clusters_of_any_weight for one in statistics], bool
    )
    bounds = np.empty((2, len(rates), len(statistics)))
    alike: dict[tuple[int, bool, str, str], list[int]] = {}
    for r, rate in enumerate(rates):
        key = (rate.counted.model, rate.counted.example_weighted, rate.numerator, rate.denominator)
        alike.setdefault(key, []).append(r)
    kinds = {
        model: known_kinds(rows, [model], spec.ascending_thresholds)
        for model in {rate.counted.model for rate in rates}
    }
    for (model, is_weighted, numerator, denominator), own in alike.items():
        of_model = kinds[model]
        if of_model is None:
            return None
        num_clusters = np.array([_num_clusters(one, is_weighted) for one in statistics])
        estimate = of_model.rate(
            numerator, denominator, num_clusters, one_each, spec.confidence_level
        )
        at = [spec.position(rates[r].threshold) for r in own]
        bounds[0, own], bounds[1, own] = estimate.lower[:, at].T, estimate.upper[:, at].T
    return bounds


def _one_by_one(
    statistics: SliceStatistics,
    rows: ClusteredRows,
    rates: Sequence[PairRate],
    spec: StatisticsSpec,
) -> np.ndarray:
    """[2, R] bounds over the clusters of one slice."""
    unweighted = dataclasses.replace(rows, weights=None)
    kinds = {(rate.counted.model, rate.counted.example_weighted) for rate in rates}
    sums = {
        (model, weighted): (rows if weighted else unweighted).sums(model, spec)
        for model, weighted in kinds
    }
    has_one_each = statistics.num_pairs == statistics.num_clusters_of_any_weight

    def of(rate: PairRate, name: str) -> np.ndarray:  # [K]
        by_cluster = sums[rate.counted.model, rate.counted.example_weighted]
        if name == "pairs":
            return by_cluster.pairs
        at = spec.position(rate.threshold)
        if name == "flips":
            # A column of each: the sum of all columns would be made anew for every rate.
            return by_cluster.negative_to_positive[:, at] + by_cluster.positive_to_negative[:, at]
        return np.asarray(getattr(by_cluster, name)[:, at])

    bounds = np.empty((2, len(rates)))
    at_once = max(1, _CELLS_AT_ONCE // rows.num_clusters)
    for start in range(0, len(rates), at_once):
        part = rates[start : start + at_once]
        estimate = rate_interval(
            _two_or_more([of(rate, rate.numerator) for rate in part]),
            _two_or_more([of(rate, rate.denominator) for rate in part]),
            np.array([_num_clusters(statistics, rate.counted.example_weighted) for rate in part]),
            spec.confidence_level,
            np.array(
                [
                    has_one_each and (rows.weights is None or not rate.counted.example_weighted)
                    for rate in part
                ]
            ),
            exact=True,
        )
        bounds[0, start : start + at_once] = estimate.lower
        bounds[1, start : start + at_once] = estimate.upper
    return bounds


def _num_clusters(statistics: SliceStatistics, weighted: bool) -> int:
    return statistics.num_clusters if weighted else statistics.num_clusters_of_any_weight


def _two_or_more(by_cluster: Sequence[np.ndarray]) -> np.ndarray:
    """[K, R] from R arrays [K]; a cluster of nothing stands beside one that is alone."""
    stacked = np.stack(by_cluster, axis=-1)
    return np.pad(stacked, ((0, max(0, 2 - len(stacked))), (0, 0)))


def _by_bucket(
    statistics: Sequence[SliceStatistics], rates: Sequence[PairRate], spec: StatisticsSpec
) -> np.ndarray:
    """[2, R, S] bounds over slices that are too large to keep their rows."""
    kinds = {(rate.counted.model, rate.counted.example_weighted) for rate in rates}
    sums = {kind: _pair_sums(statistics, *kind) for kind in kinds}
    one_pair = {weighted: _one_pair_each(statistics, weighted) for _, weighted in kinds}

    def of(rate: PairRate, name: str) -> np.ndarray:  # [B, S]
        by_bucket = sums[rate.counted.model, rate.counted.example_weighted][name]
        return by_bucket if name == "pairs" else by_bucket[..., spec.position(rate.threshold)]

    clusters = {
        weighted: np.array([_num_clusters(s, weighted) for s in statistics])
        for _, weighted in kinds
    }
    bounds = np.empty((2, len(rates), len(statistics)))
    at_once = max(1, BOUNDED_AT_ONCE // len(statistics))
    for start in range(0, len(rates), at_once):
        part = rates[start : start + at_once]
        estimate = rate_interval(
            np.stack([of(rate, rate.numerator) for rate in part], axis=-1),
            np.stack([of(rate, rate.denominator) for rate in part], axis=-1),
            np.stack([clusters[rate.counted.example_weighted] for rate in part], axis=-1),
            spec.confidence_level,
            np.stack([one_pair[rate.counted.example_weighted] for rate in part], axis=-1),
        )
        bounds[0, start : start + at_once] = estimate.lower.T
        bounds[1, start : start + at_once] = estimate.upper.T
    return bounds


def _one_pair_each(statistics: Sequence[SliceStatistics], weighted: bool) -> np.ndarray:
    """[S] whether every cluster has one pair, of weight 1."""
    are_single = []
    for of_slice in statistics:
        counted, cells = (
            of_slice.counts.originals.rows,
            of_slice.weighted if weighted else of_slice.counts,
        )
        is_even = np.array_equal(cells.originals.rows, counted)
        are_single.append(is_even and counted.sum() == _num_clusters(of_slice, weighted))
    return np.array(are_single)


def _pair_sums(
    statistics: Sequence[SliceStatistics], model: int, weighted: bool
) -> dict[str, np.ndarray]:
    """What rates are made of: [B, S] pairs, [B, S, T] the rest; as in the report."""
    sums: dict[str, list[np.ndarray]] = {}
    for of_slice in statistics:
        cells = of_slice.weighted if weighted else of_slice.counts
        pairs, originals = cells.originals.rows, cells.originals.cells[model].sum(axis=0)
        positive, negative = tables.positives(originals), tables.negatives(originals)
        rises = np.minimum(cells.negative_to_positive[model], negative)
        falls = np.minimum(cells.positive_to_negative[model], positive)
        for name, values in (
            ("pairs", pairs),
            ("positive", positive),
            ("negative", negative),
            ("negative_to_positive", rises),
            ("positive_to_negative", falls),
            ("flips", rises + falls),
        ):
            sums.setdefault(name, []).append(values)
    return {name: np.stack(values, axis=1) for name, values in sums.items()}


def control_rates(
    slices: Sequence[SliceKey],
    controls: Mapping[SliceKey, ControlStatistics],
    num_clusters: Sequence[int],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
) -> tuple[dict[Key, np.ndarray], Bounds]:
    """Values and bounds of ControlFlipRate and ExcessFlipRate.

    Args:
        slices: S slices.
        controls: The sums of pairs and controls, by slice.
        num_clusters: [S].
        plan: What to compute.
        spec: What was counted.

    Returns:
        By key [S] values, and [S] lower and upper bounds, also of the keys of differences
        from the baseline; NaN where no pair has a control.
    """
    values = {key: np.full(len(slices), np.nan) for key in plan.control_rates}
    bounds: Bounds = {key: (value.copy(), value.copy()) for key, value in values.items()}
    if not values:
        return values, bounds
    against = {
        key: other
        for key in plan.control_rates
        if plan.baseline is not None
        and key.model_name != plan.baseline
        and (other := key.make_baseline_key(plan.baseline)) in plan.control_rates
    }
    for key in against:
        nothing = np.full(len(slices), np.nan)
        bounds[key.make_diff_key()] = nothing, nothing.copy()
    for s, slice_controls in slices_with_controls(controls, slices, num_clusters, spec):
        wanted = {
            (rate.counted.model, _WAYS[rate.value]): None for rate in plan.control_rates.values()
        }
        flips = {one: slice_controls.flips(*one, spec.ascending_thresholds) for one in wanted}
        # Results hold interval A alone.
        estimates = {
            one: slice_controls.rates(columns, over_words=False) for one, columns in flips.items()
        }
        differences: dict[tuple[int, int, int], Any] = {}
        for name, rate in plan.control_rates.items():
            both = estimates[rate.counted.model, _WAYS[rate.value]]
            estimate = both.excess if rate.is_excess else both.control
            t = spec.position(rate.threshold)
            values[name][s] = estimate.value[t]
            bounds[name][0][s], bounds[name][1][s] = estimate.lower[t], estimate.upper[t]
            if name not in against:
                continue
            baseline = plan.control_rates[against[name]].counted.model
            model, way = rate.counted.model, _WAYS[rate.value]
            pair = model, baseline, way
            if pair not in differences:
                differences[pair] = slice_controls.differences(
                    flips[model, way], flips[baseline, way]
                )
            control, excess = differences[pair]
            lower, upper = bounds[name.make_diff_key()]
            difference = excess if rate.is_excess else control
            lower[s], upper[s] = difference.lower[t], difference.upper[t]
    return values, bounds
