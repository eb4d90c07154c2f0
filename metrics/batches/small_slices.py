"""Sums of many small slices of a batch at once.

A slice costs dozens of array operations whether it has 20 rows or 20,000. So the rows of all
small slices stand in one table, one slice behind the other, where one operation counts for
all of them; the sums of a slice are pieces of the results.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fairflip.metrics.batches.placed_rows import Flips, Placed, Runs
from fairflip.metrics.pairs.cell_samples import CellSamples
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.any_flips import AnyFlips, spans_by_threshold
from fairflip.metrics.statistics.columns import ScoredColumns
from fairflip.metrics.statistics.kept_rows import KeptRows
from fairflip.metrics.statistics.pair_statistics import (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    Originals,
    SliceStatistics,
    bucket_shape,
    score_shape,
)
from fairflip.metrics.statistics.spec import StatisticsSpec


def are_alike(rows: ScoredColumns) -> bool:
    """Whether slices of these rows may be counted here: rows weigh the same, none is marked."""
    return rows.weights is None and rows.legitimate is None and rows.clusters is rows.originals


def small_slices(
    rows: ScoredColumns, placed: Placed, members: Sequence[np.ndarray], spec: StatisticsSpec
) -> list[SliceStatistics]:
    """The sums of slices of at most `MOST_ROWS` (of `example_statistics`) rows each.

    Args:
        rows: Of a batch, for which `are_alike` holds.
        placed: The same, placed.
        members: [S] ascending positions of each slice's rows, at least one.
        spec: What to count.
    """
    num, b, width, m = len(members), spec.num_buckets, spec.num_thresholds + 1, spec.num_models
    sizes = np.array([len(one) for one in members])
    index = np.concatenate(members)
    slice_of = np.repeat(np.arange(num), sizes)
    ends = np.cumsum(sizes)
    buckets = slice_of * b + rows.buckets[index]
    original_size = tables.NUM_LABEL_CLASSES * b * width
    cells, counterfactual, spans, flips = [], [], [], []
    for model in range(m):
        keys = slice_of * original_size + placed.original_keys[model, index]
        counted = np.bincount(keys, minlength=num * original_size)
        cells.append(counted.reshape(num, tables.NUM_LABEL_CLASSES, b, width))
        keys = slice_of * (b * width) + placed.counterfactual_keys[model, index]
        counted = np.bincount(keys, minlength=num * b * width)
        counterfactual.append(counted.reshape(num, b, width))
        numbers = placed.flip_numbers[model][index]
        flipping = np.flatnonzero(numbers >= 0)
        chosen, slice_of_flip = placed.flips[model].take(numbers[flipping]), slice_of[flipping]
        flips.append((chosen, slice_of_flip))
        base = ((slice_of_flip * 2 + chosen.direction) * b + chosen.buckets) * width
        changes = np.bincount(base + chosen.low, minlength=2 * num * b * width)
        changes -= np.bincount(base + chosen.high, minlength=2 * num * b * width)
        spans.append(np.cumsum(changes.reshape(num, 2, b, width), axis=3)[..., :-1])
    by_cell, by_other = np.stack(cells, axis=1), np.stack(counterfactual, axis=1)
    by_span = np.stack(spans, axis=1)
    in_bucket = np.bincount(buckets, minlength=num * b).reshape(num, b)
    gaps = np.empty((num, m, 3, b))
    for model in range(m):
        for position in range(3):
            values = placed.addable_gaps[model, position, index]
            counted = np.bincount(buckets, values, num * b)
            gaps[:, model, position] = counted.reshape(num, b)
    scores = tables.Histogram.count_by_slice(
        placed.score_keys[:, index], slice_of, num, score_shape(spec)
    )
    coarse = tables.Histogram.count_by_slice(
        placed.coarse_keys[:, index], slice_of, num, bucket_shape(spec)
    )
    gap_bins = tables.Histogram.count_by_slice(
        placed.gap_keys[:, index], slice_of, num, (m, tables.NUM_GAP_BINS)
    )
    runs, slice_of_run, firsts = _runs(rows, placed, index, slice_of)
    originals = _originals(rows, runs, slice_of_run, firsts, num)
    any_flips = _any_flips(rows, runs, slice_of_run, firsts, num, spec)
    samples = _samples(rows, flips, num, spec)
    kept_rows = KeptRows.of_slices(rows, index, ends)
    legitimate = np.zeros((2, m, spec.num_thresholds, 2, 2))
    return [
        SliceStatistics(
            counts=tables.PairCells(
                tables.ScoreCells(in_bucket[s], by_cell[s]),
                by_other[s],
                by_span[s, :, NEGATIVE_TO_POSITIVE],
                by_span[s, :, POSITIVE_TO_NEGATIVE],
            ),
            weights=None,
            gaps=gaps[s],
            score_histogram=scores[s],
            bucket_histogram=coarse[s],
            gap_histogram=gap_bins[s],
            originals=originals[s],
            legitimate_tables=legitimate,
            samples=samples[s],
            kept_rows=kept_rows[s],
            any_flips=any_flips[s],
            marked=None,
        )
        for s in range(num)
    ]


def _runs(
    rows: ScoredColumns, placed: Placed, index: np.ndarray, slice_of: np.ndarray
) -> tuple[Runs, np.ndarray, np.ndarray]:
    """The originals of all slices, which slice each is of, and its first row."""
    of_row = rows.runs[index]
    # A number for each original of each slice, in the order of the rows.
    runs = placed.runs_of(of_row, index, slice_of * (int(rows.runs[-1]) + 1) + of_row)
    return runs, slice_of[runs.starts], index[runs.starts]


def _originals(
    rows: ScoredColumns, runs: Runs, slices: np.ndarray, firsts: np.ndarray, num: int
) -> list[Originals]:
    is_open = rows.is_open[firsts]
    closed = np.flatnonzero(~is_open)
    counts = np.bincount(slices[closed], minlength=num)
    # Exact sums, in any order.
    columns = [
        np.bincount(slices[closed], spread[closed], num) for side in runs.spreads for spread in side
    ]
    sums = np.stack([counts.astype(np.float64), *columns], axis=1)
    result = []
    nothing = Originals.zero(len(runs.changes))
    for s, piece in enumerate(tables.pieces(slices, num)):
        opened = np.flatnonzero(is_open[piece]) + piece.start
        open_part = nothing
        if len(opened):
            open_part = Originals.of(
                rows.hashes[firsts[opened]],
                None,
                runs.sizes[opened],
                runs.changes[..., opened],
                runs.spreads[..., opened],
                np.ones(len(opened), bool),
            )
        result.append(
            Originals(int(counts[s]), 0, sums[s], open_part.open_hashes, open_part.open_values)
        )
    return result


def _any_flips(
    rows: ScoredColumns,
    runs: Runs,
    slices: np.ndarray,
    firsts: np.ndarray,
    num: int,
    spec: StatisticsSpec,
) -> list[AnyFlips]:
    b, t, m = spec.num_buckets, spec.num_thresholds, spec.num_models
    is_open = rows.is_open[firsts]
    closed = np.flatnonzero(~is_open)
    buckets = slices[closed] * b + rows.buckets[firsts[closed]]
    originals = np.bincount(buckets, minlength=num * b).astype(np.float64).reshape(num, b)
    flipped = np.stack(
        [
            spans_by_threshold(buckets, low[closed], high[closed], None, (num * b, t + 1))
            for low, high in zip(runs.low, runs.high, strict=True)
        ],
        axis=1,
    )
    flipped = np.ascontiguousarray(flipped.reshape(num, b, m, t).swapaxes(1, 2))
    nothing = AnyFlips.zero((m, b, t))
    result = []
    for s, piece in enumerate(tables.pieces(slices, num)):
        opened = np.flatnonzero(is_open[piece]) + piece.start
        open_part = nothing
        if len(opened):
            at = firsts[opened]
            open_part = AnyFlips.of(
                rows.hashes[at],
                rows.buckets[at],
                None,
                (runs.low[:, opened], runs.high[:, opened]),
                np.ones(len(opened), bool),
                (m, b, t),
                None,
            )
        result.append(
            AnyFlips(originals[s], flipped[s], open_part.open_hashes, open_part.open_values, None)
        )
    return result


def _samples(
    rows: ScoredColumns,
    flips: Sequence[tuple[Flips, np.ndarray]],
    num: int,
    spec: StatisticsSpec,
) -> list[CellSamples]:
    size, num_cells = spec.num_example_ids, 2 * spec.num_models * spec.num_thresholds
    nothing = CellSamples.zero(size, spec.seed)
    if not size or not any(len(chosen.rows) for chosen, _ in flips):
        return [nothing] * num
    cells, positions = [], []
    for model, (chosen, slices) in enumerate(flips):
        order = np.argsort(chosen.ranks, kind="stable")
        chosen, slices = chosen.take(order), slices[order]
        spans = chosen.high - chosen.low
        ends = np.cumsum(spans)
        within = np.arange(int(spans.sum())) - np.repeat(ends - spans, spans)
        first = (model * spec.num_thresholds + chosen.low) * 2 + chosen.direction
        cells.append(np.repeat(slices * num_cells + first, spans) + 2 * within)
        positions.append(np.repeat(chosen.rows, spans))
    at = np.concatenate(positions)
    whole = CellSamples.of(
        size,
        spec.seed,
        np.concatenate(cells),
        rows.hashes[at],
        at,
        num * num_cells,
        rows.ids,
    )
    return whole.split(num, num_cells)
