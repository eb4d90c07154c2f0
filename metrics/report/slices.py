"""One model's `SliceReport`s from the merged statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from fairflip.metrics.batches.matched_passes import MatchedFlips
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.bucket_sums import MIN_ORIGINALS
from fairflip.metrics.intervals.hypothesis_tests import mcnemar_exact, paired_cluster_test
from fairflip.metrics.intervals.rates_and_means import (
    IntervalEstimate,
    mean_intervals,
    minimum_detectable_difference,
    rate_interval,
    too_few_to_say,
    wilson_interval,
)
from fairflip.metrics.report.auc import AucEstimate
from fairflip.metrics.report.heterogeneity import adjusted_p_values
from fairflip.metrics.report.intervals import interval, interval_fields, plain, plains
from fairflip.metrics.report.slice_numbers import (
    GAP_QUANTILES,
    SliceNumbers,
    confusion_rates,
    slice_numbers,
)
from fairflip.metrics.report.slice_sums import SliceGroup, SliceSums, matched_sums
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2
from fairflip.protos.positive_rates import LEAST_RARER_ANSWERS

#: Rates of pairs by the names of the report's fields: what is counted, and among what.
_RATES_OF_PAIRS = {
    "flip_rate": ("flips", "pairs"),
    "negative_to_positive_rate": ("negative_to_positive", "pairs"),
    "positive_to_negative_rate": ("positive_to_negative", "pairs"),
    "negative_to_positive_rate_given_negative": ("negative_to_positive", "negative"),
    "positive_to_negative_rate_given_positive": ("positive_to_negative", "positive"),
}


class SliceEstimates(NamedTuple):
    """One model's estimates over S slices and T thresholds.

    Attributes:
        rates: By name of the report's field, [S, T].
        clusters_flipped: [S, T] share of clusters of which any pair flips.
        direction: [S, T] p-values, both directions of a flip being equally likely.
        absolute: [S] mean |gap|.
        signed: [S] mean gap.
        counts: By name of the report's field, [S, T] numbers of pairs.
        numbers: What needs no interval.
        matched: [S] flip rates at the matched thresholds; those of the first threshold
            for the baseline.
        is_matched: [S].
        too_few_to_match: [S] whether the rarer answer is too rare to fix a threshold.
    """

    rates: dict[str, IntervalEstimate]
    clusters_flipped: IntervalEstimate
    direction: np.ndarray
    absolute: IntervalEstimate
    signed: IntervalEstimate
    counts: dict[str, np.ndarray]
    numbers: SliceNumbers
    matched: IntervalEstimate
    is_matched: np.ndarray
    too_few_to_match: np.ndarray


def slice_estimates(
    sums: SliceSums,
    group: SliceGroup,
    model: int,
    matches: Sequence[MatchedFlips | None] | None,
    spec: StatisticsSpec,
) -> SliceEstimates:
    """One model's estimates over the slices of a group.

    Args:
        sums: The model's sums.
        group: The slices.
        model: Its index.
        matches: The candidate's flips at its matched thresholds; None: the baseline.
        spec: What was counted.
    """
    level, clusters = spec.confidence_level, sums.num_clusters

    rates = flip_rates(sums, level)
    absolute, signed = gap_intervals(sums, spec)
    first = spec.position(spec.thresholds[0])
    if matches is None:
        matched = IntervalEstimate(*(field[:, first] for field in rates["flip_rate"]))
        is_matched = too_few = np.zeros(len(clusters), bool)
    else:
        flips, adjustment = matched_sums(group, matches)
        matched = rate_interval(
            np.minimum(flips, sums.pairs),
            sums.pairs,
            clusters,
            level,
            sums.one_pair_each,
            sums.exact,
            adjustment,
        )
        is_matched = np.array([one is not None for one in matches])
        target = np.array([np.nan if m is None else m.baseline_positive_rate for m in matches])
        rarer = np.minimum(target, 1.0 - target) * rates["flip_rate"].num_independent[:, first]
        kish = np.minimum(clusters, rarer)
        too_few = ~(kish >= LEAST_RARER_ANSWERS)
    return SliceEstimates(
        rates=rates,
        clusters_flipped=_clusters_flipped(rates["originals_with_flip"], group, model, spec),
        direction=direction_p_values(sums),
        absolute=absolute,
        signed=signed,
        counts=decision_counts(sums),
        numbers=slice_numbers(group, model, spec),
        matched=matched,
        is_matched=is_matched,
        too_few_to_match=too_few,
    )


def flip_rates(sums: SliceSums, level: float) -> dict[str, IntervalEstimate]:
    """[S, T] rates by the names of the report's fields."""
    at = sums.at

    def rate(flips: np.ndarray, whole: np.ndarray, one_each: np.ndarray) -> IntervalEstimate:
        return rate_interval(
            flips, whole, sums.num_clusters, level, one_each, sums.exact, repeats=at.repeats
        )

    each, kinds = sums.one_pair_each, sums.kinds
    if kinds is None:
        rates = {
            name: rate(getattr(at, numerator), getattr(at, denominator), each)
            for name, (numerator, denominator) in _RATES_OF_PAIRS.items()
        }
    else:
        rates = {
            name: kinds.rate(numerator, denominator, sums.num_clusters, each, level)
            for name, (numerator, denominator) in _RATES_OF_PAIRS.items()
        }
    flipped = np.minimum(at.flipped_originals, at.originals[..., None])
    return {**rates, "originals_with_flip": rate(flipped, at.originals, sums.one_original_each)}


def gap_intervals(sums: SliceSums, spec: StatisticsSpec) -> tuple[IntervalEstimate, ...]:
    """Intervals of mean |gap| and mean gap, each [S]."""
    bounds = ((0.0, 1.0), (-1.0, 1.0)) if sums.max_gap_is_one else (None, None)
    absolute, signed = mean_intervals(
        [sums.gaps[..., 0], sums.gaps[..., 1]],
        sums.pairs,
        sums.num_clusters,
        spec.confidence_level,
        bounds,
        sums.exact,
    )
    return absolute._replace(lower=np.maximum(absolute.lower, 0.0)), signed


def slice_reports(
    keys: Sequence[SliceKey],
    model: int,
    estimates: SliceEstimates,
    matched: Sequence[MatchedFlips | None],
    aucs: Sequence[AucEstimate | None],
    spec: StatisticsSpec,
) -> list[report_pb2.SliceReport]:
    """The reports of one model on the slices `keys`, in their order.

    Args:
        keys: The slices.
        model: Index of the model.
        estimates: Of these slices.
        matched: The candidate's flips at its matched thresholds; of the baseline, Nones.
        aucs: Of these slices; None without labels.
        spec: What was counted.
    """
    # What is judged of all slices together, since p values are adjusted over them.
    level, numbers = spec.confidence_level, estimates.numbers
    flip_rates = estimates.rates["flip_rate"]
    is_small = is_below_limit(estimates, spec)
    too_few = too_few_to_say(flip_rates, numbers.clusters) | is_small[:, None]
    order = [spec.position(threshold) for threshold in spec.thresholds]
    first = order[0]
    few_originals = has_few_originals(estimates, spec)
    adjusted = adjusted_p_values(
        np.where(few_originals[:, None], np.nan, estimates.direction)[None], keys
    )[0]
    few_matched = too_few_to_say(estimates.matched, numbers.clusters) | is_small
    detectable = minimum_detectable_difference(flip_rates.standard_error, level)
    labels = {name: plains(values) for name, values in numbers.label_rates.items()}
    by_threshold: dict[str, Any] = {
        **{name: interval_fields(one) for name, one in estimates.rates.items()},
        "clusters_with_flip": interval_fields(estimates.clusters_flipped),
        **{name: values.tolist() for name, values in estimates.counts.items()},
        "direction_p_value": plains(estimates.direction),
        "direction_p_value_adjusted": plains(adjusted),
        "too_few_to_say": too_few.tolist(),
        "positive_rate": plains(numbers.positive_rate),
        "counterfactual_positive_rate": plains(numbers.counterfactual_positive_rate),
    }
    gaps, signed_gaps = interval_fields(estimates.absolute), interval_fields(estimates.signed)
    with_quantiles = spec.models[model] not in spec.models_of_any_scale
    reports = []
    for s, key in enumerate(keys):
        legitimate = numbers.legitimate[s, first]
        report = report_pb2.SliceReport(
            slice=key.name,
            num_pairs=int(numbers.pairs[s]),
            num_originals=int(numbers.originals[s]),
            num_clusters=int(numbers.clusters[s]),
            num_independent=plain(flip_rates.num_independent[s, first]),
            ctf_gap=gaps[s],
            signed_ctf_gap=signed_gaps[s],
            weighted_num_pairs=plain(numbers.weight[s]),
            too_few_to_say=bool(too_few[s, first]),
            has_few_originals=bool(few_originals[s]),
            minimum_detectable_difference=plain(detectable[s, first]),
            by_bucket=bool(numbers.by_bucket[s]),
            positive_rate=by_threshold["positive_rate"][s][first],
            counterfactual_positive_rate=by_threshold["counterfactual_positive_rate"][s][first],
            num_legitimate_pairs=int(legitimate.sum()),
            num_legitimate_flips=int(legitimate[0, 1] + legitimate[1, 0]),
            mean_score_deviation=plain(numbers.deviations[s]),
            mean_score_range=plain(numbers.ranges[s]),
        )
        if with_quantiles:
            _add_gap_quantiles(report, numbers.gap_quantiles[s].tolist())
        fields = by_threshold
        if numbers.has_labels[s]:
            add_label_rates(report, labels, s, first)
            fields = {**by_threshold, **labels}
        auc = aucs[s]
        if auc is not None:
            report.auc = plain(auc.value)
            report.auc_interval.CopyFrom(interval(auc.interval))
        for threshold, t in zip(spec.thresholds, order, strict=True):
            report.thresholds.add(
                threshold=threshold, **{name: values[s][t] for name, values in fields.items()}
            )
        if model == 0:
            add_own(report)
        else:
            _add_matched(report.matched, matched[s], estimates, s)
            report.matched.too_few_to_say = bool(few_matched[s])
        reports.append(report)
    return reports


def is_below_limit(estimates: SliceEstimates, spec: StatisticsSpec) -> np.ndarray:
    """[S] whether originals, but for those of weight 0, are fewer than the run asks for."""
    return np.asarray(estimates.numbers.weighted_originals < spec.min_slice_size)


def has_few_originals(estimates: SliceEstimates, spec: StatisticsSpec) -> np.ndarray:
    """[S] whether originals are fewer than the limit, or clusters than 30.

    Clusters that weigh as unevenly as fewer are too few, too.
    """
    first = spec.position(spec.thresholds[0])
    independent = estimates.rates["flip_rate"].num_independent[:, first]
    few = (estimates.numbers.clusters < MIN_ORIGINALS) | is_below_limit(estimates, spec)
    return np.asarray(few | ~(independent >= MIN_ORIGINALS))


def _clusters_flipped(
    originals: IntervalEstimate, group: SliceGroup, model: int, spec: StatisticsSpec
) -> IntervalEstimate:
    """[S, T] share of clusters of which any pair flips, each counted once.

    That of the originals where these are what is drawn.
    """
    if spec.cluster_column is None:
        return originals
    tables_of = [one.any_flips.clusters for one in group.statistics]
    shape = (spec.num_models, spec.num_thresholds)
    shares_and_sizes = [one.shares(*shape) for one in tables_of if one is not None]
    shares = np.stack([share[model] for share, _ in shares_and_sizes])
    sizes = np.array([size for _, size in shares_and_sizes], np.float64)
    known = np.where(np.isnan(shares), 0.0, shares)
    estimate = wilson_interval(
        known, np.maximum(sizes, 1.0)[:, None] + np.zeros_like(known), spec.confidence_level
    )
    return IntervalEstimate(*(np.where(np.isnan(shares), np.nan, field) for field in estimate))


def direction_p_values(sums: SliceSums) -> np.ndarray:
    """[S, T] tests that both directions of a flip are equally likely.

    McNemar's exact test where every original has one pair, and the test on whole
    originals where some have several, whose flips are not independent.
    """
    clustered = paired_cluster_test(sums.at.count_differences, sums.at.repeats)
    exact = mcnemar_exact(sums.counts[0, 1], sums.counts[1, 0])
    num_pairs = sums.counts.sum(axis=(0, 1))
    p_values = np.where(sums.one_count_each[:, None], exact, clustered)
    return np.where(num_pairs > 0, p_values, np.nan)


def decision_counts(sums: SliceSums) -> dict[str, np.ndarray]:
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


def label_rates(labels: tables.Confusion) -> dict[str, list[list[float]]]:
    """By name, the [S, T] values of each rate that needs labels, as they are reported."""
    return {name: plains(values) for name, values in confusion_rates(labels).items()}


def add_label_rates(report: Any, rates: dict[str, list[list[float]]], s: int, t: int) -> None:
    """Sets the fields of the rates of one slice at one threshold."""
    for name, values in rates.items():
        setattr(report, name, values[s][t])


def _add_gap_quantiles(report: report_pb2.SliceReport, values: Sequence[float]) -> None:
    for quantile, value in zip(GAP_QUANTILES, values, strict=True):
        if value == value:
            report.ctf_gap_quantiles.add(quantile=quantile, value=float(f"{value:.3g}"))


def add_own(report: report_pb2.SliceReport) -> None:
    """The baseline at its own threshold, which needs no matching."""
    entry, first = report.matched, report.thresholds[0]
    entry.threshold = first.threshold
    entry.flip_count = first.flip_count
    entry.flip_rate.CopyFrom(first.flip_rate)
    entry.positive_rate = entry.baseline_positive_rate = report.positive_rate
    entry.negative_to_positive_count = first.negative_to_positive_count
    entry.positive_to_negative_count = first.positive_to_negative_count
    entry.too_few_to_say = first.too_few_to_say


def _add_matched(
    entry: report_pb2.MatchedThreshold,
    match: MatchedFlips | None,
    estimates: SliceEstimates,
    s: int,
) -> None:
    entry.too_few_to_match = bool(estimates.too_few_to_match[s])
    if match is None:
        nan = float("nan")
        entry.threshold = entry.positive_rate = entry.baseline_positive_rate = nan
        entry.flip_rate.CopyFrom(report_pb2.Interval(value=nan, lower=nan, upper=nan))
        return
    entry.threshold = match.threshold
    entry.negative_to_positive_count = int(match.negative_to_positive[0].sum())
    entry.positive_to_negative_count = int(match.positive_to_negative[0].sum())
    entry.flip_count = entry.negative_to_positive_count + entry.positive_to_negative_count
    entry.flip_rate.CopyFrom(interval(estimates.matched, s))
    entry.positive_rate = plain(match.positive_rate)
    entry.baseline_positive_rate = plain(match.baseline_positive_rate)
