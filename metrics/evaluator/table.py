"""Metric values of many slices side by side: differences, crosses and intervals.

A column is a slice, or a pair of slices that are compared; a row is a metric. What
TFMA does slice by slice is done here with one operation on all of them.
"""

from __future__ import annotations

import dataclasses
import numbers
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from tensorflow_model_analysis.proto import metrics_for_slice_pb2

from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.intervals.rates_and_means import jackknife_interval
from fairflip.metrics.pairs.cell_samples import AlphabeticalIds, CellSamples
from fairflip.metrics.pairs.examples import ExampleIds

#: A `metric_types.MetricKey`, which TFMA leaves untyped.
Key: TypeAlias = Any
#: Values to bound at once: their samples fit a processor's cache several times over.
BOUNDED_AT_ONCE = 1024
#: One slice as TFMA has it: a single slice's key, or a pair of keys.
TfmaSlice: TypeAlias = Any


class NamedIds(NamedTuple):
    """C lists of IDs of each of S slices, in alphabetical order.

    Attributes:
        samples: [S] what the lists of a slice are parts of.
        starts: [S, C] where each starts.
        ends: [S, C] where it ends.
        shape: In which metrics show one ID; see `fairflip.metrics.pairs.examples`.
    """

    samples: Sequence[AlphabeticalIds]
    starts: np.ndarray
    ends: np.ndarray
    shape: tuple[int, ...]


class IdList(NamedTuple):
    """One of the C lists of each slice."""

    named: NamedIds
    place: int

    def of_slice(self, s: int) -> list[bytes]:
        """The IDs of one slice, as UTF-8."""
        named, place = self
        return named.samples[s].ids[named.starts[s, place] : named.ends[s, place]]


@dataclasses.dataclass(frozen=True)
class MetricTable:
    """K metrics of S slices, with B jackknife samples each.

    Attributes:
        slices: TFMA's keys.
        num_rows: [S] pairs, marked ones included: what TFMA counts as examples.
        num_clusters: [S] what is drawn together; None for slices that are compared.
        keys: Of metrics whose values are numbers.
        values: [K, S].
        samples: [K, S, B] values without each bucket; B = 0 without intervals.
        sampled: [K, S] whether the samples give an interval.
        lower: [K, S] bounds that are known; NaN: they come from the samples.
        upper: [K, S].
        others: By key, S values that are no numbers.
        ids: By key, S lists of example IDs.
    """

    slices: tuple[TfmaSlice, ...]
    num_rows: np.ndarray
    num_clusters: np.ndarray | None
    keys: tuple[Key, ...]
    values: np.ndarray
    samples: np.ndarray
    sampled: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    others: dict[Key, list[Any]]
    ids: dict[Key, IdList]

    def is_below(self, smallest: int) -> list[bool]:
        """[S] whether a slice, or one of two, has too few pairs; that of everything never."""
        return [
            bool(key) and size < smallest
            for key, size in zip(self.slices, self.num_rows.tolist(), strict=True)
        ]

    def with_differences(self, baseline: str | None) -> MetricTable:
        """Adds, for each other model, its values less the baseline's."""
        if not any(_is_candidate(key, baseline) for key in (*self.keys, *self.others)):
            return self
        position = {key: i for i, key in enumerate(self.keys)}
        pairs = [
            (key, i, position[key.make_baseline_key(baseline)])
            for key, i in position.items()
            if _is_candidate(key, baseline) and key.make_baseline_key(baseline) in position
        ]
        others = {
            key.make_diff_key(): [
                a - b
                for a, b in zip(values, self.others[key.make_baseline_key(baseline)], strict=True)
            ]
            for key, values in self.others.items()
            if _is_candidate(key, baseline)
            and key.make_baseline_key(baseline) in self.others
            and all(map(_is_numeric, values))
        }
        if not pairs and not others:
            return self
        left, right = [i for _, i, _ in pairs], [i for _, _, i in pairs]
        unknown = np.full((len(pairs), len(self.slices)), np.nan)
        return dataclasses.replace(
            self,
            keys=self.keys + tuple(key.make_diff_key() for key, _, _ in pairs),
            values=np.concatenate([self.values, self.values[left] - self.values[right]]),
            samples=np.concatenate([self.samples, self.samples[left] - self.samples[right]]),
            sampled=np.concatenate([self.sampled, self.sampled[left] & self.sampled[right]]),
            lower=np.concatenate([self.lower, unknown]),
            upper=np.concatenate([self.upper, unknown]),
            others=self.others | others,
        )

    def compared(self, pairs: Sequence[tuple[int, int]]) -> MetricTable:
        """A column for each pair of columns: the first less the second."""
        left, right = [i for i, _ in pairs], [j for _, j in pairs]
        unknown = np.full((len(self.keys), len(pairs)), np.nan)
        nothing = [CellSamples.zero(0, 0).alphabetical()] * len(pairs)
        none = np.zeros((len(pairs), 1), np.int64)
        # The slice of everything is never too small.
        sizes = np.where([bool(key) for key in self.slices], self.num_rows, np.iinfo(np.int64).max)
        return MetricTable(
            slices=tuple((self.slices[i], self.slices[j]) for i, j in pairs),
            num_rows=np.minimum(sizes[left], sizes[right]),
            num_clusters=None,
            keys=self.keys,
            values=self.values[:, left] - self.values[:, right],
            samples=self.samples[:, left] - self.samples[:, right],
            sampled=self.sampled[:, left] & self.sampled[:, right],
            lower=unknown,
            upper=unknown,
            others={
                key: [values[i] - values[j] for i, j in pairs]
                for key, values in self.others.items()
            },
            # A difference of samples of IDs means nothing; see `ExampleIds`.
            ids={
                key: IdList(NamedIds(nothing, none, none, ids.named.shape), 0)
                for key, ids in self.ids.items()
            },
        )

    def with_rows(self, rows: dict[Key, list[Any]]) -> MetricTable:
        """Adds metrics without samples, S values each."""
        if not rows:
            return self
        added = [key for key in rows if key not in self.keys]
        shape = (len(added), len(self.slices))
        unknown = np.full(shape, np.nan)
        return dataclasses.replace(
            self,
            keys=self.keys + tuple(added),
            values=np.concatenate(
                [self.values, np.array([rows[key] for key in added], np.float64).reshape(shape)]
            ),
            samples=np.concatenate([self.samples, np.zeros((*shape, self.samples.shape[-1]))]),
            sampled=np.concatenate([self.sampled, np.zeros(shape, bool)]),
            lower=np.concatenate([self.lower, unknown]),
            upper=np.concatenate([self.upper, unknown]),
        )

    def with_bounds(self, bounds: dict[Key, tuple[np.ndarray, np.ndarray]]) -> MetricTable:
        """Sets the [S] bounds of some metrics, whatever their samples."""
        if not bounds:
            return self
        lower, upper, sampled = self.lower.copy(), self.upper.copy(), self.sampled.copy()
        for row, key in enumerate(self.keys):
            if key in bounds:
                lower[row], upper[row] = bounds[key]
                sampled[row] = True
        return dataclasses.replace(self, lower=lower, upper=upper, sampled=sampled)

    def bounded(self, plan: EvaluationPlan, confidence_level: float) -> MetricTable:
        """Fills the bounds in, from the samples where they are not known."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[~self.sampled] = upper[~self.sampled] = np.nan
        single = self.num_clusters is not None
        is_unit = np.array(
            [single and not key.is_diff and key in plan.unit_interval for key in self.keys], bool
        )
        missing = self.sampled & np.isnan(lower)
        for unit in (True, False):
            cells = np.argwhere(missing & (is_unit == unit)[:, None])
            for start in range(0, len(cells), BOUNDED_AT_ONCE):
                rows, columns = cells[start : start + BOUNDED_AT_ONCE].T
                clusters = self.num_clusters
                estimate = jackknife_interval(
                    self.samples[rows, columns].T,
                    self.values[rows, columns],
                    confidence_level,
                    (0.0, 1.0) if unit else None,
                    None if clusters is None else np.maximum(clusters[columns], 2),
                )
                lower[rows, columns], upper[rows, columns] = estimate.lower, estimate.upper
        return dataclasses.replace(self, lower=lower, upper=upper)

    def as_dicts(self) -> list[dict[Key, Any]]:
        """By slice, metrics as TFMA's evaluator has them: numbers, with bounds or not, arrays."""
        by_slice: list[dict[Key, Any]] = [{} for _ in self.slices]
        for k, key in enumerate(self.keys):
            for s, value in enumerate(self.values[k].tolist()):
                if self.sampled[k, s]:
                    bounded = metrics_for_slice_pb2.BoundedValue()
                    bounded.value.value = value
                    bounded.lower_bound.value = self.lower[k, s]
                    bounded.upper_bound.value = self.upper[k, s]
                    value = bounded
                by_slice[s][key] = value
        for key, values in self.others.items():
            for metrics, other in zip(by_slice, values, strict=True):
                metrics[key] = other
        for key, lists in self.ids.items():
            for s, metrics in enumerate(by_slice):
                ids = [value.decode("utf-8", "surrogateescape") for value in lists.of_slice(s)]
                shape = (len(ids), *lists.named.shape)
                metrics[key] = np.array(ids, str).reshape(shape).view(ExampleIds)
        return by_slice


def _is_candidate(key: Key, baseline: str | None) -> bool:
    return baseline is not None and key.model_name != baseline and not key.is_diff


def _is_numeric(value: Any) -> bool:
    return isinstance(value, numbers.Number) or (
        isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.number)
    )
