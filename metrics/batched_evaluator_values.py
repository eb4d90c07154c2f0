"""TFMA's metric values of one slice from its pair statistics, with jackknife samples.

Counts are supplied in the form in which TFMA's combiners would give them, and the
libraries' own derived computations turn them into values. For intervals these
computations run on vectors: element 0 stands for all pairs, the others for all
but one resampling bucket. So 64 samples cost one call, not 64.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
from tensorflow_model_analysis.metrics import binary_confusion_matrices, metric_types

from fairflip.metrics import confusion
from fairflip.metrics import pair_statistics_tables as tables
from fairflip.metrics.batched_evaluator_plan import Counted, EvaluationPlan, PairRate
from fairflip.metrics.flip_counts import FlipCounts
from fairflip.metrics.flip_examples import FlipExamples
from fairflip.metrics.id_sample import IdSample
from fairflip.metrics.intervals import IntervalEstimate, rate_interval
from fairflip.metrics.pair_combiner import FlipTally
from fairflip.metrics.pair_statistics import (
    NEGATIVE_TO_POSITIVE,
    POSITIVE_TO_NEGATIVE,
    SliceStatistics,
    sample_cell,
)
from fairflip.metrics.pair_statistics_columns import NEGATIVE, POSITIVE
from fairflip.metrics.pair_statistics_samples import CellSamples
from fairflip.metrics.pair_statistics_spec import StatisticsSpec

#: A `metric_types.MetricKey`, which TFMA leaves untyped.
Key: TypeAlias = Any


class _Samples(np.ndarray):
    """A number for all pairs and, behind it, one without each bucket.

    Derived computations ask whether a denominator is there before they divide.
    One answer must do for all samples: yes, and where it is not, the division
    gives NaN. Element 0 is compared with the value computed by itself.
    """

    def __bool__(self) -> bool:
        return True


@dataclasses.dataclass(frozen=True)
class Value:
    """A metric's value and, for an interval, its values without each bucket.

    Attributes:
        value: As TFMA computes it.
        without: [B], or None where there is no interval.
    """

    value: Any
    without: np.ndarray | None = None

    def __sub__(self, other: Value) -> Value:
        """The difference, sample by sample."""
        without = None
        if self.without is not None and other.without is not None:
            without = self.without - other.without
        return Value(self.value - other.value, without)


@dataclasses.dataclass(frozen=True)
class SliceValues:
    """All values of one slice.

    Attributes:
        num_rows: Pairs, marked ones included: what TFMA counts as examples.
        num_originals: Distinct originals.
        values: By key, private ones left out.
        intervals: Those that the report gives, by key.
    """

    num_rows: int
    num_originals: int
    values: dict[Key, Value]
    intervals: dict[Key, IntervalEstimate]


def slice_values(
    statistics: SliceStatistics,
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    with_intervals: bool,
) -> SliceValues:
    """Computes the plan's metrics for one slice.

    Args:
        statistics: The merged statistics of the slice.
        plan: What to compute.
        spec: What the statistics were counted with.
        with_intervals: Whether to compute samples too.

    Returns:
        The values, by TFMA's own keys.
    """
    full: dict[Key, Any] = {}
    for counted in plan.counted:
        full.update(_supply(statistics, counted, spec, None))
    # Some of TFMA's curves divide by what is empty at an end, and skip the NaN.
    with np.errstate(divide="ignore", invalid="ignore"):
        for computation in plan.derived:
            full.update(computation.result(full))
    public = {key: value for key, value in full.items() if _is_public(key)}
    samples: dict[Key, np.ndarray] = {}
    intervals: dict[Key, IntervalEstimate] = {}
    if with_intervals:
        wanted = {
            key
            for key, value in public.items()
            if key not in plan.without_interval and isinstance(value, numbers.Number)
        }
        intervals = _pair_rate_intervals(statistics, plan, spec)
        samples = _samples(statistics, plan, spec, full, wanted)
    rows = statistics.counts.originals.rows.sum()
    marked = 0 if statistics.marked is None else statistics.marked.counts.rows.sum()
    return SliceValues(
        num_rows=int(rows + marked),
        num_originals=statistics.num_originals,
        values={key: Value(value, samples.get(key)) for key, value in public.items()},
        intervals=intervals,
    )


def _is_public(key: Key) -> bool:
    return not key.name.startswith("_") or key.name.startswith("__")


def _samples(
    statistics: SliceStatistics,
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    full: Mapping[Key, Any],
    wanted: set[Key],
) -> dict[Key, np.ndarray]:
    found: dict[Key, np.ndarray] = {}
    vectors: dict[Key, Any] = {}
    for counted in plan.counted:
        if counted.kind != "scores":
            vectors.update(_supply(statistics, counted, spec, "vector"))
    one_by_one = []
    with np.errstate(divide="ignore", invalid="ignore"):
        for computation in plan.derived:
            try:
                vectors.update(computation.result(vectors))
            except (KeyError, TypeError, ValueError):
                one_by_one.append(computation)
    for key in wanted:
        vector = vectors.get(key)
        if (
            isinstance(vector, np.ndarray)
            and vector.shape == (spec.num_buckets + 1,)
            and _agree(float(vector[0]), float(full[key]))
        ):
            found[key] = np.asarray(vector[1:], np.float64)
    missing = wanted - found.keys()
    again = one_by_one + [
        c for c in plan.derived if missing.intersection(c.keys) and c not in one_by_one
    ]
    if missing and again:
        with np.errstate(divide="ignore", invalid="ignore"):
            found.update(_samples_one_by_one(statistics, plan, spec, full, missing, again))
    return found


def _agree(sample: float, value: float) -> bool:
    if math.isnan(sample) or math.isnan(value):
        return math.isnan(sample) and math.isnan(value)
    return math.isclose(sample, value, rel_tol=1e-9, abs_tol=1e-12)


class _Reads(dict):
    """A dictionary that remembers what was looked up."""

    def __init__(self, values: Mapping[Key, Any]):
        super().__init__(values)
        self.read: set[Key] = set()

    def __getitem__(self, key: Key) -> Any:
        self.read.add(key)
        return super().__getitem__(key)


def _samples_one_by_one(
    statistics: SliceStatistics,
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    full: Mapping[Key, Any],
    missing: set[Key],
    computations: list[metric_types.DerivedMetricComputation],
) -> dict[Key, np.ndarray]:
    """For values that vectors cannot give, such as AUC: a call for each bucket.

    Scores are coarser here than in the value itself, so the samples are moved by
    the difference.
    """
    reads = _Reads(full)
    for computation in plan.derived[::-1]:
        if computation in computations or reads.read.intersection(computation.keys):
            computation.result(reads)
    needed = [c for c in plan.derived if c in computations or reads.read.intersection(c.keys)]
    counted = [c for c in plan.counted if reads.read.intersection(c.keys)]
    scores = {
        part.keys: _score_matrices_by_sample(statistics, part)
        for part in counted
        if part.kind == "scores"
    }
    rows: dict[Key, list[float]] = {key: [] for key in missing}
    for sample in range(spec.num_buckets + 1):
        metrics: dict[Key, Any] = {}
        for part in counted:
            if part.kind == "scores":
                metrics.update(dict.fromkeys(part.keys, scores[part.keys][sample]))
            else:
                metrics.update(_supply(statistics, part, spec, sample))
        for computation in needed:
            metrics.update(computation.result(metrics))
        for key, values in rows.items():
            values.append(float(metrics[key]) if key in metrics else np.nan)
    found = {}
    for key, values in rows.items():
        array = np.array(values)
        if not np.isnan(array[0]):
            found[key] = array[1:] + (float(full[key]) - array[0])
    return found


def _supply(
    statistics: SliceStatistics, counted: Counted, spec: StatisticsSpec, sample: Any
) -> dict[Key, Any]:
    """What TFMA's combiner would give.

    `sample` is None for all pairs, "vector" for all samples at once, else the
    number of a sample: 0 for all pairs, b + 1 for all but bucket b.
    """
    if counted.kind == "rows":
        value = _total(_rows(statistics, counted.example_weighted), sample)
        return dict.fromkeys(counted.keys, value if sample == "vector" else float(value))
    if counted.kind == "confusion":
        return {counted.keys[0]: _confusion(statistics, counted, spec, sample)}
    if counted.kind == "scores":
        return dict.fromkeys(counted.keys, _score_matrices(statistics, counted))
    return {counted.keys[0]: _flips(statistics, counted, spec, sample)}


def _rows(statistics: SliceStatistics, weighted: bool) -> np.ndarray:
    """[B] all pairs, marked ones included."""
    cells = statistics.weighted if weighted else statistics.counts
    rows = cells.originals.rows
    if statistics.marked is not None:
        marked = statistics.marked.weights if weighted else None
        rows = rows + (marked or statistics.marked.counts).rows
    return rows


def _total(by_bucket: np.ndarray, sample: Any) -> Any:
    """Sum over the last axis, which is buckets: of all, of all but one, or both."""
    if sample is None or sample == 0:
        return by_bucket.sum(axis=-1)
    total = by_bucket.sum(axis=-1, keepdims=True)
    if sample != "vector":
        return total[..., 0] - by_bucket[..., sample - 1]
    return np.concatenate([total, total - by_bucket], axis=-1).astype(np.float64).view(_Samples)


def _confusion(
    statistics: SliceStatistics, counted: Counted, spec: StatisticsSpec, sample: Any
) -> dict[float, Any]:
    weighted = counted.example_weighted
    cells = (statistics.weighted if weighted else statistics.counts).originals.cells
    cells = cells[counted.model, :2]
    if statistics.marked is not None:
        marked = statistics.marked.weights if weighted else None
        cells = cells + (marked or statistics.marked.counts).cells[counted.model, :2]
    labels = confusion.Confusion.of_cells(cells)  # each [B, T]
    order = [spec.position(threshold) for threshold in counted.thresholds]

    def totals(by_bucket: np.ndarray) -> Any:
        return _total(np.moveaxis(by_bucket[:, order], 0, -1), sample)

    tp, fp = totals(labels.true_positives), totals(labels.false_positives)
    tn, fn = totals(labels.true_negatives), totals(labels.false_negatives)
    plain = (lambda value: value) if sample == "vector" else float
    return {
        threshold: entry._replace(
            matrix=entry.matrix._replace(
                tp=plain(tp[i]), fp=plain(fp[i]), tn=plain(tn[i]), fn=plain(fn[i])
            )
        )
        for i, (threshold, entry) in enumerate(counted.empty.items())
    }


def _score_matrices(
    statistics: SliceStatistics, counted: Counted
) -> binary_confusion_matrices.Matrices:
    """TFMA's matrices for AUC, from the fine histogram."""
    histogram = statistics.score_histogram
    if statistics.marked is not None:
        histogram = histogram + statistics.marked.score_histogram
    by_label = confusion.auc_histogram(histogram.to_array()[counted.model])
    return _matrices(by_label[POSITIVE], by_label[NEGATIVE])


def _score_matrices_by_sample(
    statistics: SliceStatistics, counted: Counted
) -> list[binary_confusion_matrices.Matrices]:
    """The same of each sample, from the coarse histogram by bucket."""
    histogram = statistics.bucket_histogram
    if statistics.marked is not None:
        histogram = histogram + statistics.marked.bucket_histogram
    by_bucket = np.moveaxis(histogram.to_array()[counted.model], 1, -1)  # [L, bins, B]
    samples = np.moveaxis(np.asarray(_total(by_bucket, "vector")), -1, 0)
    # A last threshold above all scores, as TFMA has it.
    samples = np.concatenate([samples, np.zeros_like(samples[..., :1])], axis=-1)
    return [_matrices(sample[POSITIVE], sample[NEGATIVE]) for sample in samples]


def _matrices(positive: np.ndarray, negative: np.ndarray) -> binary_confusion_matrices.Matrices:
    return binary_confusion_matrices.Matrices(
        thresholds=np.arange(len(positive)) / (len(positive) - 1),
        tp=np.cumsum(positive[::-1])[::-1],
        fp=np.cumsum(negative[::-1])[::-1],
        fn=np.cumsum(positive) - positive,
        tn=np.cumsum(negative) - negative,
    )


def _flips(
    statistics: SliceStatistics, counted: Counted, spec: StatisticsSpec, sample: Any
) -> FlipTally:
    model, order = counted.model, [spec.position(t) for t in counted.thresholds]
    by_bucket = _decisions(statistics.counts, model, order)  # [T, 2, 2, B]
    if counted.example_weighted and statistics.weights is not None:
        # Differences of weights leave rounding where nothing was counted.
        weights_by_bucket = _decisions(statistics.weights, model, order)
        by_bucket = np.where(by_bucket == 0, 0.0, weights_by_bucket)
    weights = np.asarray(_total(by_bucket.astype(np.float64), sample))
    legitimate = statistics.legitimate_tables[:, model][:, order]
    marked = legitimate[1 if counted.example_weighted else 0]
    if sample == "vector":
        marked = marked[..., None]
    if not counted.leaves_out_marked:
        weights, marked = weights + marked, np.zeros_like(marked)
    counts = FlipCounts(
        counted.thresholds,
        weights.astype(np.int64),
        weights,
        np.broadcast_to(marked, weights.shape).astype(np.int64),
        np.broadcast_to(marked, weights.shape),
    )
    return FlipTally(counts, _examples(statistics, counted, spec))


def _decisions(cells: tables.PairCells, model: int, order: list[int]) -> np.ndarray:
    """[T, 2, 2, B] sums by decision on original and counterfactual."""
    rises = cells.negative_to_positive[model][:, order].T  # [T, B]
    falls = cells.positive_to_negative[model][:, order].T
    positive = tables.positives(cells.originals.cells[model].sum(axis=0))[:, order].T
    negative = cells.originals.rows - positive
    by_decision = np.array([[negative - rises, rises], [falls, positive - falls]])
    return np.moveaxis(np.maximum(by_decision, 0), 2, 0)


def _examples(statistics: SliceStatistics, counted: Counted, spec: StatisticsSpec) -> FlipExamples:
    if not counted.num_ids:
        return FlipExamples.zero(counted.thresholds, 0, spec.seed)

    def sample(cells: CellSamples, threshold: float, direction: int) -> IdSample:
        hashes, ids = cells.cell(sample_cell(spec, counted.model, threshold, direction))
        size = counted.num_ids
        return IdSample(size, spec.seed, hashes[:size], ids[:size])

    def samples(direction: int) -> tuple[IdSample, ...]:
        found = [sample(statistics.samples, t, direction) for t in counted.thresholds]
        if statistics.marked is not None and not counted.leaves_out_marked:
            marked = statistics.marked.samples
            found = [
                one + sample(marked, t, direction)
                for one, t in zip(found, counted.thresholds, strict=True)
            ]
        return tuple(found)

    return FlipExamples(
        counted.thresholds, samples(NEGATIVE_TO_POSITIVE), samples(POSITIVE_TO_NEGATIVE)
    )


def _pair_rate_intervals(
    statistics: SliceStatistics, plan: EvaluationPlan, spec: StatisticsSpec
) -> dict[Key, IntervalEstimate]:
    """The intervals of flip rates as the report has them, all in one call."""
    rates: list[tuple[Key, PairRate]] = [
        (key, rate)
        for key, rate in plan.pair_rates.items()
        if rate.counted.leaves_out_marked or statistics.marked is None
    ]
    if not rates:
        return {}
    parts: list[np.ndarray] = []
    wholes: list[np.ndarray] = []
    for _, rate in rates:
        counted, t = rate.counted, spec.position(rate.threshold)
        cells = statistics.weighted if counted.example_weighted else statistics.counts
        pairs = cells.originals.rows
        positive = tables.positives(cells.originals.cells[counted.model].sum(axis=0))[:, t]
        counts = statistics.counts.originals
        is_all = tables.positives(counts.cells[counted.model].sum(axis=0))[:, t] == counts.rows
        sums = {
            "pairs": pairs,
            "positive": positive,
            "negative": np.where(is_all, 0, np.maximum(pairs - positive, 0)),
            "negative_to_positive": cells.negative_to_positive[counted.model, :, t],
            "positive_to_negative": cells.positive_to_negative[counted.model, :, t],
        }
        sums["flips"] = sums["negative_to_positive"] + sums["positive_to_negative"]
        parts.append(sums[rate.numerator])
        wholes.append(sums[rate.denominator])
    estimate = rate_interval(
        np.stack(parts, axis=-1),
        np.stack(wholes, axis=-1),
        statistics.num_originals,
        spec.confidence_level,
    )
    return {
        key: IntervalEstimate(*(np.asarray(field)[i] for field in estimate))
        for i, (key, _) in enumerate(rates)
    }
