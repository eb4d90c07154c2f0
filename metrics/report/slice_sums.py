"""One model's sums over several slices at once, by cluster or by bucket, for the intervals."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.metrics.batches.clustered_rows import ClusteredRows, ClusterSums
from fairflip.metrics.batches.matched_passes import MatchedFlips
from fairflip.metrics.batches.second_pass import LargeSlice
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

# Numbers by cluster, slice and threshold that are held at a time: 16 MiB an array.
_CELLS_AT_ONCE = 1 << 21


@dataclasses.dataclass(frozen=True)
class SliceGroup:
    """Slices that are counted alike: all by bucket, or all by cluster.

    Attributes:
        positions: [S] where the slices stand among all.
        statistics: [S] their sums.
        rows: [S] their rows by cluster; None: the slices are counted by bucket.
        size: Entries of the first axis of their sums: buckets, or at least the clusters.
        second_pass: [S] what a second pass found; None: nothing.
    """

    positions: list[int]
    statistics: list[SliceStatistics]
    rows: list[ClusteredRows] | None
    size: int
    second_pass: list[LargeSlice | None]

    @property
    def exact(self) -> bool:
        """Whether every entry of the sums is one cluster."""
        return self.rows is not None

    @property
    def num_clusters(self) -> np.ndarray:
        """[S] what is drawn together: the originals, or clusters of them."""
        return np.array([one.num_clusters for one in self.statistics])

    @property
    def one_pair_each(self) -> np.ndarray:
        """[S] whether every cluster has one pair, all of one weight."""
        num_pairs = np.array([one.num_pairs for one in self.statistics])
        return np.asarray((num_pairs == self.num_clusters) & self._has_unit)

    @property
    def one_original_each(self) -> np.ndarray:
        """[S] whether every cluster is one original, all of one weight."""
        num_originals = np.array([one.num_originals for one in self.statistics])
        return np.asarray((num_originals == self.num_clusters) & self._has_unit)

    @property
    def _has_unit(self) -> np.ndarray:
        return np.array([unit_weight(one) is not None for one in self.statistics])

    def counts(self, model: int) -> np.ndarray:
        """[2, 2, S, T] numbers of pairs, by decision on the original and the counterfactual."""
        return np.stack([_counts(one, model) for one in self.statistics], axis=2)

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
    by_size: dict[int, list[int]] = {}
    for position, key in enumerate(keys):
        kept = statistics[key].kept
        # To the next power of two: at most half of the entries are zeros.
        size = 1 << max(1, (kept.num_clusters - 1).bit_length()) if kept.is_complete else 0
        by_size.setdefault(size, []).append(position)
    for size, positions in sorted(by_size.items()):
        step = max(1, _CELLS_AT_ONCE // ((size or spec.num_buckets) * spec.num_thresholds))
        for start in range(0, len(positions), step):
            chosen = positions[start : start + step]
            parts = [statistics[keys[position]] for position in chosen]
            yield SliceGroup(
                positions=chosen,
                statistics=parts,
                rows=[ClusteredRows.of(part.kept) for part in parts] if size else None,
                size=size or spec.num_buckets,
                second_pass=[large.get(keys[position]) for position in chosen],
            )


@dataclasses.dataclass(frozen=True)
class SliceSums:
    """One model's sums over S slices, clusters or buckets first, thresholds ascending last.

    Attributes:
        exact: Each entry of the first axis is one cluster, or zeros.
        pairs: [B, S] weights.
        num_clusters: [S] what is drawn together.
        one_pair_each: [S] whether every cluster has one pair, all of one weight.
        one_original_each: [S] whether every cluster is one original, all of one weight.
        one_count_each: [S] whether every cluster has one pair, of any weight.
        originals: [B, S] weight of originals, each once.
        flipped_originals: [B, S, T] weight of those of which any pair flips.
        positive: [B, S, T] weight of positive originals.
        negative: [B, S, T] weight of negative originals.
        negative_to_positive: [B, S, T] weight of these flips.
        positive_to_negative: [B, S, T] weight of the other direction.
        counts: The same four as [2, 2, S, T] numbers of pairs, by decision on the
            original and on the counterfactual.
        count_differences: [B, S, T] number of flips to positive less the others.
        gaps: [B, S, 3] weighted sums of |gap|, gap and gap squared.
        max_gap_is_one: Whether no |gap| of any slice is above 1, as for probabilities.
    """

    exact: bool
    pairs: np.ndarray
    num_clusters: np.ndarray
    one_pair_each: np.ndarray
    one_original_each: np.ndarray
    one_count_each: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    negative_to_positive: np.ndarray
    positive_to_negative: np.ndarray
    counts: np.ndarray
    count_differences: np.ndarray
    gaps: np.ndarray
    originals: np.ndarray
    flipped_originals: np.ndarray
    max_gap_is_one: bool

    @property
    def flips(self) -> np.ndarray:
        """[B, S, T] weight of flips in both directions."""
        return self.negative_to_positive + self.positive_to_negative


def slice_sums(
    group: SliceGroup, model: int, max_gap_is_one: bool, spec: StatisticsSpec
) -> SliceSums:
    """Lines up one model's sums over the slices of a group."""
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
    num_pairs = np.array([one.num_pairs for one in group.statistics])
    return SliceSums(
        exact=group.exact,
        num_clusters=group.num_clusters,
        one_pair_each=group.one_pair_each,
        one_original_each=group.one_original_each,
        one_count_each=num_pairs
        == np.array([one.num_clusters_of_any_weight for one in group.statistics]),
        counts=group.counts(model),
        max_gap_is_one=max_gap_is_one,
        **stacked,
    )


def max_gap_is_one(overall: SliceStatistics, model: int) -> bool:
    """Whether no |gap| of all pairs is above 1."""
    one_bin = int(tables.gap_bins(np.array([1.0]))[0])
    return not overall.gap_histogram.to_array()[model, one_bin + 1 :].any()


def unit_weight(statistics: SliceStatistics) -> float | None:
    """The weight that all pairs have, 1 without weights; None: they differ.

    Weights have no unit, so that equal ones are none.
    """
    least, most = statistics.kept.weight_range
    if statistics.weights is None or not statistics.num_pairs:
        return 1.0
    return float(least) if least == most and least > 0 else None


def _counts(statistics: SliceStatistics, model: int) -> np.ndarray:
    """[2, 2, T] numbers of pairs, by decision on the original and on the counterfactual."""
    cells = statistics.counts
    up = cells.negative_to_positive[model].sum(axis=0)
    down = cells.positive_to_negative[model].sum(axis=0)
    yes = tables.positives(cells.originals.cells[model].sum(axis=(0, 1)))
    no = cells.originals.rows.sum() - yes
    return np.array([[no - up, up], [down, yes - down]])


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
    group: SliceGroup, found: Sequence[MatchedFlips | None]
) -> tuple[np.ndarray, np.ndarray]:
    """[B, S] weights of flips at the matched thresholds, and the adjustment of their error.

    Zeros where nothing is matched.
    """
    flips, adjustment = np.zeros((2, group.size, len(found)))
    for s, (one, statistics) in enumerate(zip(found, group.statistics, strict=True)):
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


def scattered(parts: Sequence[tuple[list[int], Any]], size: int) -> Any:
    """Estimates of groups of slices as those of all, in the slices' order.

    Args:
        parts: Positions of a group's slices, and arrays with one entry for each on the
            first axis, or dicts and named tuples of such.
        size: Number of all slices.
    """
    first = parts[0][1]
    if isinstance(first, dict):
        return type(first)(
            {name: scattered([(p, e[name]) for p, e in parts], size) for name in first}
        )
    if isinstance(first, tuple):
        columns = zip(*(estimate for _, estimate in parts), strict=True)
        positions = [where for where, _ in parts]
        return type(first)(
            *(scattered(list(zip(positions, c, strict=True)), size) for c in columns)
        )
    whole = np.empty((size, *np.shape(first)[1:]), np.asarray(first).dtype)
    for where, values in parts:
        whole[where] = values
    return whole
