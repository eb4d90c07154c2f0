"""TFMA's metric values of many slices from their pair statistics, with jackknife samples.

Counts are supplied in the form in which TFMA's combiners would give them, and the
libraries' own derived computations turn them into values: once on arrays that hold
all slices and, for intervals, all pairs but one resampling bucket each. Where a
computation cannot go through arrays, it is called slice by slice; where a
denominator is empty, its answer on numbers counts.
"""

from __future__ import annotations

import math
import numbers
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.metrics.batches import tables
from fairflip.metrics.batches.pair_statistics import SliceStatistics
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.evaluator.areas import area_samples, score_matrices, score_matrices_by_sample
from fairflip.metrics.evaluator.counts import id_lists, picked, stacked
from fairflip.metrics.evaluator.plan import EvaluationPlan, PairRate
from fairflip.metrics.evaluator.table import BOUNDED_AT_ONCE, Key, MetricTable
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.intervals.rates_and_means import rate_interval


def metric_table(
    slices: Mapping[SliceKey, SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    with_intervals: bool,
) -> MetricTable:
    """Computes the plan's metrics for some slices.

    Args:
        slices: The merged statistics of S slices, at least one.
        plan: What to compute.
        spec: What the statistics were counted with.
        with_intervals: Whether to compute samples too.

    Returns:
        The values, by TFMA's own keys.
    """
    statistics = list(slices.values())
    found = _Values(statistics, plan, spec, with_intervals)
    # Some of TFMA's curves divide by what is empty at an end, and skip the NaN.
    with np.errstate(divide="ignore", invalid="ignore"):
        found.add_arrays()
        found.add_areas()
        found.add_one_by_one()
    keys = tuple(found.numbers)
    values = np.array([found.numbers[key] for key in keys]).reshape(len(keys), *found.shape)
    sampled = np.zeros(values.shape[:2], bool)
    lower, upper = np.full((2, *values.shape[:2]), np.nan)
    if with_intervals:
        for row, key in zip(sampled, keys, strict=True):
            row[:] = found.sampled.get(key, key not in plan.without_interval)
        position = {key: i for i, key in enumerate(keys)}
        for key, bounds in _pair_rate_intervals(statistics, plan, spec):
            lower[position[key]], upper[position[key]] = bounds
    return MetricTable(
        slices=tuple(key.to_tfma() for key in slices),
        num_rows=np.array([_num_rows(s) for s in statistics]),
        num_originals=np.array([s.num_originals for s in statistics]),
        keys=keys,
        values=values[..., 0],
        samples=values[..., 1:],
        sampled=sampled,
        lower=lower,
        upper=upper,
        others=found.others,
        ids={key: [lists[i] for lists in found.ids] for i, key in enumerate(plan.id_values)},
    )


class _Values:
    """The values of some slices while they are computed.

    Attributes:
        shape: (S, 1 + B), or (S, 1) without intervals.
        numbers: By key, [S, 1 + B] values of all pairs and of each sample.
        sampled: By key, [S] whether the samples are to be used; default: yes.
        others: By key, S values that are no numbers.
        ids: By slice, the IDs of `plan.id_values`.
    """

    def __init__(
        self,
        statistics: Sequence[SliceStatistics],
        plan: EvaluationPlan,
        spec: StatisticsSpec,
        with_intervals: bool,
    ):
        self._statistics, self._plan, self._spec = statistics, plan, spec
        self._with_intervals = with_intervals
        self.shape = (len(statistics), 1 + spec.num_buckets if with_intervals else 1)
        self.numbers: dict[Key, np.ndarray] = {}
        self.sampled: dict[Key, np.ndarray] = {}
        self.others: dict[Key, list[Any]] = {}
        self.ids = id_lists(statistics, list(plan.id_values.values()), spec)
        self._supplied = {
            key: value
            for counted in plan.counted
            if counted.kind != "scores"
            for value in [stacked(statistics, counted, spec, with_intervals)]
            for key in counted.keys
        }
        self._areas = [c for c in plan.derived if not plan.areas.keys().isdisjoint(c.keys)]
        # What remains for arrays that are not known to be exact.
        self._others = [
            c
            for c in plan.derived
            if c not in self._areas and not plan.exact_on_arrays.issuperset(c.keys)
        ]
        self._one_by_one: set[Key] = set()

    def add_arrays(self) -> None:
        """All that goes through arrays, compared with numbers where that may differ."""
        metrics = dict(self._supplied)
        areas = set(map(id, self._areas))
        for computation in self._plan.derived:
            if id(computation) in areas:
                continue
            try:
                metrics.update(computation.result(metrics))
            except (KeyError, TypeError, ValueError):
                self._one_by_one.update(filter(_is_public, computation.keys))
        certain = self._plan.exact_on_arrays.union(self._supplied)
        compared = []
        for key, value in metrics.items():
            if not _is_public(key) or key in self._plan.id_values:
                continue
            if isinstance(value, np.ndarray) and value.shape == self.shape:
                is_certain = key in certain
                # What is compared may be corrected, in arrays of its own.
                own = np.asarray if is_certain else np.array
                self.numbers[key] = own(value, np.float64)
                if not is_certain:
                    compared.append(key)
            else:
                self._one_by_one.add(key)
        self._compare(compared)

    def _compare(self, keys: Sequence[Key]) -> None:
        """Takes the value on numbers in the largest and smallest slice and at the edges."""
        if not keys:
            return
        sizes = [_num_rows(s) for s in self._statistics]
        always = {int(np.argmax(sizes)), int(np.argmin(sizes))}
        is_edge = ~np.isfinite([self.numbers[key][:, 0] for key in keys])  # [K, S]
        for s in sorted(always.union(np.flatnonzero(is_edge.any(axis=0)).tolist())):
            whole = self._on_numbers(s)
            for key, edge in zip(keys, is_edge[:, s].tolist(), strict=True):
                value = float(whole[key])
                if not edge and not _agree(float(self.numbers[key][s, 0]), value):
                    self._one_by_one.add(key)
                elif edge and math.isfinite(value):
                    self._add(key, s, value, self._samples_of(s, {key}, whole).get(key))
                elif edge:
                    self.numbers[key][s, 0] = value

    def add_areas(self) -> None:
        """Areas under curves: each value by TFMA's function, all samples by ours."""
        if not self._areas:
            return
        parts = [part for part in self._plan.counted if part.kind == "scores"]
        for s, statistics in enumerate(self._statistics):
            matrices = {k: score_matrices(statistics, part) for part in parts for k in part.keys}
            known: dict[tuple[int, str], np.ndarray] = {}
            for computation in self._areas:
                reads = _Reads(matrices)
                for key, value in computation.result(reads).items():
                    if not self._with_intervals:
                        self._add(key, s, float(value), None)
                        continue
                    curve = self._plan.areas[key]
                    (part,) = (p for p in parts if reads.read.intersection(p.keys))
                    if (part.model, curve) not in known:
                        known[part.model, curve] = area_samples(statistics, part, curve)
                    self._add(key, s, float(value), known[part.model, curve])

    def add_one_by_one(self) -> None:
        """What arrays cannot give, slice by slice and sample by sample."""
        if not self._one_by_one:
            return
        for key in self._one_by_one:
            self.numbers.pop(key, None)
        for s in range(len(self._statistics)):
            whole = self._on_numbers(s)
            single = {k for k in self._one_by_one if isinstance(whole[k], numbers.Number)}
            samples = self._samples_of(s, single, whole)
            for key in self._one_by_one:
                if key in single:
                    self._add(key, s, float(whole[key]), samples.get(key))
                else:
                    self.others.setdefault(key, []).append(whole[key])

    def _add(self, key: Key, s: int, value: float, samples: np.ndarray | None) -> None:
        """One value; its [1 + B] samples are moved to it, since scores are coarser there."""
        row = self.numbers.setdefault(key, np.full(self.shape, np.nan))
        row[s, 0] = value
        sampled = self.sampled.setdefault(
            key, np.full(self.shape[0], key not in self._plan.without_interval)
        )
        if samples is None or np.isnan(samples[0]):
            sampled[s] = False
        else:
            row[s, 1:] = samples[1:] + (value - samples[0])

    def _on_numbers(self, s: int) -> dict[Key, Any]:
        """One slice's values of all computations that may differ on arrays."""
        metrics: dict[Key, Any] = {}
        for part in self._plan.counted:
            if part.kind == "scores":
                if self._one_by_one:
                    matrices = score_matrices(self._statistics[s], part)
                    metrics.update(dict.fromkeys(part.keys, matrices))
            elif part.kind != "flips":
                metrics.update({k: picked(self._supplied[k], (s, 0)) for k in part.keys})
        for computation in self._others:
            metrics.update(computation.result(metrics))
        return metrics

    def _samples_of(
        self, s: int, wanted: set[Key], whole: Mapping[Key, Any]
    ) -> dict[Key, np.ndarray]:
        """[1 + B] samples of each key, a call for each."""
        if not wanted or not self._with_intervals:
            return {}
        reads = _Reads(whole)
        for computation in self._others[::-1]:
            if (reads.read | wanted).intersection(computation.keys):
                computation.result(reads)
        needed = reads.read | wanted
        computations = [c for c in self._others if needed.intersection(c.keys)]
        parts = [p for p in self._plan.counted if needed.intersection(p.keys)]
        scores = {
            part.keys: score_matrices_by_sample(self._statistics[s], part)
            for part in parts
            if part.kind == "scores"
        }
        rows: dict[Key, list[float]] = {key: [] for key in wanted}
        for b in range(self.shape[1]):
            metrics: dict[Key, Any] = {}
            for part in parts:
                if part.kind == "scores":
                    metrics.update(dict.fromkeys(part.keys, scores[part.keys][b]))
                else:
                    metrics.update({k: picked(self._supplied[k], (s, b)) for k in part.keys})
            for computation in computations:
                metrics.update(computation.result(metrics))
            for key, row in rows.items():
                row.append(float(metrics[key]))
        return {key: np.array(row) for key, row in rows.items()}


class _Reads(dict):
    """A dictionary that remembers what was looked up."""

    def __init__(self, values: Mapping[Key, Any]):
        super().__init__(values)
        self.read: set[Key] = set()

    def __getitem__(self, key: Key) -> Any:
        self.read.add(key)
        return super().__getitem__(key)


def _is_public(key: Key) -> bool:
    return not key.name.startswith("_") or key.name.startswith("__")


def _agree(sample: float, value: float) -> bool:
    return math.isclose(sample, value, rel_tol=1e-9, abs_tol=1e-12)


def _num_rows(statistics: SliceStatistics) -> int:
    """Pairs, marked ones included: what TFMA counts as examples."""
    rows = statistics.counts.originals.rows.sum()
    return int(rows if statistics.marked is None else rows + statistics.marked.counts.rows.sum())


def _pair_rate_intervals(
    statistics: Sequence[SliceStatistics], plan: EvaluationPlan, spec: StatisticsSpec
) -> Iterator[tuple[Key, tuple[np.ndarray, np.ndarray]]]:
    """Yields the [S] bounds of each flip rate as the report has them, from one call."""
    has_marked = any(s.marked is not None for s in statistics)
    rates = [
        (key, rate)
        for key, rate in plan.pair_rates.items()
        if rate.counted.leaves_out_marked or not has_marked
    ]
    if not rates:
        return
    kinds = {(r.counted.model, r.counted.example_weighted) for _, r in rates}
    sums = {kind: _pair_sums(statistics, *kind) for kind in kinds}
    one_pair = {weighted: _one_pair_each(statistics, weighted) for _, weighted in kinds}

    def of(rate: PairRate, name: str) -> np.ndarray:  # [B, S]
        found = sums[rate.counted.model, rate.counted.example_weighted][name]
        return found if name == "pairs" else found[..., spec.position(rate.threshold)]

    originals = np.array([s.num_originals for s in statistics])
    at_once = max(1, BOUNDED_AT_ONCE // len(statistics))
    for start in range(0, len(rates), at_once):
        part = rates[start : start + at_once]
        estimate = rate_interval(
            np.stack([of(rate, rate.numerator) for _, rate in part], axis=-1),
            np.stack([of(rate, rate.denominator) for _, rate in part], axis=-1),
            originals,
            spec.confidence_level,
            np.stack([one_pair[r.counted.example_weighted] for _, r in part], axis=-1),
        )
        for i, (key, _) in enumerate(part):
            yield key, (estimate.lower[:, i], estimate.upper[:, i])


def _one_pair_each(statistics: Sequence[SliceStatistics], weighted: bool) -> np.ndarray:
    """[S] whether every original has one pair, of weight 1."""
    found = []
    for one in statistics:
        counted, cells = one.counts.originals.rows, one.weighted if weighted else one.counts
        is_even = np.array_equal(cells.originals.rows, counted)
        found.append(is_even and counted.sum() == one.num_originals)
    return np.array(found)


def _pair_sums(
    statistics: Sequence[SliceStatistics], model: int, weighted: bool
) -> dict[str, np.ndarray]:
    """What rates are made of: [B, S] pairs, [B, S, T] the rest; as in the report."""
    sums: dict[str, list[np.ndarray]] = {}
    for one in statistics:
        cells = one.weighted if weighted else one.counts
        pairs, originals = cells.originals.rows, cells.originals.cells[model].sum(axis=0)
        positive, negative = tables.positives(originals), tables.negatives(originals)
        rises = np.minimum(cells.negative_to_positive[model], negative)
        falls = np.minimum(cells.positive_to_negative[model], positive)
        for name, values in (
            ("pairs", pairs),
            ("positive", positive),
            ("negative", negative),
            ("negative_to_positive", rises),
            ("positive_to_negative", falls),
            ("flips", rises + falls),
        ):
            sums.setdefault(name, []).append(values)
    return {name: np.stack(values, axis=1) for name, values in sums.items()}
