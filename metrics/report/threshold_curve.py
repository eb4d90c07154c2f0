"""What a report says of flips and controls at its thresholds, at many more of them.

The sums, the intervals and the rounding are the report's own, so that the numbers at a
threshold which both have are the same.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fairflip.metrics.controls.estimates import BOTH, Columns, slices_with_controls
from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.intervals.rates_and_means import IntervalEstimate, rate_interval
from fairflip.metrics.report.intervals import interval, plain
from fairflip.metrics.report.slice_sums import SliceGroup, groups, slice_sums
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2


def model_curves(
    statistics: Mapping[SliceKey, SliceStatistics],
    controls: Mapping[SliceKey, ControlStatistics],
    spec: StatisticsSpec,
) -> list[report_pb2.ModelReport]:
    """For each model its slices at all thresholds of `spec`, ascending.

    Filled are of a slice its name and number of pairs; of a threshold the counts and rates
    of flips (both directions together and apart, over all pairs), the control flip rate and
    the excess with both intervals.

    Args:
        statistics: Of the scored pairs, merged, by slice.
        controls: Of pairs and their controls, by slice, with nothing pending.
        spec: What they were counted with.
    """
    if OVERALL not in statistics:
        statistics = {OVERALL: SliceStatistics.zero(spec), **statistics}
    statistics = within_budget(statistics)
    keys = spec.in_order(statistics)
    curves = [report_pb2.ModelReport(name=name) for name in spec.models]
    for model in curves:
        for key in keys:
            part = model.slices.add(slice=key.name, num_pairs=statistics[key].num_pairs)
            for threshold in spec.ascending_thresholds.tolist():
                part.thresholds.add(threshold=threshold)
    for group in groups(statistics, keys, {}, spec):
        for number, model in enumerate(curves):
            _enter_flips([model.slices[p] for p in group.positions], group, number, spec)
    sizes = [statistics[key].num_clusters for key in keys]
    for place, one in slices_with_controls(within_budget(controls), keys, sizes, spec):
        # Of all models at once: what the pairs of a slice have in common is found once.
        by_model = [one.flips(m, BOTH, spec.ascending_thresholds) for m in range(len(curves))]
        rates = one.rates(Columns.beside(by_model))
        for number, model in enumerate(curves):
            first = number * spec.num_thresholds
            for t, at in enumerate(model.slices[place].thresholds, start=first):
                at.control_flip_rate.CopyFrom(interval(rates.control, t))
                at.excess_flip_rate.CopyFrom(interval(rates.excess, t))
                at.excess_over_words.lower = plain(rates.excess.over_words_lower[t])
                at.excess_over_words.upper = plain(rates.excess.over_words_upper[t])
    return curves


def _enter_flips(
    parts: list[report_pb2.SliceReport], group: SliceGroup, model: int, spec: StatisticsSpec
) -> None:
    (_, rises), (falls, _) = group.counts(model)
    rates = _rates(group, model, spec)
    for s, part in enumerate(parts):
        for t, at in enumerate(part.thresholds):
            at.negative_to_positive_count = int(rises[s, t])
            at.positive_to_negative_count = int(falls[s, t])
            at.flip_count = int(rises[s, t] + falls[s, t])
            for name, rate in rates.items():
                getattr(at, name).CopyFrom(interval(rate, s, t))


def _rates(group: SliceGroup, model: int, spec: StatisticsSpec) -> dict[str, IntervalEstimate]:
    """By name of the report's field, [S, T]."""
    one_pair_each, is_exact = group.one_pair_each, group.exact
    if one_pair_each.all():
        # Independent pairs, of which totals say all: nothing is held by cluster. They stand
        # beside zeros, since intervals are of two entries at least.
        counts = group.counts(model)
        (_, rises), (falls, _) = counts
        totals = (rises, falls, counts.sum(axis=(0, 1)))
        rises, falls, pairs = (np.stack([one, np.zeros_like(one)]) for one in totals)
        is_exact, repeats = True, None
    else:
        at = slice_sums(group, model, False, spec).at
        rises, falls, pairs = at.negative_to_positive, at.positive_to_negative, at.pairs
        repeats = at.repeats
    ways = {
        "flip_rate": rises + falls,
        "negative_to_positive_rate": rises,
        "positive_to_negative_rate": falls,
    }
    level, clusters = spec.confidence_level, group.num_clusters
    return {
        name: rate_interval(flips, pairs, clusters, level, one_pair_each, is_exact, repeats=repeats)
        for name, flips in ways.items()
    }
