"""The rows of a batch, placed among thresholds and bins once for all of its slices."""

from __future__ import annotations

import dataclasses

import numpy as np

from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import ScoredColumns
from fairflip.metrics.statistics.pair_statistics import (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    spreads_of,
)
from fairflip.metrics.statistics.spec import StatisticsSpec


@dataclasses.dataclass(frozen=True)
class Flips:
    """K rows that flip under one model at some threshold, in their order.

    Attributes:
        rows: [K] which they are.
        ranks: [K] where each stands among all flips of the batch by the hash of its ID.
        buckets: [K] of their IDs.
        direction: [K] `NEGATIVE_TO_POSITIVE` or `POSITIVE_TO_NEGATIVE`.
        low: [K] first of the thresholds at which it is a flip.
        high: [K] the one after the last of them.
    """

    rows: np.ndarray
    ranks: np.ndarray
    buckets: np.ndarray
    direction: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, columns: ScoredColumns, before: np.ndarray, after: np.ndarray) -> Flips:
        """From [N] cells of both sides."""
        rows = np.flatnonzero(before != after)
        ranks = np.empty(len(rows), np.int64)
        ranks[np.argsort(columns.hashes[rows], kind="stable")] = np.arange(len(rows))
        before, after = before[rows], after[rows]
        direction = np.where(after > before, NEGATIVE_TO_POSITIVE, POSITIVE_TO_NEGATIVE)
        low, high = np.minimum(before, after), np.maximum(before, after)
        buckets = columns.buckets[rows].astype(np.int64)
        return cls(rows, ranks, buckets, direction, low, high)

    def take(self, chosen: np.ndarray) -> Flips:
        """Some of them."""
        return Flips(*(getattr(self, field.name)[chosen] for field in dataclasses.fields(self)))

    def by_hash(self) -> Flips:
        """The same in the order of their hashes."""
        return self.take(np.argsort(self.ranks))


@dataclasses.dataclass(frozen=True)
class Runs:
    """The rows of R originals, one behind the other, and what is counted of each original.

    Attributes:
        starts: [R] the first row of each, among those given.
        sizes: [R] their numbers of rows.
        changes: [M, 4, R] sum, sum of squares, least and greatest of f(x') - f(x), the least
            at most and the greatest at least 0.
        spreads: [2, M, R] standard deviation and range of each original's scores.
        low: [M, R] least cell of all their scores.
        high: [M, R] greatest one.
    """

    starts: np.ndarray
    sizes: np.ndarray
    changes: np.ndarray
    spreads: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(
        cls,
        starts: np.ndarray,
        sizes: np.ndarray,
        gaps: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
    ) -> Runs:
        """From [M, N] gaps, and lower and higher cell, of N rows."""
        changes = np.empty((len(gaps), 4, len(starts)))
        cells = np.empty((2, len(gaps), len(starts)), np.int64)
        if len(starts):
            for model, gap in enumerate(gaps):
                np.add.reduceat(gap, starts, out=changes[model, 0])
                np.add.reduceat(gap * gap, starts, out=changes[model, 1])
                np.minimum(np.minimum.reduceat(gap, starts), 0.0, out=changes[model, 2])
                np.maximum(np.maximum.reduceat(gap, starts), 0.0, out=changes[model, 3])
            cells[0] = np.minimum.reduceat(low, starts, axis=1)
            cells[1] = np.maximum.reduceat(high, starts, axis=1)
        return cls(starts, sizes, changes, spreads_of(sizes, changes), *cells)


def starts_and_sizes(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each run, and how many rows it has."""
    is_first = np.ones(len(runs), bool)
    np.not_equal(runs[1:], runs[:-1], out=is_first[1:])
    starts = np.flatnonzero(is_first)
    return starts, np.diff(starts, append=len(runs))


@dataclasses.dataclass(frozen=True)
class Placed:
    """Rows placed among thresholds and bins, once for all slices; each [M, N].

    Besides: gaps as they are added up, [M, 3, N]; the originals of all rows; by model the
    rows that flip, and [N] where each row stands among these, -1: nowhere.
    """

    cells: np.ndarray
    counterfactual_cells: np.ndarray
    low: np.ndarray
    high: np.ndarray
    original_keys: np.ndarray
    counterfactual_keys: np.ndarray
    score_keys: np.ndarray
    coarse_keys: np.ndarray
    gap_keys: np.ndarray
    gaps: np.ndarray
    addable_gaps: np.ndarray
    runs: Runs
    flips: list[Flips]
    flip_numbers: list[np.ndarray]

    def flips_of(self, index: np.ndarray | slice) -> list[Flips]:
        """By model, those of some rows that flip."""
        if isinstance(index, slice):
            return self.flips
        parts = []
        for flips, numbers in zip(self.flips, self.flip_numbers, strict=True):
            chosen = numbers[index]
            parts.append(flips.take(chosen[chosen >= 0]))
        return parts

    def runs_of(
        self, runs: np.ndarray, index: np.ndarray | slice, apart: np.ndarray | None = None
    ) -> Runs:
        """The originals of some rows; most have all of their rows there, and are counted already.

        Args:
            runs: Of these rows: which original each is of.
            index: The rows.
            apart: Of these rows: a number that differs where two neighbours are not counted as
                one original, as in two slices; None: `runs`.
        """
        if isinstance(index, slice):
            return self.runs
        starts, sizes = starts_and_sizes(runs if apart is None else apart)
        which = runs[starts]
        whole = self.runs
        joined = Runs(
            starts,
            sizes,
            whole.changes[..., which],
            whole.spreads[..., which],
            whole.low[:, which],
            whole.high[:, which],
        )
        is_part = sizes != whole.sizes[which]
        if is_part.any():
            rows, some = index[np.repeat(is_part, sizes)], sizes[is_part]
            part = Runs.of(
                np.cumsum(some) - some,
                some,
                self.gaps[:, rows],
                self.low[:, rows],
                self.high[:, rows],
            )
            joined.changes[..., is_part] = part.changes
            joined.spreads[..., is_part] = part.spreads
            joined.low[:, is_part], joined.high[:, is_part] = part.low, part.high
        return joined


def place(rows: ScoredColumns, spec: StatisticsSpec) -> Placed:
    """What of some rows does not depend on the slice."""
    assert rows.counterfactual_scores is not None
    thresholds, models = spec.ascending_thresholds, np.arange(spec.num_models)[:, None]
    # Thresholds below a score, so that score > threshold at exactly these.
    cells = np.searchsorted(thresholds, rows.scores, side="left")
    counterfactual_cells = np.searchsorted(thresholds, rows.counterfactual_scores, side="left")
    labels, buckets = rows.labels.astype(np.int64), rows.buckets.astype(np.int64)
    labelled = labels * spec.num_buckets + buckets
    width = spec.num_thresholds + 1
    bins = tables.score_bins(rows.scores)
    gaps = rows.counterfactual_scores - rows.scores
    with np.errstate(invalid="ignore"):
        gaps = np.where(rows.counterfactual_scores == rows.scores, 0.0, gaps)  # also inf - inf
    model_labels = models * tables.NUM_LABEL_CLASSES + labels
    low, high = np.minimum(cells, counterfactual_cells), np.maximum(cells, counterfactual_cells)
    absolute = np.abs(gaps)
    flips = [Flips.of(rows, *sides) for sides in zip(cells, counterfactual_cells, strict=True)]
    return Placed(
        cells=cells,
        counterfactual_cells=counterfactual_cells,
        low=low,
        high=high,
        original_keys=labelled * width + cells,
        counterfactual_keys=buckets * width + counterfactual_cells,
        score_keys=model_labels * tables.NUM_SCORE_BINS + bins,
        coarse_keys=(model_labels * spec.num_buckets + buckets) * tables.NUM_COARSE_BINS
        + tables.coarse_bins(bins),
        gap_keys=models * tables.NUM_GAP_BINS + tables.gap_bins(absolute),
        gaps=gaps,
        addable_gaps=tables.exactly_addable(np.stack([absolute, gaps, gaps * gaps], axis=1)),
        runs=Runs.of(*starts_and_sizes(rows.runs), gaps, low, high),
        flips=flips,
        flip_numbers=[_numbered(of_model.rows, rows.num_rows) for of_model in flips],
    )


def _numbered(chosen: np.ndarray, size: int) -> np.ndarray:
    numbers = np.full(size, -1, np.int64)
    numbers[chosen] = np.arange(len(chosen))
    return numbers
