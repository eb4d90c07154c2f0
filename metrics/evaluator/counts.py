"""What TFMA's combiners would give, for many slices and all jackknife samples at once.

Every number of TFMA's is here an array [S, 1 + B]: by slice, for all pairs and then
for all but one resampling bucket each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fairflip.metrics.evaluator.plan import Counted, IdValue
from fairflip.metrics.evaluator.table import IdList, Key, NamedIds
from fairflip.metrics.flips.counts import FlipCounts
from fairflip.metrics.flips.metric_names import (
    NEGATIVE_TO_POSITIVE_EXAMPLES_IDS,
    SAMPLE_EXAMPLES_IDS,
)
from fairflip.metrics.pairs.cell_samples import AlphabeticalIds
from fairflip.metrics.pairs.examples import FlipExamples
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.pair_statistics import (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    SliceStatistics,
    sample_cell,
)
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.tfma.pair_combiner import FlipTally


class Cells(NamedTuple):
    """Confusion matrices: each [T, S, 1 + B]."""

    tp: np.ndarray
    fp: np.ndarray
    tn: np.ndarray
    fn: np.ndarray


def rows(slices: Sequence[SliceStatistics], counted: Counted, with_samples: bool) -> np.ndarray:
    """[S, 1 + B] pairs, marked ones included; [S, 1] without samples."""
    return _totals(np.stack([_rows(s, counted) for s in slices]), with_samples)


#: Names of the values of Fairness Indicators.
FAIRNESS_RATES = (
    "false_positive_rate",
    "false_negative_rate",
    "true_positive_rate",
    "true_negative_rate",
    "positive_rate",
    "negative_rate",
    "false_discovery_rate",
    "false_omission_rate",
    "precision",
    "recall",
)


def fairness_rates(cells: Cells) -> dict[str, np.ndarray]:
    """The rates of Fairness Indicators, each [T, S, 1 + B]; NaN for an empty denominator."""
    positives, negatives = cells.tp + cells.fn, cells.tn + cells.fp
    called, not_called = cells.tp + cells.fp, cells.tn + cells.fn
    everything = positives + negatives
    # 0 / 0 is NaN: nothing was seen.
    with np.errstate(divide="ignore", invalid="ignore"):
        values = (
            cells.fp / negatives,
            cells.fn / positives,
            cells.tp / positives,
            cells.tn / negatives,
            called / everything,
            not_called / everything,
            cells.fp / called,
            cells.fn / not_called,
            cells.tp / called,
            cells.tp / positives,
        )
    return dict(zip(FAIRNESS_RATES, values, strict=True))


def accuracy(cells: Cells) -> np.ndarray:
    """(TP + TN) / all, [T, S, 1 + B]; NaN over nothing. To the bit TFMA's BinaryAccuracy."""
    return tables.ratio(cells.tp + cells.tn, cells.tp + cells.fp + cells.tn + cells.fn)


def matrices(counted: Counted, cells: Cells, s: int, sample: int) -> dict[float, Any]:
    """The confusion matrices of one slice and sample as TFMA's combiner gives them."""
    return {
        threshold: entry._replace(
            matrix=entry.matrix._replace(
                **{name: float(getattr(cells, name)[i, s, sample]) for name in Cells._fields}
            )
        )
        for i, (threshold, entry) in enumerate(counted.empty.items())
    }


def _rows(statistics: SliceStatistics, counted: Counted) -> np.ndarray:
    """[B] all pairs, marked ones included."""
    weighted = counted.example_weighted
    rows = (statistics.weighted if weighted else statistics.counts).originals.rows
    if statistics.marked is not None:
        marked = statistics.marked.weights if weighted else None
        rows = rows + (marked or statistics.marked.counts).rows
    return rows


def _totals(by_bucket: np.ndarray, with_samples: bool) -> np.ndarray:
    """[..., B] to [..., 1 + B]: the sum, and the sum of all but one each."""
    total = by_bucket.sum(axis=-1, keepdims=True)
    if with_samples:
        total = np.concatenate([total, total - by_bucket], axis=-1)
    return total.astype(np.float64)


def confusion(
    slices: Sequence[SliceStatistics], counted: Counted, spec: StatisticsSpec, with_samples: bool
) -> Cells:
    """The confusion matrices at the thresholds of `counted`, of marked pairs too."""
    weighted, model = counted.example_weighted, counted.model

    def cells(statistics: SliceStatistics) -> np.ndarray:
        plain = (statistics.weighted if weighted else statistics.counts).originals.cells[model, :2]
        if statistics.marked is None:
            return plain
        marked = statistics.marked.weights if weighted else None
        return plain + (marked or statistics.marked.counts).cells[model, :2]

    labels = tables.Confusion.of_cells(np.stack([cells(s) for s in slices], axis=1))
    order = [spec.position(threshold) for threshold in counted.thresholds]

    def totals(by_bucket: np.ndarray) -> np.ndarray:  # [S, B, T] to [T, S, 1 + B]
        return _totals(np.moveaxis(by_bucket[..., order], -1, 0), with_samples)

    return Cells(
        tp=totals(labels.true_positives),
        fp=totals(labels.false_positives),
        tn=totals(labels.true_negatives),
        fn=totals(labels.false_negatives),
    )


def flips(
    slices: Sequence[SliceStatistics], counted: Counted, spec: StatisticsSpec, with_samples: bool
) -> FlipTally:
    """Counts of flips with arrays [S, 1 + B] for numbers; without IDs, see `id_lists`."""
    model, order = counted.model, [spec.position(t) for t in counted.thresholds]

    def by_bucket(statistics: SliceStatistics) -> np.ndarray:
        numbers = _decisions(statistics.counts, model, order)  # [T, 2, 2, B]
        if not counted.example_weighted or statistics.weights is None:
            return numbers
        # Differences of weights leave rounding where nothing was counted.
        return np.where(numbers == 0, 0.0, _decisions(statistics.weights, model, order))

    weights = _totals(np.stack([by_bucket(s) for s in slices], axis=3), with_samples)
    kind = 1 if counted.example_weighted else 0
    legitimate = [s.legitimate_tables[kind, model][order] for s in slices]
    marked = np.stack(legitimate, axis=-1)[..., None]  # [T, 2, 2, S, 1]
    if not counted.leaves_out_marked:
        weights, marked = weights + marked, np.zeros_like(marked)
    marked = np.broadcast_to(marked, weights.shape)
    counts = FlipCounts(
        counted.thresholds,
        weights.astype(np.int64),
        weights,
        marked.astype(np.int64),
        marked,
    )
    return FlipTally(counts, FlipExamples.zero(counted.thresholds, 0, spec.seed))


def _decisions(cells: tables.PairCells, model: int, order: list[int]) -> np.ndarray:
    """[T, 2, 2, B] sums by decision on original and counterfactual."""
    rises = cells.negative_to_positive[model][:, order].T  # [T, B]
    falls = cells.positive_to_negative[model][:, order].T
    positive = tables.positives(cells.originals.cells[model].sum(axis=0))[:, order].T
    negative = cells.originals.rows - positive
    by_decision = np.array([[negative - rises, rises], [falls, positive - falls]])
    return np.moveaxis(np.maximum(by_decision, 0), 2, 0)


def id_lists(
    slices: Sequence[SliceStatistics], wanted: Mapping[Key, IdValue], spec: StatisticsSpec
) -> dict[Key, IdList]:
    """The IDs that metrics name, as UTF-8, each list in alphabetical order.

    Args:
        slices: S slices.
        wanted: By key, values that are samples of IDs.
        spec: What the statistics were counted with.

    Returns:
        By key, in the same order.
    """
    # By kind of sample, the values and the cells that they are read from.
    kinds: dict[tuple[int, bool, bool], list[tuple[Key, int]]] = {}
    for key, sample in wanted.items():
        counted, is_either = sample.counted, sample.value == SAMPLE_EXAMPLES_IDS
        rises = sample.value == NEGATIVE_TO_POSITIVE_EXAMPLES_IDS
        direction = NEGATIVE_TO_POSITIVE if rises or is_either else POSITIVE_TO_NEGATIVE
        cell = sample_cell(spec, counted.model, sample.threshold, direction)
        kind = (counted.num_ids, counted.leaves_out_marked, is_either)
        kinds.setdefault(kind, []).append((key, cell // 2 if is_either else cell))
    lists: dict[Key, IdList] = {}
    for kind, read in kinds.items():
        cells, places = np.unique([cell for _, cell in read], return_inverse=True)
        samples = [_alphabetical(statistics, *kind) for statistics in slices]
        bounds = np.array([sample.bounds(cells) for sample in samples])  # [S, 2, C]
        *_, is_either = kind
        named = NamedIds(samples, bounds[:, 0], bounds[:, 1], () if is_either else (1,))
        for (key, _), place in zip(read, places.ravel().tolist(), strict=True):
            lists[key] = IdList(named, place)
    return {key: lists[key] for key in wanted}


def _alphabetical(
    statistics: SliceStatistics, num_ids: int, leaves_out_marked: bool, is_either: bool
) -> AlphabeticalIds:
    samples = statistics.samples
    if statistics.marked is not None and not leaves_out_marked:
        samples = samples + statistics.marked.samples
    if num_ids < samples.size:
        samples = samples.first(num_ids)
    return (samples.either() if is_either else samples).alphabetical()
