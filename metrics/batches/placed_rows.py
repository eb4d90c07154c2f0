"""The rows of a batch, placed among thresholds and bins once for all of its slices."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from fairflip.metrics.pairs.cell_samples import CellSamples, flips_to_sample
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.any_flips import AnyFlips, ClusterTable
from fairflip.metrics.statistics.columns import ScoredColumns
from fairflip.metrics.statistics.pair_statistics import (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    Originals,
    Runs,
    starts_and_sizes,
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
class Placed:
    """Rows placed among thresholds and bins, once for all slices; each [M, N].

    Besides: `keys`, where the originals' scores count; gaps as they are added up, [M, 3, N]; the
    originals of all rows; by model the rows that flip, and [N] where each row stands among
    these, -1: nowhere.
    """

    cells: np.ndarray
    counterfactual_cells: np.ndarray
    low: np.ndarray
    high: np.ndarray
    keys: tables.ScoreKeys
    counterfactual_keys: np.ndarray
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
    cells = tables.threshold_cells(rows.scores, thresholds)
    counterfactual_cells = tables.threshold_cells(rows.counterfactual_scores, thresholds)
    labels, buckets = rows.labels.astype(np.int64), rows.buckets.astype(np.int64)
    shape = (spec.num_buckets, spec.num_thresholds)
    keys = tables.ScoreKeys.of(rows.scores, cells, labels, buckets, shape)
    gaps = rows.counterfactual_scores - rows.scores
    with np.errstate(invalid="ignore"):
        gaps = np.where(rows.counterfactual_scores == rows.scores, 0.0, gaps)  # also inf - inf
    low, high = np.minimum(cells, counterfactual_cells), np.maximum(cells, counterfactual_cells)
    absolute = np.abs(gaps)
    flips = [Flips.of(rows, *sides) for sides in zip(cells, counterfactual_cells, strict=True)]
    return Placed(
        cells=cells,
        counterfactual_cells=counterfactual_cells,
        low=low,
        high=high,
        keys=keys,
        counterfactual_keys=buckets * (spec.num_thresholds + 1) + counterfactual_cells,
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


def originals_of(rows: ScoredColumns, runs: Runs, firsts: np.ndarray) -> Originals:
    """The distinct originals of some runs, of which the first rows are given."""
    return Originals.of(
        rows.hashes[firsts],
        None if rows.weights is None else rows.weights[firsts],
        runs.sizes,
        runs.changes,
        runs.spreads,
        rows.is_open[firsts],
    )


def any_flips_of(
    rows: ScoredColumns,
    runs: Runs,
    firsts: np.ndarray,
    clusters: ClusterTable | None,
    spec: StatisticsSpec,
) -> AnyFlips:
    """Those of which any pair flips; `clusters` is what is drawn together, None: the originals."""
    return AnyFlips.of(
        rows.hashes[firsts],
        rows.buckets[firsts],
        None if rows.weights is None else rows.weights[firsts],
        (runs.low, runs.high),
        rows.is_open[firsts],
        (spec.num_models, spec.num_buckets, spec.num_thresholds),
        clusters,
    )


def samples_of(rows: ScoredColumns, flips: Sequence[Flips], spec: StatisticsSpec) -> CellSamples:
    """IDs of some flips, which are given by model in the order of their hashes."""
    (samples,) = samples_by_slice(
        rows, [(of_model, np.array([0, len(of_model.rows)])) for of_model in flips], spec
    )
    return samples


def samples_by_slice(
    rows: ScoredColumns, flips: Sequence[tuple[Flips, np.ndarray]], spec: StatisticsSpec
) -> list[CellSamples]:
    """IDs of the flips of each of S slices.

    Args:
        rows: Of a batch.
        flips: By model, those of one slice behind those of the other, each slice's in the order
            of their hashes; and [S + 1] where the first slice's begin and each one's end.
        spec: What is counted.
    """
    size, num = spec.num_example_ids, len(flips[0][1]) - 1
    num_cells = 2 * spec.num_models * spec.num_thresholds
    if not size or not any(len(of_model.rows) for of_model, _ in flips):
        return [CellSamples.zero(size, spec.seed)] * num
    cells, chosen_rows = [], []
    for model, (chosen, bounds) in enumerate(flips):
        slice_of = np.repeat(np.arange(num), np.diff(bounds))
        if len(chosen.rows) > size:
            wanted = flips_to_sample(
                size,
                bounds,
                rows.hashes[chosen.rows],
                chosen.direction,
                chosen.low,
                chosen.high,
                spec.num_thresholds,
            )
            chosen, slice_of = chosen.take(wanted), slice_of[wanted]
        spans = chosen.high - chosen.low
        ends = np.cumsum(spans)
        within = np.arange(int(spans.sum())) - np.repeat(ends - spans, spans)
        # Cells of one flip are its thresholds, two apart for the two directions.
        first = (model * spec.num_thresholds + chosen.low) * 2 + chosen.direction
        cells.append(np.repeat(slice_of * num_cells + first, spans) + 2 * within)
        chosen_rows.append(np.repeat(chosen.rows, spans))
    positions, candidates = np.concatenate(chosen_rows), np.concatenate(cells)
    whole = CellSamples.of(
        size, spec.seed, candidates, rows.hashes[positions], positions, num * num_cells, rows.ids
    )
    return [whole] if num == 1 else whole.split(num, num_cells)
