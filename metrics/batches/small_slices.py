"""Sums of many small slices of a batch at once.

A slice costs dozens of array operations whether it has 20 rows or 20,000. So the rows of all
small slices stand in one table, one slice behind the other, where one operation counts for
all of them; the results are columns of the sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from fairflip.metrics.batches.placed_rows import Placed, Runs, samples_by_slice
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
from fairflip.metrics.sums.stacked import each, even, stacked
from fairflip.metrics.sums.sum_columns import SumColumns


def are_alike(rows: ScoredColumns) -> bool:
    """Whether slices of these rows may be counted here: rows weigh the same, none is marked."""
    return rows.weights is None and rows.legitimate is None and rows.clusters is rows.originals


def small_slices(
    rows: ScoredColumns, placed: Placed, members: Sequence[np.ndarray], spec: StatisticsSpec
) -> SumColumns:
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
    buckets = slice_of * b + rows.buckets[index]
    original_size = tables.NUM_LABEL_CLASSES * b * width
    cells, counterfactual, spans, flips = [], [], [], []
    for model in range(m):
        keys = slice_of * original_size + placed.keys.cells[model, index]
        counted = np.bincount(keys, minlength=num * original_size)
        cells.append(counted.reshape(num, tables.NUM_LABEL_CLASSES, b, width))
        keys = slice_of * (b * width) + placed.counterfactual_keys[model, index]
        counted = np.bincount(keys, minlength=num * b * width)
        counterfactual.append(counted.reshape(num, b, width))
        numbers = placed.flip_numbers[model][index]
        flipping = np.flatnonzero(numbers >= 0)
        chosen, slice_of_flip = placed.flips[model].take(numbers[flipping]), slice_of[flipping]
        order = np.argsort(slice_of_flip * rows.num_rows + chosen.ranks)
        ends = np.cumsum(np.bincount(slice_of_flip, minlength=num))
        flips.append((chosen.take(order), np.concatenate([[0], ends])))
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
        placed.keys.scores[:, index], slice_of, num, score_shape(spec)
    )
    coarse = tables.Histogram.count_by_slice(
        placed.keys.coarse[:, index], slice_of, num, bucket_shape(spec)
    )
    gap_bins = tables.Histogram.count_by_slice(
        placed.gap_keys[:, index], slice_of, num, (m, tables.NUM_GAP_BINS)
    )
    runs, slice_of_run, firsts = _runs(rows, placed, index, slice_of)
    stand_in = SliceStatistics(
        counts=tables.PairCells(
            tables.ScoreCells(even(in_bucket), even(by_cell)),
            even(by_other),
            even(by_span[:, :, NEGATIVE_TO_POSITIVE]),
            even(by_span[:, :, POSITIVE_TO_NEGATIVE]),
        ),
        weights=None,
        gaps=even(gaps),
        score_histogram=scores,
        bucket_histogram=coarse,
        gap_histogram=gap_bins,
        originals=_originals(rows, runs, slice_of_run, firsts, num),
        legitimate_tables=np.zeros((2, m, spec.num_thresholds, 2, 2)),
        samples=each(samples_by_slice(rows, flips, spec)),
        kept_rows=KeptRows.of_slices(rows, index, sizes),
        any_flips=_any_flips(rows, runs, slice_of_run, firsts, num, spec),
        marked=None,
    )
    return stacked(stand_in, num)


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
) -> Originals:
    is_open = rows.is_open[firsts]
    closed = np.flatnonzero(~is_open)
    counts = np.bincount(slices[closed], minlength=num)
    # Exact sums, in any order.
    columns = [
        np.bincount(slices[closed], spread[closed], num) for side in runs.spreads for spread in side
    ]
    sums = np.stack([counts.astype(np.float64), *columns], axis=1)
    open_parts = [Originals.zero(len(runs.changes))] * num
    for s, opened in _opened(slices, is_open):
        open_parts[s] = Originals.of(
            rows.hashes[firsts[opened]],
            None,
            runs.sizes[opened],
            runs.changes[..., opened],
            runs.spreads[..., opened],
            np.ones(len(opened), bool),
        )
    return Originals(
        each(counts.tolist()),
        0,
        even(sums),
        each([part.open_hashes for part in open_parts]),
        each([part.open_values for part in open_parts]),
    )


def _opened(slices: np.ndarray, is_open: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Each slice that has open originals, and where these stand among those of all."""
    opened = np.flatnonzero(is_open)
    for s in np.unique(slices[opened]).tolist():
        yield s, opened[slices[opened] == s]


def _any_flips(
    rows: ScoredColumns,
    runs: Runs,
    slices: np.ndarray,
    firsts: np.ndarray,
    num: int,
    spec: StatisticsSpec,
) -> AnyFlips:
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
    open_parts = [AnyFlips.zero((m, b, t))] * num
    for s, opened in _opened(slices, is_open):
        at = firsts[opened]
        open_parts[s] = AnyFlips.of(
            rows.hashes[at],
            rows.buckets[at],
            None,
            (runs.low[:, opened], runs.high[:, opened]),
            np.ones(len(opened), bool),
            (m, b, t),
            None,
        )
    return AnyFlips(
        even(originals),
        even(flipped),
        each([part.open_hashes for part in open_parts]),
        each([part.open_values for part in open_parts]),
        None,
    )
