"""Slices of which nothing is known but kinds of clusters and how many there are of each.

A warehouse that groups its pairs gives no more than that, and counts, rates, their intervals and
tests need no more: they are what they are where a slice keeps its rows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.bucket_sums import MIN_ORIGINALS
from fairflip.metrics.intervals.rates_and_means import (
    IntervalEstimate,
    mean_interval_of_moments,
    minimum_detectable_difference,
    too_few_to_say,
    wilson_interval,
)
from fairflip.metrics.report.heterogeneity import adjusted_p_values, heterogeneity
from fairflip.metrics.report.intervals import interval, interval_fields, plain, plains
from fairflip.metrics.report.slice_sums import SliceSums, ThresholdSums
from fairflip.metrics.report.slices import (
    add_label_rates,
    add_own,
    decision_counts,
    direction_p_values,
    flip_rates,
    label_rates,
)
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import report_pb2


@dataclasses.dataclass(frozen=True)
class GapMoments:
    """Gaps of one model, of K sizes of clusters.

    Attributes:
        sizes: [K] pairs of a cluster.
        clusters: [K] how many clusters.
        absolute: [3, K] sums over these clusters of their |gap|, added up over the cluster's
            pairs, of its square and of its cube.
        signed: [3, K] the same of the gap.
        largest: The largest |gap| of a pair.
    """

    sizes: np.ndarray
    clusters: np.ndarray
    absolute: np.ndarray
    signed: np.ndarray
    largest: float


@dataclasses.dataclass(frozen=True)
class KindSums:
    """One slice under one model.

    Attributes:
        key: The slice.
        kinds: [J, 6] of each kind of cluster its pairs, originals, positive originals (each
            counted with each of its pairs), flips to positive, to negative, and originals
            of which any pair flips.
        repeats: [J, T] how many clusters, thresholds ascending.
        gaps: The gaps.
        labelled: [2, 2, T] pairs by label and decision on the original; None: no labels.
    """

    key: SliceKey
    kinds: np.ndarray
    repeats: np.ndarray
    gaps: GapMoments
    labelled: np.ndarray | None

    @property
    def num_clusters(self) -> int:
        """How many, the same at each threshold."""
        return int(self.repeats[:, 0].sum())

    def total(self, column: int) -> int:
        """The sum of a column of `kinds` over all clusters."""
        return int(self.kinds[:, column] @ self.repeats[:, 0])

    def sums(self) -> SliceSums:
        """The same as sums of one slice, without gaps."""
        pairs, originals, positive, rises, falls, flipped = self.kinds.T[..., None]
        counted = (self.kinds.T @ self.repeats)[:, None]
        up, down = counted[3], counted[4]
        counts = np.array([[counted[0] - counted[2] - up, up], [down, counted[2] - down]])
        clusters = np.array([self.num_clusters])
        one_pair_each = clusters == self.total(0)
        at = ThresholdSums(
            pairs=pairs,
            originals=originals,
            positive=positive[..., None],
            negative=(pairs - positive)[..., None],
            negative_to_positive=rises[..., None],
            positive_to_negative=falls[..., None],
            count_differences=(rises - falls)[..., None],
            flipped_originals=flipped[..., None],
            repeats=self.repeats[:, None].astype(np.float64),
        )
        return SliceSums(
            exact=True,
            pairs=pairs,
            num_clusters=clusters,
            one_pair_each=one_pair_each,
            one_original_each=clusters == self.total(1),
            one_count_each=one_pair_each,
            counts=counts.astype(np.int64),
            gaps=np.zeros((1, 1, 3)),
            own_flips=np.zeros((1, 1)),
            max_gap_is_one=True,
            at=at,
        )

    def gap_intervals(self, level: float, is_bounded: bool) -> list[IntervalEstimate]:
        """Of mean |gap| and mean gap."""
        gaps, estimates = self.gaps, []
        for moments, bounds in ((gaps.absolute, (0.0, 1.0)), (gaps.signed, (-1.0, 1.0))):
            estimates.append(
                mean_interval_of_moments(
                    gaps.sizes, gaps.clusters, moments, level, bounds if is_bounded else None
                )
            )
        absolute, signed = estimates
        return [absolute._replace(lower=np.maximum(absolute.lower, 0.0)), signed]


def model_of_kinds(
    name: str, is_baseline: bool, slices: Sequence[KindSums], spec: StatisticsSpec
) -> report_pb2.ModelReport:
    """One model's report.

    Filled are counts, rates and their intervals, tests of direction, gaps, rates by label, and
    what these say of whole features. What needs scores of single pairs is NaN or not there.

    Args:
        name: The model.
        is_baseline: Whether it is the first.
        slices: Overall first; each with at least one cluster.
        spec: What was counted.
    """
    level, keys = spec.confidence_level, [one.key for one in slices]
    order = [spec.position(threshold) for threshold in spec.thresholds]
    first = order[0]
    sums = [one.sums() for one in slices]
    by_slice = [flip_rates(one, level) for one in sums]
    rates = {name: _joined([each[name] for each in by_slice]) for name in by_slice[0]}
    flips = rates["flip_rate"]
    clusters = np.array([one.num_clusters for one in slices])
    num_originals = np.array([one.total(1) for one in slices])
    counts = {
        name: np.concatenate([decision_counts(one)[name] for one in sums])
        for name in decision_counts(sums[0])
    }
    direction = np.concatenate([direction_p_values(one) for one in sums])
    is_small = num_originals < spec.min_slice_size
    few = (clusters < MIN_ORIGINALS) | is_small
    few |= ~(flips.num_independent[:, first] >= MIN_ORIGINALS)
    too_few = too_few_to_say(flips, clusters) | is_small[:, None]
    adjusted = adjusted_p_values(np.where(few[:, None], np.nan, direction)[None], keys)[0]
    detectable = minimum_detectable_difference(flips.standard_error, level)
    at_first = IntervalEstimate(*(field[:, first] for field in flips))
    entries, shrunken = heterogeneity(keys, at_first, ~few, level)
    whole = counts["negative_count"] + counts["positive_count"]
    positive = counts["positive_count"]
    changed = positive + counts["negative_to_positive_count"] - counts["positive_to_negative_count"]
    by_threshold = {
        **{name: interval_fields(one) for name, one in rates.items()},
        "clusters_with_flip": interval_fields(_clusters_flipped(slices, rates, spec)),
        **{name: values.tolist() for name, values in counts.items()},
        "direction_p_value": plains(direction),
        "direction_p_value_adjusted": plains(adjusted),
        "too_few_to_say": too_few.tolist(),
        "positive_rate": plains(positive / whole),
        "counterfactual_positive_rate": plains(changed / whole),
    }
    is_bounded = slices[0].gaps.largest <= 1.0
    reports = []
    for s, one in enumerate(slices):
        absolute, signed = one.gap_intervals(level, is_bounded)
        report = report_pb2.SliceReport(
            slice=one.key.name,
            num_pairs=one.total(0),
            num_originals=int(num_originals[s]),
            num_clusters=int(clusters[s]),
            num_independent=plain(flips.num_independent[s, first]),
            ctf_gap=interval(absolute),
            signed_ctf_gap=interval(signed),
            weighted_num_pairs=plain(one.total(0)),
            too_few_to_say=bool(too_few[s, first]),
            has_few_originals=bool(few[s]),
            minimum_detectable_difference=plain(detectable[s, first]),
            positive_rate=by_threshold["positive_rate"][s][first],
            counterfactual_positive_rate=by_threshold["counterfactual_positive_rate"][s][first],
            mean_score_deviation=float("nan"),
            mean_score_range=float("nan"),
        )
        fields = {name: values[s] for name, values in by_threshold.items()}
        if one.labelled is not None:
            (negative_no, negative_yes), (positive_no, positive_yes) = one.labelled
            labels = label_rates(
                tables.Confusion(
                    *(side[None] for side in (positive_yes, negative_yes, negative_no, positive_no))
                )
            )
            add_label_rates(report, labels, 0, first)
            fields.update({name: values[0] for name, values in labels.items()})
        for threshold, t in zip(spec.thresholds, order, strict=True):
            report.thresholds.add(
                threshold=threshold, **{name: values[t] for name, values in fields.items()}
            )
        if is_baseline:
            add_own(report)
        if not np.isnan(shrunken[s]):
            report.shrunken_flip_rate = plain(shrunken[s])
        reports.append(report)
    return report_pb2.ModelReport(
        name=name, is_baseline=is_baseline, slices=reports, heterogeneity=entries
    )


def _joined(estimates: Sequence[IntervalEstimate]) -> IntervalEstimate:
    """Estimates [1, T] of slices as one [S, T]."""
    return IntervalEstimate(*(np.concatenate(fields) for fields in zip(*estimates, strict=True)))


def _clusters_flipped(
    slices: Sequence[KindSums], rates: dict[str, IntervalEstimate], spec: StatisticsSpec
) -> IntervalEstimate:
    """[S, T] share of clusters of which any pair flips; of the originals where these are drawn."""
    if spec.cluster_column is None:
        return rates["originals_with_flip"]
    shares, sizes = [], []
    for one in slices:
        flips = one.kinds[:, 3] + one.kinds[:, 4] > 0
        shares.append(one.repeats[flips].sum(axis=0) / one.num_clusters)
        sizes.append(np.full(spec.num_thresholds, float(one.num_clusters)))
    return wilson_interval(np.array(shares), np.array(sizes), spec.confidence_level)
