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
from collections.abc import Mapping

import numpy as np

from fairflip.metrics.flips.ranking import RankedAuc, auc_of_placements
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.columns import NEGATIVE, POSITIVE, UNLABELLED, ScoredColumns
from fairflip.metrics.statistics.kept_rows import KeptRows


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

    @classmethod
    def of(cls, kept_rows: KeptRows, num_clusters: int) -> RankBorders | None:
        """Borders from the sample of a large slice; None where all rows are kept, or no label."""
        if kept_rows.is_complete or not (kept_rows.labels != UNLABELLED).any():
            return None
        weights = np.ones(len(kept_rows.labels)) if kept_rows.weights is None else kept_rows.weights
        borders, placements = [], []
        for model in range(kept_rows.num_models):
            scores = kept_rows.scores[:, model]
            levels = np.unique(scores)
            cells = _cells(scores, levels)
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
        counted = _count(
            borders,
            p.rows[:, 0].astype(np.int8),
            p.rows[:, 1].astype(np.int64),
            p.rows[:, 2],
            p.rows[:, 3:].T,
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


def count_ranks(
    columns: ScoredColumns,
    slice_borders: Mapping[SliceKey, RankBorders],
    num_buckets: int,
    one_row_each: bool,
) -> dict[SliceKey, RankCounts]:
    """The second pass over one batch's columns.

    Args:
        columns: Of scored pairs, or of originals.
        slice_borders: From `RankBorders.of`, by slice.
        num_buckets: B.
        one_row_each: Count each original once, and not once for each counterfactual.
    """
    result = {}
    num_models = len(columns.scores)
    for member in columns.members:
        borders = slice_borders.get(member.key)
        if borders is None:
            continue
        chosen = member.rows
        if columns.legitimate is not None:
            chosen = chosen[~columns.legitimate[chosen]]
        if not len(chosen):
            continue
        pending = Pending(np.empty(0, np.uint64), np.empty((0, 3 + num_models)))
        if one_row_each:
            runs = columns.runs[chosen]
            is_first = np.ones(len(runs), bool)
            np.not_equal(runs[1:], runs[:-1], out=is_first[1:])
            chosen = chosen[is_first]
            is_open = columns.is_open[chosen]
            pending, chosen = _pending(columns, chosen[is_open]), chosen[~is_open]
        counted = _count(
            borders,
            columns.labels[chosen],
            columns.buckets[chosen],
            None if columns.weights is None else columns.weights[chosen],
            columns.scores[:, chosen],
            num_buckets,
        )
        result[member.key] = dataclasses.replace(counted, pending=pending)
    return result


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


def _cells(scores: np.ndarray, borders: np.ndarray) -> np.ndarray:
    """The cell of each score among ascending distinct borders, at least one."""
    # The rows of one original share its score, and ascending scores are looked up several times
    # as fast as others: each is found near the one before it.
    is_new = np.ones(len(scores), bool)
    np.not_equal(scores[1:], scores[:-1], out=is_new[1:])
    starts = np.flatnonzero(is_new)
    order = np.argsort(scores[starts])
    ascending = scores[starts[order]]
    left = np.searchsorted(borders, ascending, side="left")
    is_border = borders[np.minimum(left, len(borders) - 1)] == ascending
    cells = np.empty(len(starts), np.int64)
    cells[order] = 2 * left + is_border
    return np.repeat(cells, np.diff(starts, append=len(scores)))


def _count(
    borders: RankBorders,
    labels: np.ndarray,
    buckets: np.ndarray,
    weights: np.ndarray | None,
    scores: np.ndarray,
    num_buckets: int,
) -> RankCounts:
    """Rows, none of them pending: [K] labels, buckets and weights (None: all 1), [M, K] scores."""
    known = np.flatnonzero(labels != UNLABELLED)
    if len(known) < len(labels):
        labels, buckets, scores = labels[known], buckets[known], scores[:, known]
        weights = None if weights is None else weights[known]
    # Positives first, as placements are.
    side = (labels == NEGATIVE).astype(np.int64)
    side_buckets = side * num_buckets + buckets
    cells, placed = [], np.empty((len(borders.borders), 2, num_buckets))
    for model, (levels, placements) in enumerate(
        zip(borders.borders, borders.placements, strict=True)
    ):
        size = 2 * len(levels) + 1
        side_cells = side * size + _cells(scores[model], levels)
        counted = np.bincount(side_cells, weights, 2 * size).astype(np.float64)
        cells.append(np.ascontiguousarray(counted.reshape(2, size)[::-1]))
        values = placements.ravel()[side_cells]
        if weights is not None:
            values *= weights
        placed[model] = np.bincount(side_buckets, values, 2 * num_buckets).reshape(2, -1)
    weight = np.bincount(side_buckets, weights, 2 * num_buckets).astype(np.float64)
    nothing = Pending(np.empty(0, np.uint64), np.empty((0, 3 + len(scores))))
    return RankCounts(tuple(cells), placed, weight.reshape(2, -1), nothing)
