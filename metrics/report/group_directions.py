"""Who gains when the word changes: flips and score changes from group to group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fairflip.metrics.batches.group_directions import direction_spec, ends_of
from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.intervals.rates_and_means import rate_difference
from fairflip.metrics.report.intervals import interval
from fairflip.metrics.report.slice_sums import groups, max_gap_is_one, slice_sums
from fairflip.metrics.report.slices import gap_intervals
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2


def add_group_directions(
    models: Sequence[report_pb2.ModelReport],
    statistics: Mapping[SliceKey, SliceStatistics],
    spec: StatisticsSpec,
) -> None:
    """Fills `group_directions` of each model, those of most pairs first, in place.

    net_flip_rate = (flips to positive - flips to negative) / pairs of the direction at the
    first threshold, and mean_score_change = mean f(x') - f(x); both weighted where the data
    has weights, in [-1, 1] for probabilities, ideally 0. Intervals take the clusters as the
    sample, as those of all rates do.

    Args:
        models: Reports, in the order of `spec.models`.
        statistics: From `ComputeGroupDirections`.
        spec: What was counted of all pairs.
    """
    one_threshold = direction_spec(spec)
    keys = [key for key, one in statistics.items() if ends_of(key) and one.num_pairs]
    keys.sort(key=lambda key: (-statistics[key].num_pairs, key))
    for model, report in enumerate(models):
        entries: dict[int, report_pb2.GroupDirection] = {}
        for group in groups(statistics, keys, {}, one_threshold):
            is_bounded = max_gap_is_one(statistics[OVERALL], model)
            sums = slice_sums(group, model, is_bounded, one_threshold)
            _, changes = gap_intervals(sums, one_threshold)
            net = rate_difference(
                sums.at.negative_to_positive,
                sums.at.positive_to_negative,
                sums.at.pairs,
                sums.num_clusters,
                spec.confidence_level,
                sums.exact,
                repeats=sums.at.repeats,
            )
            for s, position in enumerate(group.positions):
                (_, rises), (falls, _) = sums.counts[..., s, 0]
                source, target = ends_of(keys[position]) or ("", "")
                entry = report_pb2.GroupDirection(
                    to=target,
                    num_pairs=group.statistics[s].num_pairs,
                    negative_to_positive_count=int(rises),
                    positive_to_negative_count=int(falls),
                    mean_score_change=interval(changes, s),
                    net_flip_rate=interval(net, s, 0),
                )
                setattr(entry, "from", source)
                entries[position] = entry
        report.group_directions.extend(entries[position] for position in np.arange(len(keys)))
