"""Originals and clusters of which any pair flips: sums that merge.

An original flips at a threshold where the least of its scores, its own and those of its
counterfactuals, lies at it or below and the greatest above. So two cells say at which
thresholds it does, and an original whose rows may go on in another batch stays open with
them until everything is merged. Clusters may be anywhere: where they are not the originals,
a table holds at which thresholds each flips, up to `MAX_CLUSTERS` of them, and beyond that a
uniform sample.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from fairflip.metrics.statistics.kept_rows import MAX_CLUSTERS
from fairflip.metrics.statistics.tables import exactly_addable

_HASHES = 2.0**64


def spans_by_threshold(
    cluster_of_row: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    weights: np.ndarray | None,
    shape: tuple[int, int],
) -> np.ndarray:
    """[B, T] sums of weights over what flips from its low cell up to its high one.

    Args:
        cluster_of_row: [N] bucket (or cluster) of each.
        low: [N] least cell.
        high: [N] greatest cell.
        weights: [N]; None: each counts 1.
        shape: B, and cells: T + 1.
    """
    flipping = np.flatnonzero(high > low)
    weight = None if weights is None else weights[flipping]
    size = shape[0] * shape[1]
    base = cluster_of_row[flipping].astype(np.int64) * shape[1]
    up = np.bincount(base + low[flipping], weight, size)
    down = np.bincount(base + high[flipping], weight, size)
    summed = np.cumsum((up - down).reshape(shape), axis=1)[:, :-1].astype(np.float64)
    if weights is None:
        return np.asarray(summed)
    # Differences of sums of weights leave rounding where nothing was counted.
    counts = spans_by_threshold(cluster_of_row, low, high, None, shape)
    return np.where(counts > 0, np.maximum(summed, 0.0), 0.0)


@dataclasses.dataclass(frozen=True)
class ClusterTable:
    """At which thresholds each of K clusters flips; `+` merges.

    Attributes:
        hashes: [K] uint64, ascending: all clusters, or those with the smallest hashes.
        flips: [K, P] uint8, a bit for each model and threshold, and one for having a weight.
        is_complete: Whether all clusters are here.
    """

    hashes: np.ndarray
    flips: np.ndarray
    is_complete: bool

    @classmethod
    def of(
        cls,
        clusters: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
        num: int,
        weights: np.ndarray | None = None,
    ) -> ClusterTable:
        """From rows.

        Args:
            clusters: [N] uint64.
            low: [M, N] lower cell of the two of each pair.
            high: [M, N] higher one.
            num: T thresholds.
            weights: [N]; None: all have one.
        """
        hashes, number_of_row = np.unique(clusters, return_inverse=True)
        shape = (len(hashes), num + 1)
        has_weight = np.ones((len(hashes), 1), bool)
        if weights is not None:
            has_weight[:, 0] = np.bincount(number_of_row.reshape(-1), weights > 0, len(hashes)) > 0
        flips = [
            spans_by_threshold(number_of_row.reshape(-1), one, other, None, shape) > 0
            for one, other in zip(low, high, strict=True)
        ]
        return cls(
            hashes, np.packbits(np.concatenate([*flips, has_weight], axis=1), axis=1), True
        )._limited()

    def __add__(self, other: ClusterTable) -> ClusterTable:
        """The clusters of both; one in both flips where it does in either."""
        is_complete = self.is_complete and other.is_complete
        if not len(self.hashes) or not len(other.hashes):
            one = self if len(self.hashes) else other
            return dataclasses.replace(one, is_complete=is_complete)
        hashes = np.concatenate([self.hashes, other.hashes])
        order = np.argsort(hashes, kind="stable")
        hashes, flips = hashes[order], np.concatenate([self.flips, other.flips])[order]
        starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]])
        merged = np.bitwise_or.reduceat(flips, starts, axis=0)
        return ClusterTable(hashes[starts], merged, is_complete)._limited()

    def _limited(self) -> ClusterTable:
        if len(self.hashes) <= MAX_CLUSTERS:
            return self
        return ClusterTable(self.hashes[:MAX_CLUSTERS], self.flips[:MAX_CLUSTERS], False)

    @property
    def count(self) -> int:
        """Distinct clusters; of more than are kept an estimate, within 2 % nineteen times of 20."""
        if self.is_complete or not len(self.hashes):
            return len(self.hashes)
        return round((len(self.hashes) - 1) / ((float(self.hashes[-1]) + 0.5) / _HASHES))

    def num_weighted(self, num_bits: int) -> int:
        """Those of them that have a weight, by the same estimate: one of weight 0 is no draw.

        Args:
            num_bits: M T, models times thresholds.
        """
        if not len(self.hashes):
            return 0
        return round(self.count * float(self._bits(num_bits)[:, -1].mean()))

    def shares(self, num_models: int, num_thresholds: int) -> tuple[np.ndarray, int]:
        """[M, T] the share of clusters that flip, NaN without any, and of how many.

        Clusters of weight 0 are none of them.
        """
        bits = self._bits(num_models * num_thresholds)
        bits = bits[bits[:, -1] > 0, :-1]
        with np.errstate(invalid="ignore"):
            share = bits.sum(axis=0, dtype=np.float64) / np.float64(len(bits))
        return np.asarray(share.reshape(num_models, num_thresholds)), len(bits)

    def _bits(self, num_bits: int) -> np.ndarray:
        return np.unpackbits(self.flips, axis=1, count=num_bits + 1)


@dataclasses.dataclass(frozen=True)
class AnyFlips:
    """Originals, and those of which any pair flips; `zero` and `+` make it mergeable.

    Attributes:
        originals: [B] weight of originals whose rows are all counted.
        flipped: [M, B, T] weight of those that flip at a threshold.
        open_hashes: [K] uint64, ascending: originals that may have rows elsewhere.
        open_values: [K, 2 + 2 M] bucket, weight, and by model the least and greatest cell.
        clusters: What is drawn together; None: the originals.
    """

    originals: np.ndarray
    flipped: np.ndarray
    open_hashes: np.ndarray
    open_values: np.ndarray
    clusters: ClusterTable | None

    @classmethod
    def zero(cls, shape: tuple[int, int, int], has_clusters: bool = False) -> AnyFlips:
        """No originals, for `shape` (M, B, T)."""
        m, b, t = shape
        nothing = np.empty(0, np.uint64)
        table = ClusterTable(nothing, np.empty((0, m * t // 8 + 1), np.uint8), True)
        return cls(
            np.zeros(b),
            np.zeros((m, b, t)),
            nothing,
            np.empty((0, 2 + 2 * m)),
            table if has_clusters else None,
        )

    @classmethod
    def of(
        cls,
        hashes: np.ndarray,
        buckets: np.ndarray,
        weights: np.ndarray | None,
        cells: tuple[np.ndarray, np.ndarray],
        is_open: np.ndarray,
        shape: tuple[int, int, int],
        clusters: ClusterTable | None,
    ) -> AnyFlips:
        """The sums over K originals.

        Args:
            hashes: [K] uint64.
            buckets: [K].
            weights: [K]; None: all 1.
            cells: [M, K] least and greatest cell of each.
            is_open: [K] bool: it may have rows elsewhere.
            shape: (M, B, T).
            clusters: What is drawn together; None: the originals.
        """
        low, high = cells
        closed = np.flatnonzero(~is_open)
        originals, flipped = _counted(
            buckets[closed],
            None if weights is None else weights[closed],
            low[:, closed],
            high[:, closed],
            shape,
        )
        left = np.flatnonzero(is_open)
        opened = cls.values_of(
            buckets[left],
            None if weights is None else weights[left],
            (low[:, left], high[:, left]),
        )
        return cls(originals, flipped, *_merged(hashes[left], opened), clusters)

    @classmethod
    def with_open(
        cls, originals: np.ndarray, flipped: np.ndarray, hashes: np.ndarray, values: np.ndarray
    ) -> AnyFlips:
        """Where originals are what is drawn: sums over those that are complete, and K open ones.

        Args:
            originals: [B].
            flipped: [M, B, T].
            hashes: [K] of the open ones, of which some may be the same.
            values: [K, 2 + 2 M] from `values_of`.
        """
        return cls(originals, flipped, *_merged(hashes, values), None)

    @staticmethod
    def values_of(
        buckets: np.ndarray, weights: np.ndarray | None, cells: tuple[np.ndarray, np.ndarray]
    ) -> np.ndarray:
        """[K, 2 + 2 M] what `open_values` holds of K originals; arguments as those of `of`."""
        low, high = cells
        values = np.empty((len(buckets), 2 + 2 * len(low)))
        values[:, 0] = buckets
        values[:, 1] = 1.0 if weights is None else weights
        values[:, 2::2], values[:, 3::2] = low.T, high.T
        return values

    def __add__(self, other: AnyFlips) -> AnyFlips:
        """The sum over both; open originals of the same ID become one."""
        hashes, values = _merged(
            np.concatenate([self.open_hashes, other.open_hashes]),
            np.concatenate([self.open_values, other.open_values]),
        )
        clusters = self.clusters
        if clusters is not None and other.clusters is not None:
            clusters = clusters + other.clusters
        return AnyFlips(
            self.originals + other.originals,
            self.flipped + other.flipped,
            hashes,
            values,
            clusters,
        )

    def totals(self) -> tuple[np.ndarray, np.ndarray]:
        """[B] weight of all originals, and [M, B, T] of those that flip."""
        values = self.open_values
        cells = values[:, 2:].astype(np.int64).T
        originals, flipped = _counted(
            values[:, 0].astype(np.int64), values[:, 1], cells[::2], cells[1::2], self.flipped.shape
        )
        return self.originals + originals, self.flipped + flipped


def _counted(
    buckets: np.ndarray,
    weights: np.ndarray | None,
    low: np.ndarray,
    high: np.ndarray,
    shape: tuple[int, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """[B] weights of originals, and [M, B, T] of those that flip."""
    _, b, t = shape
    addable = None if weights is None else exactly_addable(weights)
    flipped = [
        spans_by_threshold(buckets, one, other, addable, (b, t + 1))
        for one, other in zip(low, high, strict=True)
    ]
    return np.bincount(buckets, addable, b).astype(np.float64), np.stack(flipped)


def _merged(hashes: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Open originals by ascending hash, of which those of one ID are one."""
    if len(hashes) < 2:
        return hashes, values
    order = np.argsort(hashes, kind="stable")
    hashes, values = hashes[order], values[order]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]])
    merged = values[starts].copy()  # keeps bucket and weight, which all rows share
    merged[:, 2::2] = np.minimum.reduceat(values[:, 2::2], starts, axis=0)
    merged[:, 3::2] = np.maximum.reduceat(values[:, 3::2], starts, axis=0)
    return hashes[starts], merged
