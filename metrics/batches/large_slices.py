"""Sums of the large slices of a batch, each row counted once for many of them.

Rows with the same values of some features are in the same slices (`statistics/slice_sets.py`).
So the small tables are counted once by set of rows, and a slice adds up those of its sets: sums
of whole numbers, and of gaps to 2^-32, are exact in any order. Where an original has all of its
pairs in one set, what is known of originals is added up in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fairflip.metrics.batches.placed_rows import (
    Flips,
    Placed,
    any_flips_of,
    originals_of,
    samples_by_slice,
)
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.any_flips import AnyFlips, spans_by_threshold
from fairflip.metrics.statistics.columns import ScoredColumns, SlicesOfSets
from fairflip.metrics.statistics.kept_rows import KeptRows
from fairflip.metrics.statistics.pair_statistics import (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    Originals,
    Runs,
    SliceStatistics,
    bucket_shape,
    score_shape,
)
from fairflip.metrics.statistics.spec import StatisticsSpec

# Entries of the tables by set, at most so many times the rows.
_MOST_ENTRIES_A_ROW = 16


class _Sorted(NamedTuple):
    """What is put in order once for all slices.

    Attributes:
        flips: By model, the rows that flip, by the hashes of their IDs.
        runs: The originals by the hashes that do not depend on the seed.
    """

    flips: list[Flips]
    runs: np.ndarray


class _OfOriginals(NamedTuple):
    """What is counted of the originals of one slice."""

    originals: Originals
    any_flips: AnyFlips
    kept_rows: KeptRows


class _OfRows(NamedTuple):
    """Sums over the rows of each of S slices (or sets of rows)."""

    rows: np.ndarray
    cells: np.ndarray
    counterfactual: np.ndarray
    changes: np.ndarray
    gaps: np.ndarray


class _OfRuns(NamedTuple):
    """Sums over the originals of each of S slices (or sets) that have no rows elsewhere."""

    counts: np.ndarray
    spreads: np.ndarray
    by_bucket: np.ndarray
    flipped: np.ndarray


def large_slices(
    rows: ScoredColumns, placed: Placed, places: Sequence[int], spec: StatisticsSpec
) -> dict[int, SliceStatistics]:
    """The sums of those of some slices of which the rows are of few sets, by their places.

    Args:
        rows: Of a batch, for which `small_slices.are_alike` holds.
        placed: The same, placed.
        places: Which of `rows.members`.
        spec: What to count.
    """
    if not rows.num_rows:
        return {}
    width = spec.num_thresholds + 1
    classes = tables.NUM_LABEL_CLASSES
    entries = spec.num_models * spec.num_buckets * ((classes + 3) * width + spec.num_thresholds + 4)
    most_sets = max(1, _MOST_ENTRIES_A_ROW * rows.num_rows // entries)
    groups, _ = rows.slice_groups(places, most_sets)
    in_order = _Sorted(
        [of_model.by_hash() for of_model in placed.flips],
        np.argsort(rows.originals[placed.runs.starts]),
    )
    return {
        place: statistics
        for group in groups
        for place, statistics in zip(
            group.places, _group(rows, placed, in_order, group, spec), strict=True
        )
    }


def _group(
    rows: ScoredColumns,
    placed: Placed,
    in_order: _Sorted,
    group: SlicesOfSets,
    spec: StatisticsSpec,
) -> list[SliceStatistics]:
    of_rows = _OfRows(*_added(_rows_by_set(rows, placed, group, spec), group.holds))
    of_row = group.sets.of_row
    count_originals = _whole if group.is_whole else _in_part
    parts = count_originals(rows, placed, in_order, group, spec)
    spans = np.cumsum(of_rows.changes, axis=-1)[..., :-1]
    legitimate = np.zeros((2, spec.num_models, spec.num_thresholds, 2, 2))
    flips = []
    for of_model in in_order.flips:
        positions, bounds = group.split(of_row[of_model.rows])
        flips.append((of_model.take(positions), bounds))
    samples = samples_by_slice(rows, flips, spec)
    result = []
    for s, (place, part) in enumerate(zip(group.places, parts, strict=True)):
        members = rows.members[place].rows
        scores, coarse, gap_bins = _histograms(placed, members, rows.num_rows, spec)
        result.append(
            SliceStatistics(
                counts=tables.PairCells(
                    tables.ScoreCells(of_rows.rows[s], of_rows.cells[s]),
                    of_rows.counterfactual[s],
                    spans[s, :, NEGATIVE_TO_POSITIVE],
                    spans[s, :, POSITIVE_TO_NEGATIVE],
                ),
                weights=None,
                gaps=of_rows.gaps[s],
                score_histogram=scores,
                bucket_histogram=coarse,
                gap_histogram=gap_bins,
                originals=part.originals,
                legitimate_tables=legitimate,
                samples=samples[s],
                kept_rows=part.kept_rows,
                any_flips=part.any_flips,
                marked=None,
            )
        )
    return result


def _added(by_set: Sequence[np.ndarray], holds: np.ndarray) -> list[np.ndarray]:
    """Tables by set, added up by slice."""
    chosen = [np.flatnonzero(of_slice) for of_slice in holds]
    return [
        np.stack(
            [
                table[sets[0]] if len(sets) == 1 else np.add.reduce(table[sets], axis=0)
                for sets in chosen
            ]
        )
        for table in by_set
    ]


def _rows_by_set(
    rows: ScoredColumns, placed: Placed, group: SlicesOfSets, spec: StatisticsSpec
) -> _OfRows:
    b, width, m = spec.num_buckets, spec.num_thresholds + 1, spec.num_models
    sets, num = group.sets.of_row, group.sets.num
    buckets = sets * b + rows.buckets
    original_size = tables.NUM_LABEL_CLASSES * b * width
    cells = np.empty((num, m, tables.NUM_LABEL_CLASSES, b, width), np.int64)
    counterfactual = np.empty((num, m, b, width), np.int64)
    changes = np.empty((num, m, 2, b, width), np.int64)
    gaps = np.empty((num, m, 3, b))
    for model, flips in enumerate(placed.flips):
        keys = sets * original_size + placed.keys.cells[model]
        counted = np.bincount(keys, minlength=num * original_size)
        cells[:, model] = counted.reshape(num, -1, b, width)
        keys = sets * (b * width) + placed.counterfactual_keys[model]
        counted = np.bincount(keys, minlength=num * b * width)
        counterfactual[:, model] = counted.reshape(num, b, width)
        # A flip holds from one cell up to the other: +1 there, -1 here.
        base = ((sets[flips.rows] * 2 + flips.direction) * b + flips.buckets) * width
        counted = np.bincount(base + flips.low, minlength=2 * num * b * width)
        counted -= np.bincount(base + flips.high, minlength=2 * num * b * width)
        changes[:, model] = counted.reshape(num, 2, b, width)
        for position, values in enumerate(placed.addable_gaps[model]):
            gaps[:, model, position] = np.bincount(buckets, values, num * b).reshape(num, b)
    in_bucket = np.bincount(buckets, minlength=num * b).reshape(num, b)
    return _OfRows(in_bucket, cells, counterfactual, changes, gaps)


def _histograms(
    placed: Placed, members: np.ndarray, num_rows: int, spec: StatisticsSpec
) -> list[tables.Histogram]:
    shapes = (score_shape(spec), bucket_shape(spec), (spec.num_models, tables.NUM_GAP_BINS))
    all_keys = (placed.keys.scores, placed.keys.coarse, placed.gap_keys)
    return [
        tables.Histogram.count(
            (keys if len(members) == num_rows else keys.take(members, axis=1)).reshape(-1),
            None,
            shape,
        )
        for keys, shape in zip(all_keys, shapes, strict=True)
    ]


def _in_part(
    rows: ScoredColumns,
    placed: Placed,
    in_order: _Sorted,
    group: SlicesOfSets,
    spec: StatisticsSpec,
) -> list[_OfOriginals]:
    """Of originals whose pairs are in several sets: slice by slice."""
    result = []
    for place in group.places:
        members = rows.members[place].rows
        index = slice(None) if len(members) == rows.num_rows else members
        runs = placed.runs_of(rows.runs[index], index)
        firsts = runs.starts if isinstance(index, slice) else index[runs.starts]
        result.append(
            _OfOriginals(
                originals_of(rows, runs, firsts),
                any_flips_of(rows, runs, firsts, None, spec),
                KeptRows.of(rows, members, firsts),
            )
        )
    return result


def _whole(
    rows: ScoredColumns,
    placed: Placed,
    in_order: _Sorted,
    group: SlicesOfSets,
    spec: StatisticsSpec,
) -> list[_OfOriginals]:
    """Of originals of which each has all of its pairs in one set."""
    runs = placed.runs
    of_run, is_open = group.sets.of_row[runs.starts], rows.is_open[runs.starts]
    opened, complete = np.flatnonzero(is_open), np.flatnonzero(~is_open)
    by_set = _runs_by_set(rows, runs, of_run, complete, group.sets.num, spec)
    closed = _OfRuns(*_added(by_set, group.holds))
    some = runs.take(opened)
    of_originals = Originals.values_of(None, some.sizes, some.changes)
    of_flips = AnyFlips.values_of(rows.buckets[some.starts], None, (some.low, some.high))
    hashes = rows.hashes[some.starts]
    left, left_bounds = group.split(of_run[opened])
    positions, bounds = group.split(of_run[in_order.runs])
    firsts = runs.starts[in_order.runs[positions]]
    result = []
    for s, place in enumerate(group.places):
        opens = left[left_bounds[s] : left_bounds[s + 1]]
        number = int(closed.counts[s])
        result.append(
            _OfOriginals(
                Originals.with_open(
                    number,
                    np.concatenate([[float(number)], closed.spreads[s]]),
                    hashes[opens],
                    of_originals[opens],
                ),
                AnyFlips.with_open(
                    closed.by_bucket[s], closed.flipped[s], hashes[opens], of_flips[opens]
                ),
                KeptRows.of(rows, rows.members[place].rows, firsts[bounds[s] : bounds[s + 1]]),
            )
        )
    return result


def _runs_by_set(
    rows: ScoredColumns,
    runs: Runs,
    of_run: np.ndarray,
    closed: np.ndarray,
    num: int,
    spec: StatisticsSpec,
) -> _OfRuns:
    b, width = spec.num_buckets, spec.num_thresholds + 1
    of_closed = of_run[closed]
    buckets = of_closed * b + rows.buckets[runs.starts[closed]]
    flipped = np.stack(
        [
            spans_by_threshold(buckets, low[closed], high[closed], None, (num * b, width))
            for low, high in zip(runs.low, runs.high, strict=True)
        ],
        axis=1,
    ).reshape(num, b, spec.num_models, spec.num_thresholds)
    spreads = [np.bincount(of_closed, one[closed], num) for side in runs.spreads for one in side]
    return _OfRuns(
        np.bincount(of_closed, minlength=num),
        np.stack(spreads, axis=1),
        np.bincount(buckets, minlength=num * b).astype(np.float64).reshape(num, b),
        np.ascontiguousarray(flipped.swapaxes(1, 2)),
    )
