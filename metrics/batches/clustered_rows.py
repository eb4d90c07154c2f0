"""The rows of a small slice, by cluster: sums, matched thresholds and AUC without buckets."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from fairflip.metrics.batches.grouped_rows import ClusterKinds, GroupedRows
from fairflip.metrics.batches.known_kinds import KnownKinds, known_kinds
from fairflip.metrics.batches.matched_passes import MatchedFlips
from fairflip.metrics.batches.pair_counting import flip_spans
from fairflip.metrics.flips.decisions import is_positive
from fairflip.metrics.flips.matched_threshold import flips_per_positive, matched_threshold
from fairflip.metrics.flips.ranking import (
    RankedAuc,
    order_in_slices,
    ranked_auc,
    ranked_auc_by_slice,
)
from fairflip.metrics.statistics.any_flips import spans_by_threshold
from fairflip.metrics.statistics.columns import POSITIVE, UNLABELLED
from fairflip.metrics.statistics.kept_rows import KeptRows
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.statistics.tables import exactly_addable, negatives, positives
from fairflip.metrics.sums.sum_columns import SumColumns

__all__ = [
    "ClusterKinds",
    "ClusterSums",
    "ClusteredRows",
    "GroupedRows",
    "KnownKinds",
    "about_alike",
    "grouped",
    "known_kinds",
    "ranked_aucs",
]

# Numbers by cluster, slice and threshold: 2 MiB an array.
_CELLS_AT_ONCE = 1 << 18


@dataclasses.dataclass(frozen=True)
class ClusterSums:
    """One model's sums over the K clusters of one slice, thresholds ascending last.

    Attributes:
        pairs: [K] weight of pairs.
        positive: [K, T] weight of positive originals.
        negative: [K, T] weight of negative originals.
        negative_to_positive: [K, T] weight of these flips.
        positive_to_negative: [K, T] weight of the other direction.
        count_differences: [K, T] number of flips to positive less the others.
        gaps: [K, 3] weighted sums of |gap|, gap and gap squared.
        originals: [K] weight of originals, each once.
        flipped_originals: [K, T] weight of those of which any pair flips.
    """

    pairs: np.ndarray
    positive: np.ndarray
    negative: np.ndarray
    negative_to_positive: np.ndarray
    positive_to_negative: np.ndarray
    count_differences: np.ndarray
    gaps: np.ndarray
    originals: np.ndarray
    flipped_originals: np.ndarray


@dataclasses.dataclass(frozen=True)
class ClusteredRows:
    """N rows of one slice.

    Attributes:
        clusters: [N] which cluster, each in [0, num_clusters).
        num_clusters: K.
        originals: [N] uint64 hashes of the originals, of which the rows stand together.
        labels: [N] label classes.
        weights: [N] float64; None: all count the same.
        scores: [M, N] scores of the originals.
        counterfactual_scores: [M, N]; [0, N] where rows are originals alone.
    """

    clusters: np.ndarray
    num_clusters: int
    originals: np.ndarray
    labels: np.ndarray
    weights: np.ndarray | None
    scores: np.ndarray
    counterfactual_scores: np.ndarray

    @classmethod
    def of(cls, kept_rows: KeptRows) -> ClusteredRows:
        """The rows in an order that does not depend on how they were merged.

        Weights that are all the same are none: they have no unit.
        """
        rows = kept_rows.in_order()
        least, most = kept_rows.weight_range
        clusters = np.zeros(len(rows.clusters), np.int64)
        np.cumsum(rows.clusters[1:] != rows.clusters[:-1], out=clusters[1:])
        return cls(
            clusters=clusters,
            num_clusters=int(clusters[-1]) + 1 if len(clusters) else 0,
            originals=rows.ids,
            labels=rows.labels,
            weights=None if least == most else rows.weights,
            scores=np.ascontiguousarray(rows.scores[:, : kept_rows.num_models].T),
            counterfactual_scores=np.ascontiguousarray(rows.scores[:, kept_rows.num_models :].T),
        )

    def sums(self, model: int, spec: StatisticsSpec) -> ClusterSums:
        """One model's sums by cluster."""
        thresholds, width = spec.ascending_thresholds, spec.num_thresholds + 1
        before, after = self.scores[model], self.counterfactual_scores[model]
        cells = np.searchsorted(thresholds, before, side="left")
        other = np.searchsorted(thresholds, after, side="left")
        shape = (self.num_clusters, width)
        counted = np.bincount(self.clusters * width + cells, self.weights, shape[0] * width)
        by_cell = counted.reshape(shape).astype(np.float64)
        rises, falls = (
            flip_spans(self.clusters, cells, other, chosen, self.weights, shape)
            for chosen in (other > cells, other < cells)
        )
        if self.weights is None:
            differences = rises - falls
        else:
            up, down = (
                flip_spans(self.clusters, cells, other, chosen, None, shape)
                for chosen in (other > cells, other < cells)
            )
            differences = up - down
            # Differences of sums of weights leave rounding where nothing was counted.
            rises, falls = np.where(up > 0, rises, 0.0), np.where(down > 0, falls, 0.0)
        positive, negative = positives(by_cell), negatives(by_cell)
        starts = self._starts()
        cluster_of_each = self.clusters[starts]
        weights = None if self.weights is None else self.weights[starts]
        low, high = np.minimum(cells, other), np.maximum(cells, other)
        if len(starts):
            low, high = np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)
        with np.errstate(invalid="ignore"):
            gap = np.where(before == after, 0.0, after - before)  # also inf - inf
        return ClusterSums(
            pairs=np.bincount(self.clusters, self.weights, self.num_clusters).astype(np.float64),
            positive=positive,
            negative=negative,
            negative_to_positive=np.minimum(rises, negative),
            positive_to_negative=np.minimum(falls, positive),
            count_differences=differences,
            gaps=np.stack(
                [self._by_cluster(exactly_addable(v)) for v in (np.abs(gap), gap, gap * gap)],
                axis=-1,
            ),
            originals=np.bincount(cluster_of_each, weights, self.num_clusters).astype(np.float64),
            flipped_originals=spans_by_threshold(cluster_of_each, low, high, weights, shape),
        )

    def _starts(self) -> np.ndarray:
        """The first row of each original."""
        is_first = np.ones(len(self.originals), bool)
        is_first[1:] = self.originals[1:] != self.originals[:-1]
        return np.flatnonzero(is_first)

    def matched(self, model: int, spec: StatisticsSpec) -> MatchedFlips:
        """One candidate's flips at its matched threshold."""
        own = spec.thresholds[0]
        baseline = is_positive(self.scores[0], own)
        before, after = self.scores[model], self.counterfactual_scores[model]
        target = self._share(baseline)
        threshold = matched_threshold(before, self.weights, target, own)
        positive, other = is_positive(before, threshold), is_positive(after, threshold)
        slope = flips_per_positive(before, after, self.weights, threshold)
        difference = self._by_cluster(positive.astype(np.float64) - baseline)

        def both(holds: np.ndarray) -> np.ndarray:
            counts = np.bincount(self.clusters[holds], minlength=self.num_clusters)
            return np.stack([counts, self._by_cluster(holds.astype(np.float64))])

        return MatchedFlips(
            threshold=threshold,
            baseline_positive_rate=target,
            positive_rate=self._share(positive),
            negative_to_positive=both(~positive & other),
            positive_to_negative=both(positive & ~other),
            adjustment=-slope * difference,
            baseline_positive=self._by_cluster(baseline.astype(np.float64)),
        )

    def auc(self, model: int) -> RankedAuc:
        """One model's AUC over the rows that have a label."""
        known = self.labels != UNLABELLED
        return ranked_auc(
            self.scores[model][known],
            self.labels[known] == POSITIVE,
            None if self.weights is None else self.weights[known],
            self.clusters[known],
            self.num_clusters,
        )

    def _by_cluster(self, values: np.ndarray) -> np.ndarray:
        weighted = values if self.weights is None else values * self.weights
        return np.bincount(self.clusters, weighted, self.num_clusters)

    def _share(self, holds: np.ndarray) -> float:
        weights = np.ones(len(holds)) if self.weights is None else self.weights
        total = weights.sum()
        return float(weights[holds].sum() / total) if total > 0 else float("nan")


def ranked_aucs(parts: Sequence[ClusteredRows], model: int) -> list[RankedAuc]:
    """One model's AUC on each of some slices: `ClusteredRows.auc`, of many slices at once."""
    aucs_by_place: dict[int, RankedAuc] = {
        place: part.auc(model) for place, part in enumerate(parts) if part.weights is not None
    }
    even = [place for place in range(len(parts)) if place not in aucs_by_place]
    for size, places in about_alike([parts[place].num_clusters for place in even]).items():
        alike = [even[place] for place in places]
        aucs = aucs_of_rows(grouped([parts[place] for place in alike], size), model)
        aucs_by_place.update(zip(alike, aucs, strict=True))
    return [aucs_by_place[place] for place in range(len(parts))]


def aucs_of_rows(rows: GroupedRows, model: int) -> list[RankedAuc]:
    """One model's AUC on each slice of a table, over the rows that have a label."""
    known = np.flatnonzero(rows.labels != UNLABELLED)
    aucs = ranked_auc_by_slice(
        rows.scores[model][known],
        rows.labels[known] == POSITIVE,
        rows.slices[known],
        rows.clusters[known],
        (rows.size, rows.num_slices),
    )
    return [
        auc._replace(influences=auc.influences[:number])
        for auc, number in zip(aucs, rows.num_clusters.tolist(), strict=True)
    ]


def rows_in_columns(sums: SumColumns, size: int) -> GroupedRows | None:
    """The kept rows of some slices in one table: `grouped`, without a table for each slice.

    Args:
        sums: Those of the slices, which keep all of their rows.
        size: At least the clusters of each.

    Returns:
        None where rows weigh, or originals are not what is drawn.
    """
    rows = "kept_rows"
    if not (sums.is_none(rows, "weights") and sums.is_none(rows, "originals")):
        return None
    clusters, sizes = sums.flat(rows, "clusters")
    slices = np.repeat(np.arange(len(sizes)), sizes)
    order = _by_cluster(slices, clusters)
    clusters = clusters[order]
    is_new_slice = np.diff(slices, prepend=-1) != 0
    is_first = is_new_slice.copy()
    is_first[1:] |= clusters[1:] != clusters[:-1]
    number = np.cumsum(is_first) - 1
    first_of_slice = np.zeros(len(sizes), np.int64)
    first_of_slice[slices[is_new_slice]] = number[is_new_slice]
    scores = np.ascontiguousarray(sums.flat(rows, "scores")[0][order].T)
    num_models = int(sums.stacked(rows, "num_models")[0])
    return GroupedRows(
        slices=slices,
        clusters=number - first_of_slice[slices],
        size=size,
        num_slices=len(sizes),
        starts=np.flatnonzero(is_first),
        labels=sums.flat(rows, "labels")[0][order],
        scores=scores[:num_models],
        counterfactual_scores=scores[num_models:],
    )


def _by_cluster(slices: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """`KeptRows.in_order` of each slice: by slice, then cluster, then as they are."""
    is_first = np.ones(len(clusters), bool)
    is_first[1:] = (clusters[1:] != clusters[:-1]) | (slices[1:] != slices[:-1])
    # Rows of one cluster stand together mostly, and are moved together.
    starts = np.flatnonzero(is_first)
    sizes = np.diff(starts, append=len(clusters))
    hashes, slice_of = clusters[starts], slices[starts]
    order = order_in_slices(hashes, slice_of)
    ascending = hashes[order]
    if ((ascending[1:] == ascending[:-1]) & (slice_of[1:] == slice_of[:-1])).any():
        return np.lexsort((clusters, slices))
    starts, sizes = starts[order], sizes[order]
    return np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(len(clusters))


def grouped(parts: Sequence[ClusteredRows], size: int) -> GroupedRows:
    """The rows of some slices in one table, whatever they weigh.

    Args:
        parts: Of each slice.
        size: At least the clusters of each.
    """
    slices = np.repeat(np.arange(len(parts)), [len(part.clusters) for part in parts])
    originals = np.concatenate([part.originals for part in parts])
    is_first = np.ones(len(slices), bool)
    is_first[1:] = (originals[1:] != originals[:-1]) | (slices[1:] != slices[:-1])
    return GroupedRows(
        slices=slices,
        clusters=np.concatenate([part.clusters for part in parts]),
        size=size,
        num_slices=len(parts),
        starts=np.flatnonzero(is_first),
        labels=np.concatenate([part.labels for part in parts]),
        scores=np.concatenate([part.scores for part in parts], axis=1),
        counterfactual_scores=np.concatenate(
            [part.counterfactual_scores for part in parts], axis=1
        ),
    )


def slices_at_once(size: int, num_thresholds: int) -> int:
    """How many slices of so many clusters are held by cluster and threshold at a time."""
    return max(1, _CELLS_AT_ONCE // (size * num_thresholds))


def about_alike(num_clusters: Sequence[int]) -> dict[int, list[int]]:
    """Places of slices that go together, by a size that none of them exceeds.

    NumPy's calls cost the same for one slice as for many. Sizes are powers of two, so that at
    most half of what is held by cluster are zeros.
    """
    places: dict[int, list[int]] = {}
    for place, number in enumerate(num_clusters):
        places.setdefault(size_for(number), []).append(place)
    return dict(sorted(places.items()))


def size_for(num_clusters: int) -> int:
    """The size at which a slice of so many clusters goes together with others."""
    return 1 << max(1, (int(num_clusters) - 1).bit_length())
