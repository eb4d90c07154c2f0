"""One model's sums over several slices at once, by cluster or by bucket, for the intervals."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fairflip.metrics.batches.clustered_rows import (
    ClusteredRows,
    ClusterKinds,
    ClusterSums,
    GroupedRows,
    KnownKinds,
    grouped,
    known_kinds,
    rows_in_columns,
    size_for,
    slices_at_once,
)
from fairflip.metrics.batches.matched_passes import MatchedFlips
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import UNLABELLED
from fairflip.metrics.statistics.pair_statistics import SliceStatistics, stacked_tables
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums.sum_columns import SumColumns, of_each


@dataclasses.dataclass(frozen=True)
class SliceGroup:
    """Slices that are counted alike: all by bucket, or all by cluster.

    Attributes:
        positions: [S] where the slices stand among all.
        statistics: [S] their sums.
        exact: Whether every entry of the sums is one cluster, and not a bucket.
        size: Entries of the first axis of their sums: buckets, or at least the clusters.
        second_pass: [S] what a second pass found; None: nothing.
    """

    positions: list[int]
    statistics: list[SliceStatistics]
    exact: bool
    size: int
    second_pass: list[LargeSlice | None]

    @functools.cached_property
    def sums(self) -> SumColumns:
        """The sums side by side."""
        return SumColumns.of(SliceStatistics, self.statistics, is_read_here=True)

    @functools.cached_property
    def rows(self) -> list[ClusteredRows] | None:
        """[S] the rows by cluster; None: the slices are counted by bucket."""
        if not self.exact:
            return None
        return [ClusteredRows.of(part.kept_rows) for part in self.statistics]

    @functools.cached_property
    def even_rows(self) -> GroupedRows | None:
        """All rows in one table, where each counts alike; None: they are by bucket, or weigh."""
        if not self.exact:
            return None
        rows = rows_in_columns(self.sums, self.size)
        if rows is None:
            assert self.rows is not None
            if any(rows.weights is not None for rows in self.rows):
                return None
            rows = grouped(self.rows, self.size)
        return rows if len(rows.clusters) else None

    def kinds(self, models: Sequence[int], spec: StatisticsSpec) -> KnownKinds | None:
        """Kinds of clusters that some models together make; None: clusters are one by one."""
        rows = self.even_rows
        return None if rows is None else known_kinds(rows, models, spec.ascending_thresholds)

    @functools.cached_property
    def num_pairs(self) -> np.ndarray:
        """[S] pairs of any weight."""
        return self.sums.stacked("counts", "originals", "rows").sum(axis=1)

    @functools.cached_property
    def num_originals(self) -> np.ndarray:
        """[S] distinct originals of any weight."""
        _, num_open = self.sums.flat("originals", "open_hashes")
        return self.sums.stacked("originals", "num_closed").astype(np.int64) + num_open

    @functools.cached_property
    def num_weighted_originals(self) -> np.ndarray:
        """[S] those of them that have a weight."""
        values, num_open = self.sums.flat("originals", "open_values")
        slices = np.repeat(np.arange(len(num_open)), num_open)
        weightless = np.bincount(slices[values[:, 0] == 0], minlength=len(num_open))
        weightless += self.sums.stacked("originals", "num_weightless")
        return self.num_originals - weightless

    @functools.cached_property
    def num_clusters(self) -> np.ndarray:
        """[S] what is drawn together: the originals, or clusters of them."""
        if self.sums.is_none("any_flips", "clusters"):
            return self.num_weighted_originals
        return np.array([one.num_clusters for one in self.statistics])

    @functools.cached_property
    def num_clusters_of_any_weight(self) -> np.ndarray:
        """[S] the same with those of weight 0, for what counts pairs and not weights."""
        if self.sums.is_none("any_flips", "clusters"):
            return self.num_originals
        return np.array([one.num_clusters_of_any_weight for one in self.statistics])

    @functools.cached_property
    def has_labels(self) -> np.ndarray:
        """[S] whether any pair has a label."""
        cells = self.sums.stacked("counts", "originals", "cells")
        return np.asarray(cells[:, :, :UNLABELLED].any(axis=(1, 2, 3, 4)))

    @functools.cached_property
    def one_pair_each(self) -> np.ndarray:
        """[S] whether every cluster has one pair, all of one weight."""
        return np.asarray((self.num_pairs == self.num_clusters) & self._has_unit)

    @functools.cached_property
    def one_original_each(self) -> np.ndarray:
        """[S] whether every cluster is one original, all of one weight."""
        return np.asarray((self.num_originals == self.num_clusters) & self._has_unit)

    @functools.cached_property
    def _has_unit(self) -> np.ndarray:
        if self.sums.is_none("weights"):
            return np.ones(len(self.statistics), bool)
        return np.array([unit_weight(one) is not None for one in self.statistics])

    def counts(self, model: int) -> np.ndarray:
        """[2, 2, S, T] numbers of pairs, by decision on the original and the counterfactual."""
        return stacked_tables(self.sums, model).transpose(2, 3, 0, 1)

    def matched(self, model: int, spec: StatisticsSpec) -> list[MatchedFlips | None]:
        """[S] a candidate's flips at its matched threshold; None where there is none."""
        if self.rows is None:
            return [one.matched[model - 1] if one else None for one in self.second_pass]
        return [rows.matched(model, spec) if rows.num_clusters else None for rows in self.rows]


def groups(
    statistics: Mapping[SliceKey, SliceStatistics],
    keys: Sequence[SliceKey],
    large: Mapping[SliceKey, LargeSlice],
    spec: StatisticsSpec,
) -> Iterator[SliceGroup]:
    """The slices `keys` in groups, each small enough to be held by cluster.

    Slices with about as many clusters go together, since NumPy's calls cost the same for
    one as for many.
    """
    by_size: dict[tuple[int, bool], list[int]] = {}
    clusters_of = {
        key: len(np.unique(clusters)) if is_complete else None
        for key, is_complete, clusters in zip(
            statistics,
            of_each(statistics, "kept_rows", "is_complete"),
            of_each(statistics, "kept_rows", "clusters"),
            strict=True,
        )
    }
    sized: dict[int, list[int]] = {}
    for position, key in enumerate(keys):
        number = clusters_of[key]
        sized.setdefault(0 if number is None else size_for(number), []).append(position)
    for size, positions in sized.items():
        for position in positions:
            # Slices of which each row counts alike are told by kinds of clusters.
            is_even = spec.weight_column is None or (
                unit_weight(statistics[keys[position]]) is not None
            )
            by_size.setdefault((size, is_even), []).append(position)
    for (size, _), positions in sorted(by_size.items()):
        step = slices_at_once(size or spec.num_buckets, spec.num_thresholds)
        for start in range(0, len(positions), step):
            chosen = positions[start : start + step]
            parts = [statistics[keys[position]] for position in chosen]
            yield SliceGroup(
                positions=chosen,
                statistics=parts,
                exact=size > 0,
                size=size or spec.num_buckets,
                second_pass=[large.get(keys[position]) for position in chosen],
            )


@dataclasses.dataclass(frozen=True)
class ThresholdSums:
    """One model's sums at T ascending thresholds over S slices: by entry first.

    An entry is a bucket, a cluster, or a kind of clusters, of which there are `repeats`.
    Axes of slices and thresholds are there where they matter: kinds are the same for all.

    Attributes:
        pairs: [E, S] or [E, 1] weights.
        originals: The same of originals, each once.
        positive: [E, S, T] or [E, 1, 1] weight of positive originals.
        negative: Weight of negative originals.
        negative_to_positive: Weight of these flips.
        positive_to_negative: Weight of the other direction.
        count_differences: Number of flips to positive less the others.
        flipped_originals: Weight of those of which any pair flips.
        repeats: [E, S, T] clusters of a kind; None: each entry is one by itself.
    """

    pairs: np.ndarray
    originals: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    negative_to_positive: np.ndarray
    positive_to_negative: np.ndarray
    count_differences: np.ndarray
    flipped_originals: np.ndarray
    repeats: np.ndarray | None

    @property
    def flips(self) -> np.ndarray:
        """Weight of flips in both directions."""
        return self.negative_to_positive + self.positive_to_negative

    @classmethod
    def of_kinds(cls, kinds: ClusterKinds, number: int) -> ThresholdSums:
        """Of the `number`th of the models that made the kinds."""
        values = {name: one[:, None, None] for name, one in kinds.by_name(number).items()}
        del values["flips"]
        whole = {name: values[name][..., 0] for name in ("pairs", "originals")}
        return cls(**{**values, **whole}, repeats=kinds.repeats)


@dataclasses.dataclass(frozen=True)
class SliceSums:
    """One model's sums over S slices, clusters or buckets first.

    Attributes:
        exact: Each entry of the first axis is one cluster, or zeros.
        pairs: [B, S] weights.
        num_clusters: [S] what is drawn together.
        one_pair_each: [S] whether every cluster has one pair, all of one weight.
        one_original_each: [S] whether every cluster is one original, all of one weight.
        one_count_each: [S] whether every cluster has one pair, of any weight.
        counts: [2, 2, S, T] numbers of pairs, by decision on the original and on the
            counterfactual.
        gaps: [B, S, 3] weighted sums of |gap|, gap and gap squared.
        own_flips: [B, S] weight of flips at the first threshold.
        max_gap_is_one: Whether no |gap| of any slice is above 1, as for probabilities.
        at: What depends on the threshold.
        kinds: What `at` is of; None: of clusters or buckets one by one.
    """

    exact: bool
    pairs: np.ndarray
    num_clusters: np.ndarray
    one_pair_each: np.ndarray
    one_original_each: np.ndarray
    one_count_each: np.ndarray
    counts: np.ndarray
    gaps: np.ndarray
    own_flips: np.ndarray
    max_gap_is_one: bool
    at: ThresholdSums
    kinds: KnownKinds | None = None


def slice_sums(
    group: SliceGroup, model: int, max_gap_is_one: bool, spec: StatisticsSpec
) -> SliceSums:
    """Lines up one model's sums over the slices of a group."""
    kinds, rows = group.kinds([model], spec), group.even_rows
    if kinds is not None and rows is not None:
        at, pairs, gaps = ThresholdSums.of_kinds(kinds.kinds, 0), rows.pairs, rows.gaps(model)
        own_flips = rows.flips(model, spec.thresholds[0])
    else:
        at, gaps = _one_by_one(group, model, spec)
        pairs, own_flips = at.pairs, at.flips[..., spec.position(spec.thresholds[0])]
    return SliceSums(
        exact=group.exact,
        pairs=pairs,
        num_clusters=group.num_clusters,
        one_pair_each=group.one_pair_each,
        one_original_each=group.one_original_each,
        one_count_each=group.num_pairs == group.num_clusters_of_any_weight,
        counts=group.counts(model),
        gaps=gaps,
        own_flips=own_flips,
        max_gap_is_one=max_gap_is_one,
        at=at,
        kinds=kinds,
    )


def sums_of_both(
    group: SliceGroup, candidate: SliceSums, baseline: SliceSums, model: int, spec: StatisticsSpec
) -> tuple[ThresholdSums, ThresholdSums]:
    """A candidate's and the baseline's sums over the same entries.

    Args:
        group: The slices.
        candidate: Its sums.
        baseline: Those of the baseline.
        model: The candidate's index.
        spec: What was counted.
    """
    if candidate.at.repeats is None and baseline.at.repeats is None:
        return candidate.at, baseline.at
    if (both := group.kinds([0, model], spec)) is not None:
        return ThresholdSums.of_kinds(both.kinds, 1), ThresholdSums.of_kinds(both.kinds, 0)
    return _one_by_one(group, model, spec)[0], _one_by_one(group, 0, spec)[0]


def _one_by_one(
    group: SliceGroup, model: int, spec: StatisticsSpec
) -> tuple[ThresholdSums, np.ndarray]:
    """By bucket, or by cluster where kinds would be as many; and [B, S, 3] of gaps."""
    if group.rows is None:
        parts = [_by_bucket(one, model) for one in group.statistics]
    else:
        parts = [rows.sums(model, spec) for rows in group.rows]
    stacked = {
        field.name: np.stack(
            [_padded(getattr(part, field.name), group.size) for part in parts], axis=1
        )
        for field in dataclasses.fields(ClusterSums)
    }
    gaps = stacked.pop("gaps")
    return ThresholdSums(**stacked, repeats=None), gaps


def max_gap_is_one(overall: SliceStatistics, model: int) -> bool:
    """Whether no |gap| of all pairs is above 1."""
    one_bin = int(tables.gap_bins(np.array([1.0]))[0])
    return not overall.gap_histogram.to_array()[model, one_bin + 1 :].any()


def unit_weight(statistics: SliceStatistics) -> float | None:
    """The weight that all pairs have, 1 without weights; None: they differ.

    Weights have no unit, so that equal ones are none.
    """
    least, most = statistics.kept_rows.weight_range
    if statistics.weights is None or not statistics.num_pairs:
        return 1.0
    return float(least) if least == most and least > 0 else None


def _by_bucket(statistics: SliceStatistics, model: int) -> ClusterSums:
    unit = unit_weight(statistics)
    cells = statistics.counts if unit is not None else statistics.weighted
    by_cell = cells.originals.cells[model].sum(axis=0)
    positive = tables.positives(by_cell).astype(np.float64)
    negative = tables.negatives(by_cell).astype(np.float64)
    counts = statistics.counts
    originals, flipped = statistics.any_flips.totals()
    return ClusterSums(
        pairs=cells.originals.rows.astype(np.float64),
        positive=positive,
        negative=negative,
        # Weights of flips are differences of sums, whose last bits must not exceed the whole.
        negative_to_positive=np.minimum(cells.negative_to_positive[model], negative),
        positive_to_negative=np.minimum(cells.positive_to_negative[model], positive),
        count_differences=counts.negative_to_positive[model] - counts.positive_to_negative[model],
        gaps=statistics.gaps[model].T / (unit or 1.0),
        originals=originals / (unit or 1.0),
        flipped_originals=np.minimum(flipped[model], originals[:, None]) / (unit or 1.0),
    )


def _padded(values: np.ndarray, size: int) -> np.ndarray:
    """Zeros appended to the first axis: they stand for no cluster."""
    missing = size - len(values)
    if not missing:
        return values
    return np.concatenate([values, np.zeros((missing, *values.shape[1:]), values.dtype)])


def matched_sums(
    group: SliceGroup, matches: Sequence[MatchedFlips | None]
) -> tuple[np.ndarray, np.ndarray]:
    """[B, S] weights of flips at the matched thresholds, and the adjustment of their error.

    Zeros where nothing is matched.
    """
    flips, adjustment = np.zeros((2, group.size, len(matches)))
    for s, (one, statistics) in enumerate(zip(matches, group.statistics, strict=True)):
        if one is None:
            continue
        unit = unit_weight(statistics)
        row = 1 if unit is None else 0
        weight = one.negative_to_positive[row] + one.positive_to_negative[row]
        flips[: len(weight), s] = weight
        # Rows by cluster have no unit already.
        scale = 1.0 if group.exact or unit is None else unit
        adjustment[: len(weight), s] = one.adjustment / scale
    return flips, adjustment
