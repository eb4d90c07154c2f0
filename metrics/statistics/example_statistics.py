"""Sums over all scored originals, each once, whether it has counterfactuals or not.

What a model costs or gains in accuracy is a matter of all examples, while a pair
set repeats an original for each of its counterfactuals. These sums give the AUC
and the rates of ordinary evaluation beside the flip rates.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from fairflip.metrics.flips.slicing import Membership, SliceKey
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import UNLABELLED, ScoredColumns, read_columns
from fairflip.metrics.statistics.kept_rows import MAX_CLUSTERS, KeptRows
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.sums.stacked import each, even, stacked
from fairflip.metrics.sums.sum_columns import of_each

#: Up to so many rows a slice is small: its histograms are mostly empty, and its rows are kept.
MOST_ROWS = tables.NUM_GAP_BINS // 8 - 1
#: Small slices that are counted together, of some 10 MiB of tables; and from how many on.
SLICES_AT_ONCE, MANY = 512, 8


@dataclasses.dataclass(frozen=True)
class _Rows:
    """K scored originals: hash, bucket, label class, weight and [K, M] scores."""

    hashes: np.ndarray
    buckets: np.ndarray
    labels: np.ndarray
    weights: np.ndarray
    scores: np.ndarray

    @classmethod
    def zero(cls, num_models: int) -> _Rows:
        return cls(
            np.empty(0, np.uint64),
            np.empty(0, np.int64),
            np.empty(0, np.int64),
            np.empty(0, np.float64),
            np.empty((0, num_models), np.float64),
        )

    def take(self, positions: np.ndarray) -> _Rows:
        return _Rows(*(getattr(self, f.name)[positions] for f in dataclasses.fields(self)))


@dataclasses.dataclass(frozen=True)
class ExampleStatistics:
    """Sums over the distinct originals of one slice; `zero` and `+` make it mergeable.

    Axes as in `fairflip.metrics.statistics.tables`. An original whose rows may
    go on in another batch is kept as it is until `total` counts it once.

    Attributes:
        ascending_thresholds: [T] thresholds of the cells.
        counts: Originals by decision, int64.
        weights: The same with example weights; None: no weights.
        score_histogram: [M, L, NUM_SCORE_BINS] weight by score.
        bucket_histogram: [M, L, B, NUM_COARSE_BINS] the same, coarse, by bucket.
        kept_rows: The originals themselves, while they are few.
        pending: Originals at the edges of batches, not yet counted.
    """

    ascending_thresholds: np.ndarray
    counts: tables.ScoreCells
    weights: tables.ScoreCells | None
    score_histogram: tables.Histogram
    bucket_histogram: tables.Histogram
    kept_rows: KeptRows
    pending: _Rows

    @classmethod
    def zero(cls, spec: StatisticsSpec) -> ExampleStatistics:
        """The sums over no originals."""
        m, b, t = spec.num_models, spec.num_buckets, spec.num_thresholds
        classes = tables.NUM_LABEL_CLASSES
        return cls(
            ascending_thresholds=spec.ascending_thresholds,
            counts=tables.ScoreCells.zero((m, b, t), np.int64),
            weights=tables.ScoreCells.zero((m, b, t), np.float64) if spec.weight_column else None,
            score_histogram=tables.Histogram.zero((m, classes, tables.NUM_SCORE_BINS)),
            bucket_histogram=tables.Histogram.zero((m, classes, b, tables.NUM_COARSE_BINS)),
            kept_rows=KeptRows.zero(m, spec.weight_column is not None, one_row_each=True),
            pending=_Rows.zero(m),
        )

    def __add__(self, other: ExampleStatistics) -> ExampleStatistics:
        """The sums over both; an original pending in both stays one."""
        pending = _Rows(
            *(
                np.concatenate([getattr(self.pending, f.name), getattr(other.pending, f.name)])
                for f in dataclasses.fields(_Rows)
            )
        )
        _, first = np.unique(pending.hashes, return_index=True)
        return ExampleStatistics(
            self.ascending_thresholds,
            self.counts + other.counts,
            None if self.weights is None or other.weights is None else self.weights + other.weights,
            self.score_histogram + other.score_histogram,
            self.bucket_histogram + other.bucket_histogram,
            self.kept_rows + other.kept_rows,
            pending.take(first),
        )

    def total(self) -> ExampleStatistics:
        """The same with the pending originals counted; merge first, then total."""
        rows = self.pending
        if not len(rows.hashes):  # As in most of many slices.
            return self
        m, b = self.bucket_histogram.shape[0], self.bucket_histogram.shape[2]
        scores = np.ascontiguousarray(rows.scores.T)
        thresholds = self.ascending_thresholds
        in_cell = tables.threshold_cells(scores, thresholds)
        counted = _count(
            tables.ScoreKeys.of(scores, in_cell, rows.labels, rows.buckets, (b, len(thresholds))),
            rows.buckets,
            None if self.weights is None else rows.weights,
            (m, b),
            thresholds,
        )
        return ExampleStatistics(
            self.ascending_thresholds,
            self.counts + counted.counts,
            None
            if self.weights is None or counted.weights is None
            else self.weights + counted.weights,
            self.score_histogram + counted.score_histogram,
            self.bucket_histogram + counted.bucket_histogram,
            self.kept_rows,
            rows.take(np.empty(0, np.int64)),
        )

    @property
    def weighted(self) -> tables.ScoreCells:
        """What rates are made of: weights where the data has them, else counts."""
        return self.counts if self.weights is None else self.weights

    @property
    def num_examples(self) -> int:
        """Distinct originals, those pending included."""
        return int(self.counts.rows.sum()) + len(self.pending.hashes)

    @property
    def has_labels(self) -> bool:
        """Whether any original has a label."""
        return bool(
            self.counts.cells[:, :UNLABELLED].any() or (self.pending.labels < UNLABELLED).any()
        )


def totals_of(
    examples: Mapping[SliceKey, ExampleStatistics],
) -> Mapping[SliceKey, ExampleStatistics]:
    """The `total` of each slice; the mapping itself where nothing is pending."""
    if not any(len(hashes) for hashes in of_each(examples, "pending", "hashes")):
        return examples
    return {key: one.total() for key, one in examples.items()}


def accumulate_examples(
    batch: pa.RecordBatch | pa.Table | Sequence[pa.RecordBatch | pa.Table],
    spec: StatisticsSpec,
    must_be_together: bool = False,
) -> dict[SliceKey, ExampleStatistics]:
    """Sums over the distinct originals of scored batches, with pairs or without.

    Args:
        batch: Scored pairs or scored unmatched originals; rows of one original as
            in `fairflip.metrics.batches.pair_counting.accumulate`. Batches given
            together must have the same kind of rows.
        spec: What to count; slices by what was changed are left out.
        must_be_together: As there.

    Returns:
        The sums by slice, for every slice with at least one original, and Overall.

    Raises:
        InputError: The batch does not hold what `spec` says.
    """
    batches = batch if isinstance(batch, Sequence) else [batch]
    columns = read_columns(
        batches,
        spec,
        spec.original_slices,
        counterfactuals=False,
        must_be_together=must_be_together,
    )
    keys = tables.ScoreKeys.of(
        columns.scores,
        tables.threshold_cells(columns.scores, spec.ascending_thresholds),
        columns.labels.astype(np.int64),
        columns.buckets.astype(np.int64),
        (spec.num_buckets, spec.num_thresholds),
    )
    return count_examples(columns, keys, spec)


def count_examples(
    columns: ScoredColumns,
    keys: tables.ScoreKeys,
    spec: StatisticsSpec,
    sample_of: Callable[[SliceKey], KeptRows | None] = lambda _: None,
) -> dict[SliceKey, ExampleStatistics]:
    """Sums over the distinct originals of rows that are read and placed.

    Args:
        columns: Without counterfactuals; of the slices that originals have.
        keys: Of their rows.
        spec: What to count.
        sample_of: What is kept of the rows of a slice, if that is known already; it is asked
            for where these are too many to be kept.
    """
    are_alike = columns.weights is None and columns.clusters is columns.originals
    small = [m for m in columns.members if 0 < len(m.rows) <= MOST_ROWS] if are_alike else []
    result: dict[SliceKey, ExampleStatistics] = {}
    counted: dict[SliceKey, ExampleStatistics] = {}
    if len(small) >= MANY:
        for start in range(0, len(small), SLICES_AT_ONCE):
            chosen = small[start : start + SLICES_AT_ONCE]
            counted.update(_small_slices(columns, keys, chosen, spec))
    for member in columns.members:
        if member.key in counted:
            result[member.key] = counted[member.key]
            continue
        runs = columns.runs[member.rows]
        fresh = np.ones(len(runs), dtype=bool)
        fresh[1:] = runs[1:] != runs[:-1]
        positions = member.rows[fresh]
        is_open = columns.is_open[positions]
        at = positions[~is_open]
        closed = _count(
            keys.take(at),
            columns.buckets[at],
            None if columns.weights is None else columns.weights[at],
            (spec.num_models, spec.num_buckets),
            spec.ascending_thresholds,
        )
        pending = _rows_at(columns, positions[is_open])
        pending = pending.take(np.unique(pending.hashes, return_index=True)[1])
        sample = sample_of(member.key) if len(positions) > MAX_CLUSTERS else None
        kept_rows = KeptRows.of(columns, positions, positions, one_row_each=True, sample=sample)
        result[member.key] = dataclasses.replace(closed, kept_rows=kept_rows, pending=pending)
    return result


def _small_slices(
    columns: ScoredColumns,
    keys: tables.ScoreKeys,
    members: Sequence[Membership],
    spec: StatisticsSpec,
) -> dict[SliceKey, ExampleStatistics]:
    """The sums of small slices of rows that weigh the same: one operation counts for all."""
    num, b, m = len(members), spec.num_buckets, spec.num_models
    classes, width = tables.NUM_LABEL_CLASSES, spec.num_thresholds + 1
    index = np.concatenate([member.rows for member in members])
    slice_of = np.repeat(np.arange(num), [len(member.rows) for member in members])
    runs = columns.runs[index]
    fresh = np.ones(len(index), bool)
    fresh[1:] = (runs[1:] != runs[:-1]) | (slice_of[1:] != slice_of[:-1])
    index, slice_of = index[fresh], slice_of[fresh]
    sizes = np.bincount(slice_of, minlength=num)
    kept_rows = KeptRows.of_slices(columns, index, sizes, one_row_each=True)
    is_open = columns.is_open[index]
    opened, closed = index[is_open], index[~is_open]
    slice_of_open, slice_of = slice_of[is_open], slice_of[~is_open]
    keys = keys.take(closed)
    size = classes * b * width
    cells = np.stack(
        [
            np.bincount(slice_of * size + of_model, minlength=num * size).reshape(
                num, classes, b, width
            )
            for of_model in keys.cells
        ],
        axis=1,
    )
    buckets = slice_of * b + columns.buckets[closed]
    rows = np.bincount(buckets, minlength=num * b).reshape(num, b)
    by_score = tables.Histogram.count_by_slice(
        keys.scores, slice_of, num, (m, classes, tables.NUM_SCORE_BINS)
    )
    by_bucket = tables.Histogram.count_by_slice(
        keys.coarse, slice_of, num, (m, classes, b, tables.NUM_COARSE_BINS)
    )
    pending = [ExampleStatistics.zero(spec).pending] * num
    for s in np.unique(slice_of_open).tolist():
        of_slice = _rows_at(columns, opened[slice_of_open == s])
        pending[s] = of_slice.take(np.unique(of_slice.hashes, return_index=True)[1])
    stand_in = ExampleStatistics(
        spec.ascending_thresholds,
        tables.ScoreCells(even(rows), even(cells)),
        None,
        by_score,
        by_bucket,
        kept_rows,
        each(pending),
    )
    sums = stacked(stand_in, num).values()
    return {member.key: one for member, one in zip(members, sums, strict=True)}


def _rows_at(columns: ScoredColumns, positions: np.ndarray) -> _Rows:
    return _Rows(
        columns.hashes[positions],
        columns.buckets[positions].astype(np.int64),
        columns.labels[positions].astype(np.int64),
        np.ones(len(positions)) if columns.weights is None else columns.weights[positions],
        columns.scores[:, positions].T,
    )


def _count(
    keys: tables.ScoreKeys,
    buckets: np.ndarray,
    weights: np.ndarray | None,
    shape: tuple[int, int],
    thresholds: np.ndarray,
) -> ExampleStatistics:
    (m, b), classes = shape, tables.NUM_LABEL_CLASSES
    width = len(thresholds) + 1
    size = classes * b * width

    def cells(weights: np.ndarray | None) -> tables.ScoreCells:
        counted = [np.bincount(of_model, weights, size) for of_model in keys.cells]
        by_cell = np.stack(counted).reshape(m, classes, b, width)
        return tables.ScoreCells(np.bincount(buckets, weights, b), by_cell)

    repeated = None if weights is None else np.tile(weights, m)
    return ExampleStatistics(
        thresholds,
        cells(None),
        None if weights is None else cells(weights),
        tables.Histogram.count(
            keys.scores.reshape(-1), repeated, (m, classes, tables.NUM_SCORE_BINS)
        ),
        tables.Histogram.count(
            keys.coarse.reshape(-1), repeated, (m, classes, b, tables.NUM_COARSE_BINS)
        ),
        KeptRows.zero(m, weights is not None, one_row_each=True),
        _Rows.zero(m),
    )
