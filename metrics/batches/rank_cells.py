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
        counted = _count(borders, p.rows, self.weight.shape[1])
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
    for member in columns.members:
        borders = slice_borders.get(member.key)
        if borders is None:
            continue
        chosen = member.rows
        if columns.legitimate is not None:
            chosen = chosen[~columns.legitimate[chosen]]
        if not len(chosen):
            continue
        is_open = np.zeros(len(chosen), bool)
        if one_row_each:
            runs = columns.runs[chosen]
            is_first = np.ones(len(runs), bool)
            is_first[1:] = runs[1:] != runs[:-1]
            chosen = chosen[is_first]
            is_open = columns.is_open[chosen]
        weights = np.ones(len(chosen)) if columns.weights is None else columns.weights[chosen]
        rows = np.stack(
            [
                columns.labels[chosen].astype(np.float64),
                columns.buckets[chosen].astype(np.float64),
                weights,
                *columns.scores[:, chosen],
            ],
            axis=-1,
        )
        counted = _count(borders, rows[~is_open], num_buckets)
        originals = columns.originals[chosen][is_open]
        first = np.unique(originals, return_index=True)[1]
        pending = Pending(originals[first], rows[is_open][first])
        result[member.key] = dataclasses.replace(counted, pending=pending)
    return result


def _cells(scores: np.ndarray, borders: np.ndarray) -> np.ndarray:
    left = np.searchsorted(borders, scores, side="left")
    is_border = np.zeros(len(scores), bool)
    inside = left < len(borders)
    is_border[inside] = borders[left[inside]] == scores[inside]
    return 2 * left + is_border


def _count(borders: RankBorders, rows: np.ndarray, num_buckets: int) -> RankCounts:
    labels, buckets = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    weights = rows[:, 2]
    sides = [labels == POSITIVE, labels == NEGATIVE]
    cells, placed = [], np.zeros((len(borders.borders), 2, num_buckets))
    for model, (levels, placements) in enumerate(
        zip(borders.borders, borders.placements, strict=True)
    ):
        cells_of_rows = _cells(rows[:, 3 + model], levels)
        size = 2 * len(levels) + 1
        cells.append(
            np.stack([np.bincount(cells_of_rows[h], weights[h], size) for h in reversed(sides)])
        )
        for side, holds in enumerate(sides):
            values = weights[holds] * placements[side][cells_of_rows[holds]]
            placed[model, side] = np.bincount(buckets[holds], values, num_buckets)
    weight = np.stack([np.bincount(buckets[h], weights[h], num_buckets) for h in sides])
    nothing = Pending(np.empty(0, np.uint64), np.empty((0, rows.shape[1])))
    return RankCounts(tuple(cells), placed, weight, nothing)
