"""One model's `SliceReport`s and `ExamplePerformance`s from the merged statistics."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.metrics.batches import confusion, tables
from fairflip.metrics.batches.example_statistics import ExampleStatistics
from fairflip.metrics.batches.matched_passes import MatchedFlips
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.bucket_sums import MIN_ORIGINALS
from fairflip.metrics.intervals.hypothesis_tests import (
    benjamini_hochberg,
    mcnemar_exact,
    paired_cluster_test,
)
from fairflip.metrics.intervals.rates_and_means import (
    IntervalEstimate,
    mean_interval,
    minimum_detectable_difference,
    rate_interval,
    too_few_to_say,
)
from fairflip.metrics.report.intervals import auc_interval, interval, interval_fields, plain, plains
from fairflip.protos import report_pb2

#: Quantiles of |f(x') - f(x)| in the report.
GAP_QUANTILES = (0.5, 0.75, 0.9, 0.95, 0.99)


@dataclasses.dataclass(frozen=True)
class BucketSums:
    """One model's sums over S slices, buckets first, thresholds ascending last.

    Attributes:
        pairs: [B, S] weights.
        num_originals: [S].
        one_pair_each: [S] whether every original has one pair, of weight 1.
        positive: [B, S, T] weight of positive originals.
        negative: [B, S, T] weight of negative originals.
        negative_to_positive: [B, S, T] weight of these flips.
        positive_to_negative: [B, S, T] weight of the other direction.
        counts: The same four as [2, 2, S, T] numbers of pairs, by decision on the
            original and on the counterfactual.
        count_differences: [B, S, T] number of flips to positive less the others.
        gaps: [B, S, 3] weighted sums of |gap|, gap and gap squared.
        max_gap_is_one: Whether no |gap| is above 1, as for probabilities.
    """

    pairs: np.ndarray
    num_originals: np.ndarray
    one_pair_each: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    negative_to_positive: np.ndarray
    positive_to_negative: np.ndarray
    counts: np.ndarray
    count_differences: np.ndarray
    gaps: np.ndarray
    max_gap_is_one: bool

    @property
    def flips(self) -> np.ndarray:
        """[B, S, T] weight of flips in both directions."""
        return self.negative_to_positive + self.positive_to_negative


def bucket_sums(
    statistics: Mapping[SliceKey, SliceStatistics], keys: Sequence[SliceKey], model: int
) -> BucketSums:
    """Lines up one model's sums over the slices `keys`."""
    slices = [statistics[key] for key in keys]

    def stacked(arrays: list[np.ndarray]) -> np.ndarray:
        return np.stack(arrays, axis=1)  # [B, S, ...]

    def positive(cells: tables.PairCells) -> np.ndarray:
        return tables.positives(cells.originals.cells[model].sum(axis=0))

    def negative_of(cells: tables.PairCells) -> np.ndarray:
        return tables.negatives(cells.originals.cells[model].sum(axis=0))

    counted = stacked([positive(s.counts) for s in slices])
    pairs = stacked([s.weighted.originals.rows for s in slices]).astype(np.float64)
    num_pairs = stacked([s.counts.originals.rows for s in slices])
    num_originals = np.array([s.num_originals for s in slices])
    weight = stacked([positive(s.weighted) for s in slices]).astype(np.float64)
    negative = stacked([negative_of(s.weighted) for s in slices]).astype(np.float64)
    rises = stacked([s.counts.negative_to_positive[model] for s in slices])
    falls = stacked([s.counts.positive_to_negative[model] for s in slices])
    up, down, yes = rises.sum(axis=0), falls.sum(axis=0), counted.sum(axis=0)
    no = num_pairs.sum(axis=0)[:, None] - yes
    bins = sum(s.gap_histogram.to_array()[model] for s in slices)
    return BucketSums(
        pairs=pairs,
        num_originals=num_originals,
        one_pair_each=(num_pairs.sum(axis=0) == num_originals) & (pairs == num_pairs).all(axis=0),
        positive=weight,
        negative=negative,
        # Weights of flips are differences of sums, whose last bits must not exceed the whole.
        negative_to_positive=np.minimum(
            stacked([s.weighted.negative_to_positive[model] for s in slices]), negative
        ),
        positive_to_negative=np.minimum(
            stacked([s.weighted.positive_to_negative[model] for s in slices]), weight
        ),
        counts=np.array([[no - up, up], [down, yes - down]]),
        count_differences=rises - falls,
        gaps=stacked([s.gaps[model].T for s in slices]),
        max_gap_is_one=not bins[int(tables.gap_bins(np.array([1.0]))[0]) + 1 :].any(),
    )


def gap_intervals(sums: BucketSums, spec: StatisticsSpec) -> list[IntervalEstimate]:
    """Intervals of mean |gap| and mean gap, each [S]."""
    found = []
    for position, bounds in ((0, (0.0, 1.0)), (1, (-1.0, 1.0))):
        estimate = mean_interval(
            sums.gaps[..., position],
            sums.pairs,
            sums.num_originals,
            spec.confidence_level,
            bounds if sums.max_gap_is_one else None,
        )
        if position == 0:
            estimate = estimate._replace(lower=np.maximum(estimate.lower, 0.0))
        found.append(estimate)
    return found


def slice_reports(
    statistics: Mapping[SliceKey, SliceStatistics],
    matched: Mapping[SliceKey, Sequence[MatchedFlips]],
    keys: Sequence[SliceKey],
    model: int,
    spec: StatisticsSpec,
) -> list[report_pb2.SliceReport]:
    """The reports of one model on the slices `keys`, in their order."""
    sums = bucket_sums(statistics, keys, model)
    level, originals = spec.confidence_level, sums.num_originals

    def rate(flips: np.ndarray, whole: np.ndarray) -> IntervalEstimate:
        return rate_interval(flips, whole, originals, level, sums.one_pair_each)

    flip_rates = rate(sums.flips, sums.pairs)
    rates = {
        "flip_rate": flip_rates,
        "negative_to_positive_rate": rate(sums.negative_to_positive, sums.pairs),
        "positive_to_negative_rate": rate(sums.positive_to_negative, sums.pairs),
        "negative_to_positive_rate_given_negative": rate(sums.negative_to_positive, sums.negative),
        "positive_to_negative_rate_given_positive": rate(sums.positive_to_negative, sums.positive),
    }
    too_few = too_few_to_say(flip_rates, originals) | (originals < spec.min_slice_size)[:, None]
    p_values = _direction_p_values(sums)
    adjusted = benjamini_hochberg(p_values)
    absolute, signed = gap_intervals(sums, spec)
    detectable = minimum_detectable_difference(flip_rates.standard_error, level)
    order = [spec.position(threshold) for threshold in spec.thresholds]
    first = order[0]
    counts = _counts(sums)
    reports = []
    for s, key in enumerate(keys):
        part = statistics[key]
        report = report_pb2.SliceReport(
            slice=key.name,
            num_pairs=part.num_pairs,
            num_originals=part.num_originals,
            ctf_gap=interval(absolute, s),
            signed_ctf_gap=interval(signed, s),
            weighted_num_pairs=plain(sums.pairs[:, s].sum()),
            too_few_to_say=bool(too_few[s, first]),
            has_few_originals=part.num_originals < max(MIN_ORIGINALS, spec.min_slice_size),
            minimum_detectable_difference=plain(detectable[s, first]),
        )
        counted = part.flip_counts(spec, model)
        report.positive_rate = plain(counted.positive_rate[0])
        report.counterfactual_positive_rate = plain(counted.counterfactual_positive_rate[0])
        report.num_legitimate_pairs = int(counted.legitimate_counts[0].sum())
        report.num_legitimate_flips = int(
            counted.legitimate_counts[0, 0, 1] + counted.legitimate_counts[0, 1, 0]
        )
        has_score_tables = spec.models[model] not in spec.models_of_any_scale
        if has_score_tables:
            _add_gap_quantiles(report, part.gap_histogram.to_array()[model])
        deviations, ranges = part.originals.spread()
        report.mean_score_deviation = plain(deviations[model])
        report.mean_score_range = plain(ranges[model])
        labels = None
        if part.has_labels:
            cells = part.weighted.originals.cells[model].sum(axis=1)
            labels = _label_rates(confusion.Confusion.of_cells(cells))
            _add_label_rates(report, labels, first)
        if part.has_labels and has_score_tables:
            value = confusion.auc(part.score_histogram.to_array()[model])
            report.auc = plain(value)
            buckets = part.bucket_histogram.to_array()[model]
            report.auc_interval.CopyFrom(
                interval(auc_interval(value, buckets, part.num_originals, level))
            )
        by_threshold = {
            **{name: interval_fields(estimate, s) for name, estimate in rates.items()},
            **{name: values[s].tolist() for name, values in counts.items()},
            "direction_p_value": plains(p_values[s]),
            "direction_p_value_adjusted": plains(adjusted[s]),
            "too_few_to_say": too_few[s].tolist(),
            **(labels or {}),
        }
        for threshold, t, *positive_rates in zip(
            spec.thresholds,
            order,
            plains(counted.positive_rate),
            plains(counted.counterfactual_positive_rate),
            strict=True,
        ):
            report.thresholds.add(
                threshold=threshold,
                positive_rate=positive_rates[0],
                counterfactual_positive_rate=positive_rates[1],
                **{name: values[t] for name, values in by_threshold.items()},
            )
        _add_matched(report, sums, s, model, matched.get(key, ()), spec)
        reports.append(report)
    return reports


def example_performances(
    examples: Mapping[SliceKey, ExampleStatistics],
    keys: Sequence[SliceKey],
    model: int,
    spec: StatisticsSpec,
) -> list[report_pb2.ExamplePerformance]:
    """One model on all scored originals of the slices `keys`, in their order."""
    first = spec.position(spec.thresholds[0])
    found = []
    for key in keys:
        part = examples[key].total()
        report = report_pb2.ExamplePerformance(slice=key.name, num_examples=part.num_examples)
        cells = part.weighted.cells[model].sum(axis=1)
        positive = tables.positives(cells.sum(axis=0))[first]
        total = cells.sum()
        report.positive_rate = plain(positive / total if total > 0 else np.nan)
        if part.has_labels:
            _add_label_rates(report, _label_rates(confusion.Confusion.of_cells(cells)), first)
        if part.has_labels and spec.models[model] not in spec.models_of_any_scale:
            value = confusion.auc(part.score_histogram.to_array()[model])
            report.auc = plain(value)
            buckets = part.bucket_histogram.to_array()[model]
            report.auc_interval.CopyFrom(
                interval(auc_interval(value, buckets, part.num_examples, spec.confidence_level))
            )
        found.append(report)
    return found


def _direction_p_values(sums: BucketSums) -> np.ndarray:
    """[S, T] tests that both directions of a flip are equally likely.

    McNemar's exact test where every original has one pair, and the test on whole
    originals where some have several, whose flips are not independent.
    """
    clustered = paired_cluster_test(sums.count_differences)
    exact = mcnemar_exact(sums.counts[0, 1], sums.counts[1, 0])
    num_pairs = sums.counts.sum(axis=(0, 1))
    p_values = np.where(num_pairs == sums.num_originals[:, None], exact, clustered)
    return np.where(num_pairs > 0, p_values, np.nan)


def _counts(sums: BucketSums) -> dict[str, np.ndarray]:
    """[S, T] numbers of pairs by decision, by the names of the report's fields."""
    (_, rises), (falls, _) = sums.counts
    negative, positive = sums.counts.sum(axis=1)
    return {
        "negative_to_positive_count": rises,
        "positive_to_negative_count": falls,
        "flip_count": rises + falls,
        "negative_count": negative,
        "positive_count": positive,
    }


def _label_rates(labels: confusion.Confusion) -> dict[str, list[float]]:
    """By name, the [T] values of each rate that needs labels."""
    names = (
        "accuracy",
        "false_positive_rate",
        "false_negative_rate",
        "true_positive_rate",
        "true_negative_rate",
    )
    return {name: plains(getattr(labels, name)) for name in names}


def _add_label_rates(report: Any, rates: dict[str, list[float]], position: int) -> None:
    for name, values in rates.items():
        setattr(report, name, values[position])


def _add_gap_quantiles(report: report_pb2.SliceReport, histogram: np.ndarray) -> None:
    cumulative = np.cumsum(histogram)
    if not cumulative[-1] > 0:
        return
    for quantile in GAP_QUANTILES:
        found = int(np.searchsorted(cumulative * (1 + 1e-12), quantile * cumulative[-1]))
        value = float(tables.gap_bin_value(np.array([found]))[0])
        report.ctf_gap_quantiles.add(quantile=quantile, value=float(f"{value:.3g}"))


def _add_matched(
    report: report_pb2.SliceReport,
    sums: BucketSums,
    s: int,
    model: int,
    flips: Sequence[MatchedFlips],
    spec: StatisticsSpec,
) -> None:
    entry = report.matched
    if model == 0:
        first = report.thresholds[0]
        entry.threshold = first.threshold
        entry.flip_count = first.flip_count
        entry.flip_rate.CopyFrom(first.flip_rate)
        entry.positive_rate = entry.baseline_positive_rate = report.positive_rate
        entry.negative_to_positive_count = first.negative_to_positive_count
        entry.positive_to_negative_count = first.positive_to_negative_count
        return
    if not flips:
        nan = float("nan")
        entry.threshold = entry.positive_rate = entry.baseline_positive_rate = nan
        entry.flip_rate.CopyFrom(report_pb2.Interval(value=nan, lower=nan, upper=nan))
        return
    found = flips[model - 1]
    estimate = rate_interval(
        matched_sums(found, sums.pairs[:, s]),
        sums.pairs[:, s],
        sums.num_originals[s],
        spec.confidence_level,
        sums.one_pair_each[s],
    )
    entry.threshold = found.threshold
    entry.negative_to_positive_count = int(found.negative_to_positive[0].sum())
    entry.positive_to_negative_count = int(found.positive_to_negative[0].sum())
    entry.flip_count = entry.negative_to_positive_count + entry.positive_to_negative_count
    entry.flip_rate.CopyFrom(interval(estimate))
    entry.positive_rate = plain(found.positive_rate)
    entry.baseline_positive_rate = plain(found.baseline_positive_rate)


def matched_sums(flips: MatchedFlips, pairs: np.ndarray) -> np.ndarray:
    """[B] weight of flips at the matched threshold, not above that of the pairs."""
    return np.minimum(flips.negative_to_positive[1] + flips.positive_to_negative[1], pairs)
