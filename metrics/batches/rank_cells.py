"""AUC of slices that are too large to keep their rows, by cells of about equal weight.

The first pass leaves a uniform sample of a slice's originals. Their scores are borders:
each score is either one of them or lies between two. A second pass counts positives and
negatives by cell. Scores that fall on borders are ordered exactly, ties included; only
those within one gap are taken as ties. With 20,000 borders a gap holds 1/20,000 of the
originals on average, and the AUC is wrong by at most half the chance that a positive and
a negative share a gap, some 0.00005; `RankCounts.largest_error` says by how much at most.

Borders are chosen by the originals' IDs and not by their scores, so a strictly monotone
rescaling changes nothing, and two models that rank alike have equal counts.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping, Sequence

import numpy as np

from fairflip.metrics.flips.ranking import RankedAuc, auc_of_placements
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.columns import NEGATIVE, POSITIVE, UNLABELLED, ScoredColumns
from fairflip.metrics.statistics.kept_rows import KeptRows

# Bins that say between which borders a score is, and how many of one are compared one by one.
_NUM_BINS, _FEW_LEVELS = 1 << 16, 16


@dataclasses.dataclass(frozen=True)
class RankBorders:
    """One slice's cells, and where the sample's classes stand among them.

    Attributes:
        borders: [M] ascending distinct scores of the sample, by model. A score below all
            is in cell 0, one equal to border i in cell 2 i + 1, one above it and below
            the next in cell 2 i + 2.
        placements: [M] of [2, cells]: the share of the sample's negatives below a cell,
            and of its positives above, half of those in the cell included.
        rarer_share: Share of the rarer class among the sample's labelled originals.
        num_clusters: Distinct clusters of the slice.
    """

    borders: tuple[np.ndarray, ...]
    placements: tuple[np.ndarray, ...]
    rarer_share: float
    num_clusters: int

    @functools.cached_property
    def levels(self) -> tuple[_Levels, ...]:
        """By model the borders, to look scores up."""
        return tuple(_Levels.of(borders) for borders in self.borders)

    def has_levels_of(self, other: RankBorders) -> bool:
        """Whether each score has the same cell among the borders of both."""
        return all(map(np.array_equal, self.borders, other.borders))

    @classmethod
    def of(cls, kept_rows: KeptRows, num_clusters: int) -> RankBorders | None:
        """Borders from the sample of a large slice; None where all rows are kept, or no label.

        Those of the same sample differ in the number of clusters alone.
        """
        if kept_rows.is_complete or not (kept_rows.labels != UNLABELLED).any():
            return None
        weights = np.ones(len(kept_rows.labels)) if kept_rows.weights is None else kept_rows.weights
        borders, placements = [], []
        for model in range(kept_rows.num_models):
            levels, places = np.unique(kept_rows.scores[:, model], return_inverse=True)
            cells = 2 * places.reshape(-1) + 1
            size = 2 * len(levels) + 1
            by_class = np.stack(
                [
                    np.bincount(cells[holds], weights[holds], size)
                    for holds in (kept_rows.labels == NEGATIVE, kept_rows.labels == POSITIVE)
                ]
            )
            totals = np.maximum(by_class.sum(axis=1, keepdims=True), 1e-300)
            below = (np.cumsum(by_class, axis=1) - by_class / 2.0) / totals
            borders.append(levels)
            placements.append(np.stack([below[0], 1.0 - below[1]]))
        counted = np.bincount(kept_rows.labels, minlength=2)[:2]
        share = float(counted.min() / counted.sum())
        return cls(tuple(borders), tuple(placements), share, num_clusters)


@dataclasses.dataclass(frozen=True)
class RankCounts:
    """Second pass over one slice; `+` merges.

    Attributes:
        cells: [M] of [2, cells] weights of negatives and of positives.
        placed: [M, 2, B] weighted sums of placements of positives, then of negatives, by
            bucket.
        weight: [2, B] their weights.
        pending: Originals that may come again in another batch; rows of one original are
            one where originals are counted and empty where pairs are.
    """

    cells: tuple[np.ndarray, ...]
    placed: np.ndarray
    weight: np.ndarray
    pending: Pending

    def __add__(self, other: RankCounts) -> RankCounts:
        """The counts of both."""
        return RankCounts(
            tuple(a + b for a, b in zip(self.cells, other.cells, strict=True)),
            self.placed + other.placed,
            self.weight + other.weight,
            self.pending + other.pending,
        )

    def total(self, borders: RankBorders) -> RankCounts:
        """With the pending originals counted; merge first, then total."""
        p = self.pending
        none = dataclasses.replace(p, originals=p.originals[:0], rows=p.rows[:0])
        labels = p.rows[:, 0].astype(np.int8)
        known = labels != UNLABELLED
        rows = p.rows[known]
        counted = _count(
            borders,
            labels[known],
            rows[:, 1].astype(np.int64),
            rows[:, 2],
            [of.cells(own) for of, own in zip(borders.levels, rows[:, 3:].T, strict=True)],
            self.weight.shape[1],
        )
        return dataclasses.replace(self, pending=none) + dataclasses.replace(counted, pending=none)

    def aucs(self, borders: RankBorders) -> tuple[RankedAuc, ...]:
        """One AUC of each model, its influences by bucket."""
        areas = []
        for cells, placed in zip(self.cells, self.placed, strict=True):
            negatives, positives = cells
            above = np.cumsum(positives[::-1])[::-1] - positives / 2.0
            whole = positives.sum() * negatives.sum()
            value = float(negatives @ above / whole) if whole > 0 else float("nan")
            ranked = auc_of_placements(value, placed, self.weight)
            rarer = borders.rarer_share * borders.num_clusters
            areas.append(ranked._replace(num_independent=max(rarer, 1.0)))
        return tuple(areas)

    def largest_error(self) -> list[float]:
        """[M] by how much an AUC may be wrong at most: half of the pairs that share a gap."""
        errors = []
        for negatives, positives in self.cells:
            whole = positives.sum() * negatives.sum()
            shared = (negatives[::2] * positives[::2]).sum()
            errors.append(float(shared / whole / 2.0) if whole > 0 else float("nan"))
        return errors


@dataclasses.dataclass(frozen=True)
class Pending:
    """Originals at the edges of batches.

    Attributes:
        originals: [K] uint64 hashes of their IDs.
        rows: [K, 3 + M] label, bucket, weight, and the models' scores.
    """

    originals: np.ndarray
    rows: np.ndarray

    def __add__(self, other: Pending) -> Pending:
        """Both; an original in both is one."""
        originals = np.concatenate([self.originals, other.originals])
        first = np.unique(originals, return_index=True)[1]
        return Pending(originals[first], np.concatenate([self.rows, other.rows])[first])


def count_ranks_of_both(
    columns: ScoredColumns,
    of_pairs: Mapping[SliceKey, RankBorders],
    of_originals: Mapping[SliceKey, RankBorders],
    num_buckets: int,
) -> tuple[dict[SliceKey, RankCounts], dict[SliceKey, RankCounts]]:
    """The second pass over one batch's columns for pairs and for originals.

    A score is looked up once for both where they have the same borders.

    Args:
        columns: Of scored pairs; of originals where no borders of pairs are given.
        of_pairs: From `RankBorders.of`, by slice.
        of_originals: The same of originals, each counted once.
        num_buckets: B.
    """
    pairs: dict[SliceKey, RankCounts] = {}
    originals: dict[SliceKey, RankCounts] = {}
    are_labelled = bool((columns.labels != UNLABELLED).all())
    for member in columns.members:
        cells: list[np.ndarray] = []
        looked_up: RankBorders | None = None
        for one_row_each, (slice_borders, result) in enumerate(
            ((of_pairs, pairs), (of_originals, originals))
        ):
            borders = slice_borders.get(member.key)
            if borders is None:
                continue
            at, pending = _counted_rows(columns, member.rows, bool(one_row_each))
            if at is None:
                continue
            if not are_labelled:
                known = np.flatnonzero(columns.labels[member.rows[at]] != UNLABELLED)
                at = known if isinstance(at, slice) else at[known]
            if looked_up is None or not looked_up.has_levels_of(borders):
                looked_up = borders
                cells = [
                    levels.cells(scores[member.rows])
                    for levels, scores in zip(borders.levels, columns.scores, strict=True)
                ]
            rows = member.rows[at]
            counted = _count(
                borders,
                columns.labels[rows],
                columns.buckets[rows],
                None if columns.weights is None else columns.weights[rows],
                [of_model[at] for of_model in cells],
                num_buckets,
            )
            result[member.key] = dataclasses.replace(counted, pending=pending)
    return pairs, originals


def _counted_rows(
    columns: ScoredColumns, rows: np.ndarray, one_row_each: bool
) -> tuple[np.ndarray | slice | None, Pending]:
    """Which of a slice's rows count now, None: there is nothing to count; and what is pending."""
    num_models = len(columns.scores)
    pending = Pending(np.empty(0, np.uint64), np.empty((0, 3 + num_models)))
    at: np.ndarray | slice = slice(None)
    if one_row_each:
        runs = columns.runs[rows]
        is_first = np.ones(len(runs), bool)
        np.not_equal(runs[1:], runs[:-1], out=is_first[1:])
        at = np.flatnonzero(is_first)
        is_open = columns.is_open[rows[at]]
        pending, at = _pending(columns, rows[at[is_open]]), at[~is_open]
    elif columns.legitimate is not None:
        at = np.flatnonzero(~columns.legitimate[rows])
        if not len(at):
            return None, pending
    return (at if len(rows) else None), pending


def _pending(columns: ScoredColumns, chosen: np.ndarray) -> Pending:
    weights = np.ones(len(chosen)) if columns.weights is None else columns.weights[chosen]
    columns_of_rows = [
        columns.labels[chosen],
        columns.buckets[chosen],
        weights,
        *columns.scores[:, chosen],
    ]
    originals, first = np.unique(columns.originals[chosen], return_index=True)
    return Pending(originals, np.stack(columns_of_rows, axis=-1)[first])


@dataclasses.dataclass(frozen=True)
class _Levels:
    """Ascending distinct numbers, to find where scores stand among them.

    Even bins between the least and the greatest say between which levels a score is, so that
    most are found by a comparison or two, whatever their order.

    Attributes:
        levels: [K] at least one.
        low: The least.
        scale: Bins for each unit of scores; 0: there are no bins.
        starts: [_NUM_BINS + 1] how many levels stand in bins below each.
    """

    levels: np.ndarray
    low: float
    scale: float
    starts: np.ndarray

    @classmethod
    def of(cls, levels: np.ndarray) -> _Levels:
        low, high = float(levels[0]), float(levels[-1])
        with np.errstate(over="ignore", invalid="ignore"):
            scale = float(np.float64(_NUM_BINS) / (np.float64(high) - low)) if high > low else 0.0
        if not 0.0 < scale < np.inf:
            return cls(levels, low, 0.0, np.zeros(0, np.int64))
        unstarted = cls(levels, low, scale, np.zeros(0, np.int64))
        starts = np.zeros(_NUM_BINS + 1, np.int64)
        np.cumsum(np.bincount(unstarted._bins(levels), minlength=_NUM_BINS), out=starts[1:])
        return dataclasses.replace(unstarted, starts=starts)

    def _bins(self, scores: np.ndarray) -> np.ndarray:
        # It ascends with scores: so does each step, rounded.
        with np.errstate(over="ignore"):
            return np.clip((scores - self.low) * self.scale, 0, _NUM_BINS - 1).astype(np.int64)

    def cells(self, scores: np.ndarray) -> np.ndarray:
        """The cell of each score, as `RankBorders.borders` describes cells."""
        # The rows of one original share its score.
        is_new = np.ones(len(scores), bool)
        np.not_equal(scores[1:], scores[:-1], out=is_new[1:])
        starts = np.flatnonzero(is_new)
        some = scores[starts]
        left = self._below(some)
        is_border = self.levels[np.minimum(left, len(self.levels) - 1)] == some
        return np.repeat(2 * left + is_border, np.diff(starts, append=len(scores)))

    def _below(self, scores: np.ndarray) -> np.ndarray:
        """How many levels are below each score."""
        if not self.scale:
            return _searched(self.levels, scores)
        bins = self._bins(scores)
        left, right = self.starts[bins], self.starts[bins + 1]
        many = np.flatnonzero(right - left > _FEW_LEVELS)
        left[many] = right[many] = _searched(self.levels, scores[many])
        rows = np.flatnonzero(left < right)
        low, high, own = left[rows], right[rows], scores[rows]
        while len(rows):
            middle = (low + high) >> 1
            is_below = self.levels[middle] < own
            low = np.where(is_below, middle + 1, low)
            high = np.where(is_below, high, middle)
            left[rows] = low
            going = np.flatnonzero(low < high)
            rows, low, high, own = rows[going], low[going], high[going], own[going]
        return left


def _searched(levels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    # Ascending scores are looked up several times as fast as others: each is found near the one
    # before it.
    order = np.argsort(scores)
    left = np.empty(len(scores), np.int64)
    left[order] = np.searchsorted(levels, scores[order], side="left")
    return left


def _count(
    borders: RankBorders,
    labels: np.ndarray,
    buckets: np.ndarray,
    weights: np.ndarray | None,
    cells: Sequence[np.ndarray],
    num_buckets: int,
) -> RankCounts:
    """[K] rows with labels, none of them pending; weights None: all 1; and by model their cells."""
    # Positives first, as placements are.
    side = (labels == NEGATIVE).astype(np.int64)
    side_buckets = side * num_buckets + buckets
    counts, placed = [], np.empty((len(borders.borders), 2, num_buckets))
    for model, (levels, placements) in enumerate(
        zip(borders.borders, borders.placements, strict=True)
    ):
        size = 2 * len(levels) + 1
        side_cells = side * size + cells[model]
        counted = np.bincount(side_cells, weights, 2 * size).astype(np.float64)
        counts.append(np.ascontiguousarray(counted.reshape(2, size)[::-1]))
        values = placements.ravel()[side_cells]
        if weights is not None:
            values *= weights
        placed[model] = np.bincount(side_buckets, values, 2 * num_buckets).reshape(2, -1)
    weight = np.bincount(side_buckets, weights, 2 * num_buckets).astype(np.float64)
    nothing = Pending(np.empty(0, np.uint64), np.empty((0, 3 + len(cells))))
    return RankCounts(tuple(counts), placed, weight.reshape(2, -1), nothing)
