"""Rates of controls and excess over them, put into the slices and comparisons of a report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.metrics.controls.estimates import (
    BOTH,
    FALLS,
    RISES,
    ControlEstimates,
    SliceControls,
    same_group_rates,
    slices_with_controls,
)
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.report.intervals import interval, plain
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2

# Fields of a threshold by the way to flip: control rate, excess, its bounds over words.
_FIELDS = {
    BOTH: ("control_flip_rate", "excess_flip_rate", "excess_over_words"),
    RISES: (
        "control_negative_to_positive_rate",
        "excess_negative_to_positive_rate",
        "excess_negative_to_positive_over_words",
    ),
    FALLS: (
        "control_positive_to_negative_rate",
        "excess_positive_to_negative_rate",
        "excess_positive_to_negative_over_words",
    ),
}


def add_controls(
    models: Sequence[report_pb2.ModelReport],
    comparisons: Sequence[report_pb2.Comparison],
    keys: Sequence[SliceKey],
    controls: Mapping[SliceKey, ControlStatistics],
    num_clusters: Sequence[int],
    is_bounded: Sequence[bool],
    spec: StatisticsSpec,
) -> None:
    """Fills the fields of controls, in place; they stay absent where no pair has a control.

    Args:
        models: Reports whose other fields are filled.
        comparisons: Of each model but the first.
        keys: The slices of both, in their order.
        controls: The sums of pairs and controls, by slice, with nothing pending.
        num_clusters: Of each slice.
        is_bounded: By model, whether no gap of a pair is above 1.
        spec: What was counted.
    """
    controls = within_budget(controls)
    for s, key in enumerate(keys):
        statistics = controls.get(key)
        if statistics is not None and statistics.num_swaps:
            _add_swaps([model.slices[s] for model in models], statistics, num_clusters[s], spec)
    for s, controls_here in slices_with_controls(controls, keys, num_clusters, spec):
        for model, report in enumerate(models):
            _add_to_slice(report.slices[s], model, controls_here, is_bounded[model], spec)
        for model, comparison in enumerate(comparisons, start=1):
            _add_to_comparison(comparison.slices[s], model, controls_here, spec)


def _add_swaps(
    reports: Sequence[report_pb2.SliceReport],
    statistics: ControlStatistics,
    num_clusters: int,
    spec: StatisticsSpec,
) -> None:
    """Swaps within one group, into the reports of one slice by model."""
    rates = same_group_rates(statistics, num_clusters, spec)
    for report, of_model in zip(reports, rates, strict=True):
        report.num_same_group_pairs = statistics.num_swaps
        for entry in report.thresholds:
            t = spec.position(entry.threshold)
            entry.same_group_flip_rate.CopyFrom(interval(of_model, t))


def _add_to_slice(
    report: report_pb2.SliceReport,
    model: int,
    controls_here: SliceControls,
    is_bounded: bool,
    spec: StatisticsSpec,
) -> None:
    report.num_control_pairs = controls_here.statistics.num_control_pairs
    report.num_pairs_without_control = controls_here.statistics.num_without_control
    report.num_originals_sampled_for_words = controls_here.num_originals_sampled
    gaps = controls_here.mean_gaps(model, is_bounded)
    report.control_ctf_gap.CopyFrom(interval(gaps.control, 0))
    report.excess_ctf_gap.CopyFrom(interval(gaps.excess, 0))
    _set_bounds(report.excess_ctf_gap_over_words, gaps.excess, 0)
    thresholds = spec.ascending_thresholds
    both = controls_here.flips(model, BOTH, thresholds)
    counts = None if controls_here.num_originals_sampled else both.controls.sum(axis=0)
    ways = {
        way: controls_here.rates(
            both if way == BOTH else controls_here.flips(model, way, thresholds),
            with_top=way == BOTH,
        )
        for way in _FIELDS
    }
    report.effective_terms = plain(ways[BOTH].excess.effective_terms)
    for entry in report.thresholds:
        t = spec.position(entry.threshold)
        for way, names in _FIELDS.items():
            _set_rates(entry, names, ways[way], t)
        _set_top(entry, ways[BOTH], t)
        if counts is not None:
            entry.control_flip_count = int(counts[t])
    if model == 0:
        _set_rates(report.matched, _FIELDS[BOTH], ways[BOTH], spec.position(spec.thresholds[0]))
        _set_top(report.matched, ways[BOTH], spec.position(spec.thresholds[0]))
        if counts is not None:
            report.matched.control_flip_count = int(counts[spec.position(spec.thresholds[0])])
    elif not math.isnan(report.matched.threshold):
        at_match = controls_here.flips(
            model, BOTH, np.array([report.matched.threshold]), is_matched=True
        )
        rates = controls_here.rates(at_match, with_top=True)
        _set_rates(report.matched, _FIELDS[BOTH], rates, 0)
        _set_top(report.matched, rates, 0)
        if counts is not None:
            report.matched.control_flip_count = int(at_match.controls.sum())


def _add_to_comparison(
    report: report_pb2.SliceComparison,
    model: int,
    controls_here: SliceControls,
    spec: StatisticsSpec,
) -> None:
    thresholds = spec.ascending_thresholds
    control, excess = controls_here.differences(
        controls_here.flips(model, BOTH, thresholds), controls_here.flips(0, BOTH, thresholds)
    )
    for entry in report.thresholds:
        _set_differences(entry, control, excess, spec.position(entry.threshold))
    if not math.isnan(report.matched.threshold):
        at_match = np.array([report.matched.threshold])
        own = np.array([spec.thresholds[0]])
        control, excess = controls_here.differences(
            controls_here.flips(model, BOTH, at_match, is_matched=True),
            controls_here.flips(0, BOTH, own, is_matched=True),
        )
        _set_differences(report.matched, control, excess, 0)


def _set_rates(entry: Any, names: Sequence[str], controls_here: ControlEstimates, t: int) -> None:
    control, excess, over_words = names
    getattr(entry, control).CopyFrom(interval(controls_here.control, t))
    getattr(entry, excess).CopyFrom(interval(controls_here.excess, t))
    _set_bounds(getattr(entry, over_words), controls_here.excess, t)


def _set_bounds(bounds: report_pb2.Bounds, excess: Any, t: int) -> None:
    """NaN where it is not known of all rows what they edit."""
    bounds.lower = plain(excess.over_words_lower[t])
    bounds.upper = plain(excess.over_words_upper[t])


def _set_top(entry: Any, controls_here: ControlEstimates, t: int) -> None:
    top = controls_here.top
    assert top is not None  # it was asked for
    entry.top_term = top.term[t]
    if entry.top_term and not np.isnan(top.without[t]):
        entry.excess_without_top_term = plain(top.without[t])


def _set_differences(
    entry: report_pb2.ThresholdComparison, control: Any, excess: Any, t: int
) -> None:
    entry.control_flip_rate_difference.CopyFrom(interval(control, t))
    entry.excess_flip_rate_difference.CopyFrom(interval(excess, t))
    _set_bounds(entry.excess_difference_over_words, excess, t)
