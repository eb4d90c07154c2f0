"""TFMA's metric values of many slices from their pair statistics, with jackknife samples.

Each value is an array [S, 1 + B]: by slice, over all pairs and then over all pairs but one
resampling bucket each; [S, 1] without intervals. Four functions compute them, by what they
are read from, and none needs another: counts, other metrics of TFMA's, the rates of Fairness
Indicators, and areas under curves.
"""

from __future__ import annotations

import dataclasses
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fairflip.metrics.evaluator import counts
from fairflip.metrics.evaluator.areas import (
    area_samples,
    coarse_samples,
    score_matrices,
    score_matrices_by_sample,
    whole_areas,
)
from fairflip.metrics.evaluator.plan import Counted, EvaluationPlan
from fairflip.metrics.evaluator.rate_intervals import pair_rate_intervals
from fairflip.metrics.evaluator.table import Key, MetricTable
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec


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
    # Some of TFMA's curves divide by what is empty at an end, and skip the NaN.
    with np.errstate(divide="ignore", invalid="ignore"):
        others, no_numbers = other_values(statistics, plan, spec, with_intervals)
        by_key = {
            **count_values(statistics, plan, spec, with_intervals),
            **others,
            **fairness_values(statistics, plan, spec, with_intervals),
            **area_values(statistics, plan, spec, with_intervals),
        }
    keys = tuple(by_key)
    shape = (len(keys), len(statistics), 1 + spec.num_buckets * with_intervals)
    values = np.empty(shape)
    for row, array in zip(values, by_key.values(), strict=True):
        row[:] = array
    sampled = np.full(values.shape[:2], with_intervals)
    lower, upper = np.full((2, *values.shape[:2]), np.nan)
    if with_intervals:
        # Keys are long, and TFMA hashes them in Python: once each.
        position = {key: i for i, key in enumerate(keys)}
        sampled[[position[key] for key in plan.without_interval if key in position]] = False
        # An area where a class is missing is no number to bound.
        areas = [position[key] for key in plan.areas]
        sampled[areas] &= ~np.isnan(values[areas, :, 0])
        for key, bounds in pair_rate_intervals(slices, plan, spec):
            lower[position[key]], upper[position[key]] = bounds
    return MetricTable(
        slices=tuple(key.to_tfma() for key in slices),
        num_rows=np.array([_num_rows(s) for s in statistics]),
        num_clusters=np.array([s.num_clusters for s in statistics]),
        keys=keys,
        values=values[..., 0],
        samples=values[..., 1:],
        sampled=sampled,
        lower=lower,
        upper=upper,
        others=no_numbers,
        ids=counts.id_lists(statistics, plan.id_values, spec),
    )


def count_values(
    statistics: Sequence[SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    with_intervals: bool,
) -> dict[Key, np.ndarray]:
    """Counts of rows, and this project's metrics of flips: on all slices at once.

    Args:
        statistics: S slices.
        plan: What to compute.
        spec: What the statistics were counted with.
        with_intervals: Whether to compute samples too.

    Returns:
        By key [S, 1 + B].
    """
    values = {
        key: counts.rows(statistics, part, with_intervals)
        for part in plan.rows
        for key in part.keys
    }
    tallies: dict[Key, Any] = {}
    made: dict[Counted, Any] = {}
    for part in plan.flips.counted:
        # Parts that differ in their IDs alone have the same counts.
        counted = dataclasses.replace(part, keys=(), num_ids=0)
        if counted not in made:
            made[counted] = counts.flips(statistics, part, spec, with_intervals)
        tallies.update(dict.fromkeys(part.keys, made[counted]))
    for computation in plan.flips.derived:
        derived = computation.result(tallies)
        values.update({key: v for key, v in derived.items() if key not in plan.id_values})
    return values


def fairness_values(
    statistics: Sequence[SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    with_intervals: bool,
) -> dict[Key, np.ndarray]:
    """The rates of Fairness Indicators: on all slices at once, by ten fractions of ours.

    Their own function asks each denominator whether it is there, and so takes numbers alone.

    Args:
        statistics: S slices.
        plan: What to compute.
        spec: What the statistics were counted with.
        with_intervals: Whether to compute samples too.

    Returns:
        By key [S, 1 + B]; NaN for an empty denominator.
    """
    # Many rates are read from the same matrices. Keys are long, and TFMA hashes them in Python.
    parts = {id(rate.counted): rate.counted for rate in plan.rates.values()}
    rates = {
        part: counts.fairness_rates(counts.confusion(statistics, counted, spec, with_intervals))
        for part, counted in parts.items()
    }
    places = {
        part: {threshold: place for place, threshold in enumerate(counted.thresholds)}
        for part, counted in parts.items()
    }
    return {
        key: rates[id(rate.counted)][rate.rate][places[id(rate.counted)][rate.threshold]]
        for key, rate in plan.rates.items()
    }


def area_values(
    statistics: Sequence[SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    with_intervals: bool,
) -> dict[Key, np.ndarray]:
    """Areas under curves: by TFMA's function where weights round, else by ours, as are all samples.

    Args:
        statistics: S slices.
        plan: What to compute.
        spec: What the statistics were counted with.
        with_intervals: Whether to compute samples too.

    Returns:
        By key [S, 1 + B]; NaN where a class is missing.
    """
    areas = {key: _unknown(statistics, spec, with_intervals) for key in plan.areas}
    for s, of_slice in enumerate(statistics):
        # Both curves of a model, and both models' curves, are read from few matrices.
        known: dict[Key, dict[str, float] | None] = {}
        matrices: dict[Key, Any] = {}
        coarse: dict[Key, np.ndarray] = {}
        samples: dict[tuple[Key, str], np.ndarray] = {}
        for key, area in plan.areas.items():
            (source, *_) = area.counted.keys
            if source not in known:
                known[source] = whole_areas(of_slice, area.counted)
            of_source = known[source]
            if of_source is not None:
                value = of_source[area.curve]
            else:
                if source not in matrices:
                    whole = score_matrices(of_slice, area.counted)
                    matrices.update(dict.fromkeys(area.counted.keys, whole))
                value = float(area.computation.result(matrices)[key])
            areas[key][s, 0] = value
            if with_intervals:
                if source not in coarse:
                    coarse[source] = coarse_samples(of_slice, area.counted)
                if (source, area.curve) not in samples:
                    samples[source, area.curve] = area_samples(coarse[source], area.curve)
                areas[key][s, 1:] = _moved(samples[source, area.curve], value)
    return areas


def other_values(
    statistics: Sequence[SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    with_intervals: bool,
) -> tuple[dict[Key, np.ndarray], dict[Key, list[Any]]]:
    """All other values: TFMA's computations, called for each slice and each sample.

    Args:
        statistics: S slices.
        plan: What to compute.
        spec: What the statistics were counted with.
        with_intervals: Whether to compute samples too.

    Returns:
        By key [S, 1 + B], and by key S values that are no numbers.
    """
    # A division of arrays, which needs no call for each slice and sample.
    arrays: dict[Key, np.ndarray] = {
        key: counts.accuracy(counts.confusion(statistics, part, spec, with_intervals))[0]
        for key, part in plan.accuracies.items()
    }
    no_numbers: dict[Key, list[Any]] = {}
    derived = [one for one in plan.others.derived if plan.accuracies.keys().isdisjoint(one.keys)]
    if not any(_is_public(key) for one in derived for key in one.keys):
        return arrays, no_numbers
    cells = [
        None if part.kind == "scores" else counts.confusion(statistics, part, spec, with_intervals)
        for part in plan.others.counted
    ]

    def supplied(s: int, sample: int, scores: Mapping[Key, Any]) -> dict[Key, Any]:
        given = dict(scores)
        for part, own in zip(plan.others.counted, cells, strict=True):
            if own is not None:
                given.update(dict.fromkeys(part.keys, counts.matrices(part, own, s, sample)))
        return given

    of_scores = [part for part in plan.others.counted if part.kind == "scores"]
    for s, of_slice in enumerate(statistics):
        fine = {
            key: matrices
            for part in of_scores
            for matrices in [score_matrices(of_slice, part)]
            for key in part.keys
        }
        values = _derived(derived, supplied(s, 0, fine))
        single = {key for key, value in values.items() if isinstance(value, numbers.Number)}
        for key, value in values.items():
            if key in single:
                array = arrays.setdefault(key, _unknown(statistics, spec, with_intervals))
                array[s, 0] = value
            else:
                no_numbers.setdefault(key, []).append(value)
        if not with_intervals or not single:
            continue
        # Samples of scores are coarser, and so a sample is taken of all pairs too.
        coarse = {
            key: matrices
            for part in of_scores
            for matrices in [score_matrices_by_sample(of_slice, part)]
            for key in part.keys
        }
        needed = [c for c in derived if not _is_public(c.keys[0]) or single.intersection(c.keys)]
        samples = [
            _derived(needed, supplied(s, b, {key: by_b[b] for key, by_b in coarse.items()}))
            for b in range(1 + spec.num_buckets)
        ]
        for key in single:
            row = np.array([sample[key] for sample in samples], np.float64)
            arrays[key][s, 1:] = _moved(row, arrays[key][s, 0]) if of_scores else row[1:]
    # In the order of the metrics, however they were computed.
    places = {key: place for place, one in enumerate(plan.others.derived) for key in one.keys}
    return {key: arrays[key] for key in sorted(arrays, key=places.__getitem__)}, no_numbers


def _derived(computations: Sequence[Any], metrics: dict[Key, Any]) -> dict[Key, Any]:
    """What the computations give, one after the other, without values on the way."""
    values: dict[Key, Any] = {}
    for computation in computations:
        result = computation.result(metrics)
        metrics.update(result)
        values.update({key: value for key, value in result.items() if _is_public(key)})
    return values


def _is_public(key: Key) -> bool:
    return not key.name.startswith("_") or key.name.startswith("__")


def _unknown(
    statistics: Sequence[SliceStatistics], spec: StatisticsSpec, with_intervals: bool
) -> np.ndarray:
    return np.full((len(statistics), 1 + spec.num_buckets * with_intervals), np.nan)


def _moved(samples: np.ndarray, value: float) -> np.ndarray:
    """[B] of [1 + B] samples, moved to where the first of them, of all pairs, is `value`."""
    return samples[1:] + (value - samples[0])


def _num_rows(statistics: SliceStatistics) -> int:
    """Pairs, marked ones included: what TFMA counts as examples."""
    rows = statistics.counts.originals.rows.sum()
    return int(rows if statistics.marked is None else rows + statistics.marked.counts.rows.sum())
