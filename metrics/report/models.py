"""From merged statistics to the models and comparisons of a `RunReport`.

Plain arithmetic on sums: no data is read here, so new intervals, tests or fields
need no second pass over the pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from fairflip.metrics.batches import confusion
from fairflip.metrics.batches.example_statistics import ExampleStatistics
from fairflip.metrics.batches.matched_passes import MatchedFlips
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.intervals.hypothesis_tests import benjamini_hochberg
from fairflip.metrics.intervals.rates_and_means import (
    DifferenceEstimate,
    mean_difference,
    minimum_detectable_difference,
    rate_difference,
    too_few_to_compare,
)
from fairflip.metrics.report.intervals import auc_difference_interval, interval, plain
from fairflip.metrics.report.slices import (
    BucketSums,
    bucket_sums,
    example_performances,
    matched_sums,
    slice_reports,
)
from fairflip.protos import report_pb2


def build_models_and_comparisons(
    statistics: Mapping[SliceKey, SliceStatistics],
    matched: Mapping[SliceKey, Sequence[MatchedFlips]],
    examples: Mapping[SliceKey, ExampleStatistics],
    spec: StatisticsSpec,
) -> tuple[list[report_pb2.ModelReport], list[report_pb2.Comparison]]:
    """Fills all fields of `ModelReport` and `Comparison`.

    Args:
        statistics: Of the scored pairs, merged, by slice.
        matched: From `ComputeMatchedThresholds`; empty: these fields are NaN.
        examples: Of all scored originals, by slice; may be empty.
        spec: What they were counted with.

    Returns:
        One report for each model, in the order of `spec.models`, and one
        comparison for each model but the first. Slices: Overall first, then as
        in `spec.slices`, values in alphabetical order.
    """
    statistics = {OVERALL: SliceStatistics.zero(spec), **statistics}
    keys = ordered(statistics, spec)
    example_keys = ordered(examples, spec)
    models = [
        report_pb2.ModelReport(
            name=name,
            is_baseline=model == 0,
            slices=slice_reports(statistics, matched, keys, model, spec),
            examples=example_performances(examples, example_keys, model, spec),
        )
        for model, name in enumerate(spec.models)
    ]
    baseline = bucket_sums(statistics, keys, 0)
    comparisons = [
        report_pb2.Comparison(
            baseline=spec.models[0],
            candidate=spec.models[model],
            slices=_compare(statistics, matched, keys, model, baseline, spec),
        )
        for model in range(1, spec.num_models)
    ]
    return models, comparisons


def ordered(keys: Iterable[SliceKey], spec: StatisticsSpec) -> list[SliceKey]:
    """Overall first, then by the order of the settings, then by value."""
    position = {features: i for i, features in enumerate(spec.slices)}

    def rank(key: SliceKey) -> tuple[int, SliceKey]:
        features = tuple(name for name, _ in key.features)
        return (position.get(features, len(position)) if features else -1, key)

    return sorted(keys, key=rank)


def _compare(
    statistics: Mapping[SliceKey, SliceStatistics],
    matched: Mapping[SliceKey, Sequence[MatchedFlips]],
    keys: Sequence[SliceKey],
    model: int,
    baseline: BucketSums,
    spec: StatisticsSpec,
) -> list[report_pb2.SliceComparison]:
    candidate = bucket_sums(statistics, keys, model)
    originals, level = baseline.num_originals, spec.confidence_level
    differences = rate_difference(candidate.flips, baseline.flips, baseline.pairs, originals, level)
    first = spec.position(spec.thresholds[0])
    has_match = np.array([bool(matched.get(key)) for key in keys])
    at_match = np.stack(
        [
            matched_sums(matched[key][model - 1], baseline.pairs[:, s])
            if has_match[s]
            else baseline.flips[:, s, first]
            for s, key in enumerate(keys)
        ],
        axis=1,
    )
    at_matches = rate_difference(
        at_match, baseline.flips[..., first], baseline.pairs, originals, level
    )
    at_matches = DifferenceEstimate(*(np.where(has_match, field, np.nan) for field in at_matches))
    bounds = (-1.0, 1.0) if baseline.max_gap_is_one and candidate.max_gap_is_one else None
    gaps = mean_difference(
        candidate.gaps[..., 0], baseline.gaps[..., 0], baseline.pairs, originals, level, bounds
    )
    adjusted = benjamini_hochberg(differences.p_value)
    adjusted_matches = benjamini_hochberg(at_matches.p_value)
    few = too_few_to_compare(differences, originals) | (originals < spec.min_slice_size)[:, None]
    few_matches = too_few_to_compare(at_matches, originals) | (originals < spec.min_slice_size)
    reports = []
    for s, key in enumerate(keys):
        report = report_pb2.SliceComparison(slice=key.name, ctf_gap_difference=interval(gaps, s))
        for threshold in spec.thresholds:
            t = spec.position(threshold)
            report.thresholds.append(
                _threshold_comparison(
                    threshold, differences, (s, t), adjusted[s, t], few[s, t], level
                )
            )
        at = matched[key][model - 1].threshold if has_match[s] else float("nan")
        report.matched.CopyFrom(
            _threshold_comparison(at, at_matches, (s,), adjusted_matches[s], few_matches[s], level)
        )
        part = statistics[key]
        if part.has_labels and not {spec.models[0], spec.models[model]} & set(
            spec.models_of_any_scale
        ):
            scores, buckets = part.score_histogram.to_array(), part.bucket_histogram.to_array()
            report.auc_difference.CopyFrom(
                interval(
                    auc_difference_interval(
                        (confusion.auc(scores[model]), confusion.auc(scores[0])),
                        (buckets[model], buckets[0]),
                        part.num_originals,
                        level,
                    )
                )
            )
        reports.append(report)
    return reports


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
