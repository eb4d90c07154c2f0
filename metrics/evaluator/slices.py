"""From the statistics of slices to what TFMA writes: which slices, crosses, errors, checks.

The rules are those of TFMA's own evaluator: which slices an EvalConfig asks for,
which are compared with which, which are too small, and what is checked against
thresholds.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from tensorflow_model_analysis.evaluators import metrics_validator
from tensorflow_model_analysis.proto import (
    config_pb2,
    metrics_for_slice_pb2,
    validation_result_pb2,
)
from tensorflow_model_analysis.slicer import slicer_lib

from fairflip.metrics.controls.statistics import ControlStatistics
from fairflip.metrics.evaluator.plan import EvaluationPlan
from fairflip.metrics.evaluator.rate_intervals import Bounds, control_rates
from fairflip.metrics.evaluator.table import MetricTable, TfmaSlice
from fairflip.metrics.evaluator.values import metric_table
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec

# The name under which TFMA has a slice's error.
ERROR = "__ERROR__"
# Numbers of one table; more slices are computed one part after the other.
_NUMBERS_PER_TABLE = 16_000_000


def is_asked_for(key: SliceKey, eval_config: config_pb2.EvalConfig) -> bool:
    """Whether the EvalConfig has this slice, by itself or to compare with."""
    specs = list(eval_config.slicing_specs)
    for cross in eval_config.cross_slicing_specs:
        specs += [cross.baseline_spec, *cross.slicing_specs]
    specs = specs or [config_pb2.SlicingSpec()]
    return any(_applies(spec, key.to_tfma()) for spec in specs)


def _applies(spec: config_pb2.SlicingSpec, key: TfmaSlice) -> bool:
    return bool(slicer_lib.SingleSliceSpec(spec=spec).is_slice_applicable(key))


def finished_tables(
    statistics: Mapping[SliceKey, SliceStatistics],
    plan: EvaluationPlan,
    spec: StatisticsSpec,
    controls: Mapping[SliceKey, ControlStatistics] | None = None,
) -> Iterator[MetricTable]:
    """All values of all slices and comparisons that the EvalConfig asks for.

    Args:
        statistics: The merged statistics of every slice.
        plan: What to compute.
        spec: What the statistics were counted with.
        controls: Of the pairs that have a control, by slice.

    Yields:
        Tables with differences between models and bounds; each slice once.
    """
    with_intervals = plan.eval_config.options.compute_confidence_intervals.value
    crosses = plan.eval_config.cross_slicing_specs
    asked = [key for key in statistics if is_asked_for(key, plan.eval_config)]

    def finished(table: MetricTable) -> MetricTable:
        return table.with_differences(plan.baseline).bounded(plan, spec.confidence_level)

    controls = within_budget(controls or {})

    def counted(keys: list[SliceKey]) -> tuple[MetricTable, Bounds]:
        table = metric_table({k: statistics[k] for k in keys}, plan, spec, with_intervals)
        sizes = [statistics[k].num_clusters for k in keys]
        values, bounds = control_rates(keys, controls, sizes, plan, spec)
        rows = {key: list(value) for key, value in values.items()}
        return table.with_rows(rows), bounds if with_intervals else {}

    if crosses and asked:
        table, bounds = counted(asked)
        yield finished(table).with_bounds(bounds)
        pairs = [pair for cross in crosses for pair in _compared(asked, cross)]
        if pairs:
            yield finished(_cross(table, pairs, plan))
        return
    numbers = plan.num_values * (1 + spec.num_buckets * with_intervals)
    size = max(1, _NUMBERS_PER_TABLE // max(1, numbers))
    for start in range(0, len(asked), size):
        table, bounds = counted(asked[start : start + size])
        yield finished(table).with_bounds(bounds)


def _cross(table: MetricTable, pairs: list[tuple[int, int]], plan: EvaluationPlan) -> MetricTable:
    compared = table.compared(pairs)
    if not plan.cross_slice:
        return compared
    values = dataclasses.replace(table, sampled=np.zeros_like(table.sampled)).as_dicts()
    rows: dict[Any, list[Any]] = {}
    for left, right in pairs:
        for computation in plan.cross_slice:
            differences = computation.cross_slice_comparison(values[left], values[right])
            for key, value in differences.items():
                rows.setdefault(key, []).append(value)
    return compared.with_rows(rows)


def _compared(
    slices: list[SliceKey], cross: config_pb2.CrossSlicingSpec
) -> Iterator[tuple[int, int]]:
    """Positions of baseline and other of each comparison."""

    def matching(specs: Iterable[config_pb2.SlicingSpec]) -> list[int]:
        return [i for i, key in enumerate(slices) if any(_applies(s, key.to_tfma()) for s in specs)]

    baselines = matching([cross.baseline_spec])
    if cross.slicing_specs:
        others = matching(cross.slicing_specs)
    else:
        others = [i for i in range(len(slices)) if i not in baselines]
    return itertools.product(baselines, others)


def too_small(smallest: int) -> str:
    """TFMA's error of a slice below `min_slice_size`; the widget looks for this very text."""
    return (
        "Example count for this slice key is lower than the minimum required value: "
        f"{smallest}. No data is aggregated for this slice."
    )


def as_metrics(
    table: MetricTable, plan: EvaluationPlan
) -> Iterator[tuple[TfmaSlice, dict[Any, Any]]]:
    """Each slice as TFMA's evaluator hands it on.

    Yields:
        TFMA's key, and by metric key a number, an array, or a number with bounds;
        for a slice below `min_slice_size` TFMA's error instead.
    """
    smallest = plan.eval_config.options.min_slice_size.value
    for key, is_small, metrics in zip(
        table.slices, table.is_below(smallest), table.as_dicts(), strict=True
    ):
        yield key, {ERROR: too_small(smallest)} if is_small else metrics


def validate(
    metrics: tuple[TfmaSlice, Mapping[Any, Any]], plan: EvaluationPlan
) -> validation_result_pb2.ValidationResult:
    """TFMA's own check of one slice against the EvalConfig's thresholds.

    Args:
        metrics: From `as_metrics` or TFMA's evaluator.
        plan: Of an EvalConfig, with its thresholds.

    Returns:
        TFMA's result for this slice.
    """
    if not plan.has_thresholds:
        # TFMA makes every metric anew for each slice to find that out.
        return validation_result_pb2.ValidationResult(validation_ok=True)
    key, values = metrics
    plain = {
        name: value.value.value if isinstance(value, metrics_for_slice_pb2.BoundedValue) else value
        for name, value in values.items()
    }
    return metrics_validator.validate_metrics((key, plain), plan.eval_config)
