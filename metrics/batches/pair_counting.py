"""From a batch of scored pairs to the sums of its slices: placing rows, then adding them up."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.metrics.batches.large_slices import large_slices
from fairflip.metrics.batches.placed_rows import (
    Flips,
    Placed,
    any_flips_of,
    originals_of,
    place,
    samples_of,
)
from fairflip.metrics.batches.small_slices import are_alike, small_slices
from fairflip.metrics.flips.counts import FlipCounts
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.any_flips import ClusterTable
from fairflip.metrics.statistics.columns import ScoredColumns, read_columns
from fairflip.metrics.statistics.example_statistics import (
    MANY,
    MOST_ROWS,
    SLICES_AT_ONCE,
    ExampleStatistics,
    count_examples,
)
from fairflip.metrics.statistics.kept_rows import KeptRows
from fairflip.metrics.statistics.pair_statistics import (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    MarkedOriginals,
    SliceStatistics,
    bucket_shape,
    score_shape,
)
from fairflip.metrics.statistics.spec import StatisticsSpec


def accumulate(
    batch: pa.RecordBatch | pa.Table | Sequence[pa.RecordBatch | pa.Table],
    spec: StatisticsSpec,
    must_be_together: bool = False,
) -> dict[SliceKey, SliceStatistics]:
    """Sums over the pairs of one batch, or of several.

    The pairs of one original must be together. Where they go on from one batch
    to another they must stand at its end and at the other's start; within one
    batch they may stand anywhere.

    Args:
        batch: Scored pairs with the columns that `spec` names.
        spec: What to count.
        must_be_together: Whether to refuse scattered pairs of one original within a batch
            too: who reads sorted pairs would miss that they are not.

    Returns:
        The sums by slice, for every slice with at least one pair, and Overall.

    Raises:
        InputError: The batch does not hold what `spec` says.
    """
    batches = batch if isinstance(batch, Sequence) else [batch]
    rows = read_columns(batches, spec, must_be_together=must_be_together)
    return _sums(rows, place(rows, spec), spec)


def accumulate_with_examples(
    batches: Sequence[pa.RecordBatch | pa.Table], spec: StatisticsSpec
) -> tuple[dict[SliceKey, SliceStatistics], dict[SliceKey, ExampleStatistics]]:
    """The sums of `accumulate` and of `accumulate_examples`, on one reading of the batches.

    Args:
        batches: Scored pairs; those of one original stand together.
        spec: What to count.

    Raises:
        InputError: The batches do not hold what `spec` says, or scattered originals.
    """
    rows = read_columns(batches, spec, must_be_together=True)
    placed = place(rows, spec)
    pairs = _sums(rows, placed, spec)

    def sample_of(key: SliceKey) -> KeptRows | None:
        # A marked pair is in no sum of pairs, but its original is in those of originals.
        return pairs[key].kept_rows if rows.legitimate is None else None

    originals = rows.of_originals(spec.original_slices)
    return pairs, count_examples(originals, placed.keys, spec, sample_of)


def _sums(
    rows: ScoredColumns, placed: Placed, spec: StatisticsSpec
) -> dict[SliceKey, SliceStatistics]:
    together: dict[int, SliceStatistics] = {}
    if are_alike(rows):
        together = _small_slices(rows, placed, spec)
        others = [place for place in range(len(rows.members)) if place not in together]
        together |= large_slices(rows, placed, others, spec)
    return {
        member.key: together[place]
        if place in together
        else _slice_statistics(rows, placed, member.rows, spec)
        for place, member in enumerate(rows.members)
    }


def _small_slices(
    rows: ScoredColumns, placed: Placed, spec: StatisticsSpec
) -> dict[int, SliceStatistics]:
    """The sums of small slices, where they are many, by their places among all."""
    places = [p for p, member in enumerate(rows.members) if 0 < len(member.rows) <= MOST_ROWS]
    result: dict[int, SliceStatistics] = {}
    for start in range(0, len(places) if len(places) >= MANY else 0, SLICES_AT_ONCE):
        chosen = places[start : start + SLICES_AT_ONCE]
        members = [rows.members[place].rows for place in chosen]
        sums = small_slices(rows, placed, members, spec).values()
        result.update(zip(chosen, sums, strict=True))
    return result


def _slice_statistics(
    rows: ScoredColumns, placed: Placed, members: np.ndarray, spec: StatisticsSpec
) -> SliceStatistics:
    legitimate = np.zeros((2, spec.num_models, spec.num_thresholds, 2, 2))
    marked = None
    if rows.legitimate is not None:
        is_marked = rows.legitimate[members]
        if is_marked.any():
            legitimate = _legitimate_tables(rows, members[is_marked], spec)
            marked = _marked_originals(rows, placed, members[is_marked], spec)
        members = members[~is_marked]
    # Overall takes every row: a slice copies nothing where an index array would.
    index = slice(None) if len(members) == rows.num_rows else members
    weights = None if rows.weights is None else rows.weights[index]
    score_keys = placed.keys.scores[:, index].reshape(-1)
    repeated = None if weights is None else np.tile(weights, spec.num_models)
    flips, buckets = placed.flips_of(index), rows.buckets[index]
    counts = _pair_cells(placed, index, buckets, flips, None, spec)
    runs = placed.runs_of(rows.runs[index], index)
    firsts = runs.starts if isinstance(index, slice) else index[runs.starts]
    clusters = None
    if spec.cluster_column is not None:
        clusters = ClusterTable.of(
            rows.clusters[index],
            placed.low[:, index],
            placed.high[:, index],
            spec.num_thresholds,
            weights,
        )
    return SliceStatistics(
        counts=counts,
        weights=(
            None
            if weights is None
            else _without_rounding(
                _pair_cells(placed, index, buckets, flips, rows.weights, spec), counts
            )
        ),
        gaps=_gap_sums(placed.addable_gaps[..., index], buckets, weights, spec),
        score_histogram=tables.Histogram.count(score_keys, repeated, score_shape(spec)),
        bucket_histogram=tables.Histogram.count(
            placed.keys.coarse[:, index].reshape(-1), repeated, bucket_shape(spec)
        ),
        gap_histogram=tables.Histogram.count(
            placed.gap_keys[:, index].reshape(-1),
            repeated,
            (spec.num_models, tables.NUM_GAP_BINS),
        ),
        originals=originals_of(rows, runs, firsts),
        legitimate_tables=legitimate,
        samples=samples_of(rows, [of_model.by_hash() for of_model in flips], spec),
        kept_rows=KeptRows.of(rows, members, firsts),
        any_flips=any_flips_of(rows, runs, firsts, clusters, spec),
        marked=marked,
    )


def _marked_originals(
    rows: ScoredColumns, placed: Placed, members: np.ndarray, spec: StatisticsSpec
) -> MarkedOriginals:
    weights = None if rows.weights is None else rows.weights[members]
    repeated = None if weights is None else np.tile(weights, spec.num_models)
    buckets = rows.buckets[members]
    return MarkedOriginals(
        counts=_score_cells(placed, members, buckets, None, spec),
        weights=(
            None if weights is None else _score_cells(placed, members, buckets, weights, spec)
        ),
        score_histogram=tables.Histogram.count(
            placed.keys.scores[:, members].reshape(-1), repeated, score_shape(spec)
        ),
        bucket_histogram=tables.Histogram.count(
            placed.keys.coarse[:, members].reshape(-1), repeated, bucket_shape(spec)
        ),
        samples=samples_of(
            rows, [of_model.by_hash() for of_model in placed.flips_of(members)], spec
        ),
    )


def _score_cells(
    placed: Placed,
    index: np.ndarray | slice,
    buckets: np.ndarray,
    weights: np.ndarray | None,
    spec: StatisticsSpec,
) -> tables.ScoreCells:
    b, width = spec.num_buckets, spec.num_thresholds + 1
    size = tables.NUM_LABEL_CLASSES * b * width
    cells = [
        np.bincount(keys, weights, size).reshape(tables.NUM_LABEL_CLASSES, b, width)
        for keys in placed.keys.cells[:, index]
    ]
    return tables.ScoreCells(np.bincount(buckets, weights, b), np.stack(cells))


def _pair_cells(
    placed: Placed,
    index: np.ndarray | slice,
    buckets: np.ndarray,
    flips: Sequence[Flips],
    all_weights: np.ndarray | None,
    spec: StatisticsSpec,
) -> tables.PairCells:
    b, width, m = spec.num_buckets, spec.num_thresholds + 1, spec.num_models
    weights = None if all_weights is None else all_weights[index]
    result = dataclasses.replace(
        tables.PairCells.zero((m, b, spec.num_thresholds), np.int64 if weights is None else float),
        originals=_score_cells(placed, index, buckets, weights, spec),
    )
    for model, flipped in enumerate(flips):
        counted = np.bincount(placed.counterfactual_keys[model, index], weights, b * width)
        result.counterfactual[model] = counted.reshape(b, width)
        # A flip holds from one cell up to the other: +1 there, -1 here.
        base = (flipped.direction * b + flipped.buckets) * width
        weight = None if all_weights is None else all_weights[flipped.rows]
        up, down = (
            np.bincount(base + cells, weight, 2 * b * width).astype(result.counterfactual.dtype)
            for cells in (flipped.low, flipped.high)
        )
        spans = np.cumsum(np.subtract(up, down).reshape(2, b, width), axis=2)[..., :-1]
        result.negative_to_positive[model] = spans[NEGATIVE_TO_POSITIVE]
        result.positive_to_negative[model] = spans[POSITIVE_TO_NEGATIVE]
    return result


def flip_spans(
    cluster_of_row: np.ndarray,
    cells: np.ndarray,
    other_cells: np.ndarray,
    chosen: np.ndarray,
    weights: np.ndarray | None,
    shape: tuple[int, int],
) -> np.ndarray:
    """Flips by bucket (or cluster) and threshold.

    Args:
        cluster_of_row: [N] bucket of each row.
        cells: [N] cell of the original's score.
        other_cells: [N] cell of the counterfactual's.
        chosen: [N] bool, the rows that count.
        weights: [N]; None: each counts 1.
        shape: Buckets, and cells: thresholds + 1.

    Returns:
        [B, T] sums: int64 without weights.
    """
    rows = np.flatnonzero(chosen)
    weight = None if weights is None else weights[rows]
    b, width = shape
    base = cluster_of_row[rows].astype(np.int64) * width
    low = np.minimum(cells[rows], other_cells[rows])
    high = np.maximum(cells[rows], other_cells[rows])
    dtype = np.int64 if weights is None else np.float64
    # A flip holds from one cell up to the other: +1 there, -1 here.
    up = np.bincount(base + low, weight, b * width).astype(dtype)
    down = np.bincount(base + high, weight, b * width).astype(dtype)
    summed = np.cumsum(np.subtract(up, down).reshape(b, width), axis=1)
    return np.asarray(summed[:, :-1])


def _without_rounding(weights: tables.PairCells, counts: tables.PairCells) -> tables.PairCells:
    """Weights of flips are differences of sums: exactly 0 where no pair was counted."""
    exact: dict[str, Any] = {
        name: np.where(getattr(counts, name) == 0, 0.0, np.maximum(getattr(weights, name), 0.0))
        for name in ("negative_to_positive", "positive_to_negative")
    }
    return dataclasses.replace(weights, **exact)


def _gap_sums(
    gaps: np.ndarray, buckets: np.ndarray, weights: np.ndarray | None, spec: StatisticsSpec
) -> np.ndarray:
    result = np.zeros((spec.num_models, 3, spec.num_buckets))
    for of_model, sums in zip(gaps, result, strict=True):
        for value, total in zip(of_model, sums, strict=True):
            weighted = value if weights is None else value * weights
            total[:] = np.bincount(buckets, weighted, spec.num_buckets)
    return result


def _legitimate_tables(
    rows: ScoredColumns, members: np.ndarray, spec: StatisticsSpec
) -> np.ndarray:
    assert rows.counterfactual_scores is not None
    result = np.zeros((2, spec.num_models, spec.num_thresholds, 2, 2))
    for model in range(spec.num_models):
        counts = FlipCounts.count(
            rows.scores[model, members],
            rows.counterfactual_scores[model, members],
            tuple(spec.ascending_thresholds),
            None if rows.weights is None else rows.weights[members],
        )
        result[0, model], result[1, model] = counts.counts, counts.weights
    return result
