"""From merged statistics to the models and comparisons of a `RunReport`.

Plain arithmetic on sums: no data is read here, so new intervals, tests or fields
need no second pass over the pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from fairflip.metrics.batches.clustered_rows import aucs_of_rows, ranked_aucs
from fairflip.metrics.batches.matched_passes import MatchedFlips
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.ranking import RankedAuc
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.intervals.rates_and_means import (
    DifferenceEstimate,
    IntervalEstimate,
    mean_difference,
    minimum_detectable_difference,
    rate_difference,
    too_few_to_compare,
)
from fairflip.metrics.report.auc import AucEstimate, auc_difference, auc_estimates
from fairflip.metrics.report.examples import example_performances
from fairflip.metrics.report.excess import add_controls
from fairflip.metrics.report.heterogeneity import adjusted_p_values, heterogeneity
from fairflip.metrics.report.intervals import interval, plain, scattered
from fairflip.metrics.report.slice_sums import (
    SliceGroup,
    SliceSums,
    groups,
    matched_sums,
    max_gap_is_one,
    slice_sums,
    sums_of_both,
)
from fairflip.metrics.report.slices import (
    SliceEstimates,
    has_few_originals,
    is_below_limit,
    slice_estimates,
    slice_reports,
)
from fairflip.metrics.statistics.example_statistics import ExampleStatistics, totals_of
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2

LargeSlices = Mapping[SliceKey, LargeSlice]


def build_models_and_comparisons(
    statistics: Mapping[SliceKey, SliceStatistics],
    examples: Mapping[SliceKey, ExampleStatistics],
    spec: StatisticsSpec,
    large: LargeSlices | None = None,
    large_examples: LargeSlices | None = None,
    controls: Mapping[SliceKey, ControlStatistics] | None = None,
) -> tuple[list[report_pb2.ModelReport], list[report_pb2.Comparison]]:
    """Fills all fields of `ModelReport` and `Comparison`.

    Args:
        statistics: Of the scored pairs, merged, by slice.
        examples: Of all scored originals, by slice; may be empty.
        spec: What they were counted with.
        large: From a second pass over pairs, the slices that do not keep their rows;
            where one is missing, its matched fields are NaN and it has no AUC.
        large_examples: The same of all originals.
        controls: Of pairs and their controls, by slice, with nothing pending.

    Returns:
        One report for each model, in the order of `spec.models`, and one
        comparison for each model but the first. Slices: Overall first, then as
        in `spec.slices`, values in alphabetical order.
    """
    if OVERALL not in statistics:
        statistics = {OVERALL: SliceStatistics.zero(spec), **statistics}
    statistics = within_budget(statistics)
    keys = spec.in_order(statistics)
    counted = _counted(statistics, keys, large or {}, spec)
    totals = within_budget(totals_of(examples))
    first = spec.position(spec.thresholds[0])
    models = []
    for model, name in enumerate(spec.models):
        estimates = counted[model].estimates
        rates = IntervalEstimate(*(f[:, first] for f in estimates.rates["flip_rate"]))
        is_testable = ~has_few_originals(estimates, spec)
        entries, shrunken = heterogeneity(keys, rates, is_testable, spec.confidence_level)
        slices = slice_reports(
            keys, model, estimates, counted[model].matched, counted[model].aucs, spec
        )
        for report, rate in zip(slices, shrunken, strict=True):
            if not np.isnan(rate):
                report.shrunken_flip_rate = plain(rate)
        models.append(
            report_pb2.ModelReport(
                name=name,
                is_baseline=model == 0,
                slices=slices,
                examples=example_performances(
                    totals, spec.in_order(totals), model, large_examples or {}, spec
                ),
                heterogeneity=entries,
            )
        )
    comparisons = _comparisons(keys, counted, spec)
    bounded = [max_gap_is_one(statistics[OVERALL], model) for model in range(spec.num_models)]
    sizes = counted[0].estimates.numbers.clusters.tolist()
    add_controls(models, comparisons, keys, controls or {}, sizes, bounded, spec)
    return models, comparisons


class _Differences(NamedTuple):
    """A candidate against the baseline.

    Attributes:
        rates: [S, T] of flip rates.
        others: By name of the report's field, [S, T] of the other rates.
        matched: [S] of flip rates, the candidate at its matched threshold.
        gaps: [S] of mean |gap|.
        signed: [S] of mean gap.
    """

    rates: DifferenceEstimate
    others: dict[str, DifferenceEstimate]
    matched: DifferenceEstimate
    gaps: DifferenceEstimate
    signed: DifferenceEstimate


class _Counted(NamedTuple):
    """What is found of one model on all S slices; `differences` are None of the baseline."""

    estimates: SliceEstimates
    differences: _Differences | None
    matched: list[MatchedFlips | None]
    aucs: list[AucEstimate | None]


def _counted(
    statistics: Mapping[SliceKey, SliceStatistics],
    keys: Sequence[SliceKey],
    large: LargeSlices,
    spec: StatisticsSpec,
) -> list[_Counted]:
    """All models' numbers, one group of slices at a time: rows by cluster take memory."""
    size, models = len(keys), range(spec.num_models)
    bounded = [max_gap_is_one(statistics[OVERALL], model) for model in models]
    estimates: list[list[tuple[list[int], SliceEstimates]]] = [[] for _ in models]
    differences: list[list[tuple[list[int], _Differences]]] = [[] for _ in models]
    matched: list[list[MatchedFlips | None]] = [[None] * size for _ in models]
    ranked: list[list[AucEstimate | None]] = [[None] * size for _ in models]
    for group in groups(statistics, keys, large, spec):
        baseline = slice_sums(group, 0, bounded[0], spec)
        for model in models:
            sums = slice_sums(group, model, bounded[model], spec) if model else baseline
            matches = group.matched(model, spec) if model else None
            one = slice_estimates(sums, group, model, matches, spec)
            estimates[model].append((group.positions, one))
            if matches is not None:
                difference = _differences(sums, baseline, model, group, matches, spec)
                differences[model].append((group.positions, difference))
            aucs = auc_estimates(_ranked(group, model), spec.confidence_level)
            for s, position in enumerate(group.positions):
                if matches is not None:
                    matched[model][position] = matches[s]
                ranked[model][position] = aucs[s]
    return [
        _Counted(
            scattered(estimates[model], size),
            scattered(differences[model], size) if model else None,
            matched[model],
            ranked[model],
        )
        for model in models
    ]


def _ranked(group: SliceGroup, model: int) -> list[RankedAuc | None]:
    aucs: Sequence[RankedAuc | None]
    if group.even_rows is not None:
        aucs = aucs_of_rows(group.even_rows, model)
    elif group.rows is not None:
        aucs = ranked_aucs(group.rows, model)
    else:
        aucs = [
            one.aucs[model] if one is not None and one.aucs else None for one in group.second_pass
        ]
    return [
        auc if has_labels else None for has_labels, auc in zip(group.has_labels, aucs, strict=True)
    ]


def _differences(
    candidate: SliceSums,
    baseline: SliceSums,
    model: int,
    group: SliceGroup,
    matches: Sequence[MatchedFlips | None],
    spec: StatisticsSpec,
) -> _Differences:
    clusters, level = baseline.num_clusters, spec.confidence_level
    pairs, exact = baseline.pairs, baseline.exact
    own = baseline.own_flips
    flips, adjustment = matched_sums(group, matches)
    has_match = np.array([one is not None for one in matches])
    matched = rate_difference(
        np.where(has_match, np.minimum(flips, pairs), own),
        own,
        pairs,
        clusters,
        level,
        exact,
        adjustment,
    )
    is_bounded = baseline.max_gap_is_one and candidate.max_gap_is_one

    one, other = sums_of_both(group, candidate, baseline, model, spec)

    def rate(flips: np.ndarray, others: np.ndarray, whole: np.ndarray) -> DifferenceEstimate:
        return rate_difference(flips, others, whole, clusters, level, exact, repeats=one.repeats)

    def gap(position: int, largest: float) -> DifferenceEstimate:
        return mean_difference(
            candidate.gaps[..., position],
            baseline.gaps[..., position],
            pairs,
            clusters,
            level,
            (-largest, largest) if is_bounded else None,
            exact,
        )

    whole = one.pairs
    return _Differences(
        rates=rate(one.flips, other.flips, whole),
        others={
            "negative_to_positive_rate_difference": rate(
                one.negative_to_positive, other.negative_to_positive, whole
            ),
            "positive_to_negative_rate_difference": rate(
                one.positive_to_negative, other.positive_to_negative, whole
            ),
            "positive_rate_difference": rate(one.positive, other.positive, whole),
            "originals_with_flip_difference": rate(
                np.minimum(one.flipped_originals, one.originals[..., None]),
                np.minimum(other.flipped_originals, one.originals[..., None]),
                one.originals,
            ),
        },
        matched=DifferenceEstimate(*(np.where(has_match, field, np.nan) for field in matched)),
        gaps=gap(0, 1.0),
        signed=gap(1, 2.0),
    )


def _comparisons(
    keys: Sequence[SliceKey],
    counted: Sequence[_Counted],
    spec: StatisticsSpec,
) -> list[report_pb2.Comparison]:
    """Every candidate against the baseline, the tests of all adjusted together."""
    level, baseline = spec.confidence_level, counted[0]
    clusters = baseline.estimates.numbers.clusters
    candidates = [
        (model, one, one.differences)
        for model, one in enumerate(counted)
        if one.differences is not None
    ]
    if not candidates:
        return []
    too_small = has_few_originals(baseline.estimates, spec)
    tested = np.stack([differences.rates.p_value for _, _, differences in candidates])
    tested_matches = np.stack([differences.matched.p_value for _, _, differences in candidates])
    adjusted = adjusted_p_values(np.where(too_small[:, None], np.nan, tested), keys)
    adjusted_matches = adjusted_p_values(
        np.where(too_small, np.nan, tested_matches)[..., None], keys
    )[..., 0]
    is_small = is_below_limit(baseline.estimates, spec)
    comparisons = []
    for c, (model, one, differences) in enumerate(candidates):
        few = too_few_to_compare(differences.rates, clusters) | is_small[:, None]
        few_matches = too_few_to_compare(differences.matched, clusters) | is_small
        few_matches |= one.estimates.too_few_to_match
        comparison = report_pb2.Comparison(baseline=spec.models[0], candidate=spec.models[model])
        for s, key in enumerate(keys):
            report = comparison.slices.add(
                slice=key.name,
                ctf_gap_difference=interval(differences.gaps, s),
                signed_ctf_gap_difference=interval(differences.signed, s),
            )
            for threshold in spec.thresholds:
                t = spec.position(threshold)
                entry = _threshold_comparison(
                    threshold, differences.rates, (s, t), adjusted[c, s, t], few[s, t], level
                )
                for name, estimate in differences.others.items():
                    getattr(entry, name).CopyFrom(interval(estimate, s, t))
                report.thresholds.append(entry)
            match = one.matched[s]
            report.matched.CopyFrom(
                _threshold_comparison(
                    float("nan") if match is None else match.threshold,
                    differences.matched,
                    (s,),
                    adjusted_matches[c, s],
                    few_matches[s],
                    level,
                )
            )
            auc, base = one.aucs[s], baseline.aucs[s]
            if auc is not None and base is not None:
                report.auc_difference.CopyFrom(
                    interval(auc_difference(auc.ranked, base.ranked, level))
                )
        comparisons.append(comparison)
    return comparisons


def _threshold_comparison(
    threshold: float,
    estimate: DifferenceEstimate,
    index: tuple[int, ...],
    adjusted: float,
    too_few: bool,
    confidence_level: float,
) -> report_pb2.ThresholdComparison:
    return report_pb2.ThresholdComparison(
        threshold=threshold,
        flip_rate_difference=interval(estimate, *index),
        p_value=plain(estimate.p_value[index]),
        p_value_adjusted=plain(adjusted),
        too_few_to_say=bool(too_few),
        minimum_detectable_difference=plain(
            minimum_detectable_difference(estimate.standard_error[index], confidence_level)
        ),
    )
