"""From the values of single slices to what TFMA writes: crosses, differences, intervals.

The rules are those of TFMA's own evaluator: which slices an EvalConfig asks for,
which metrics are compared across slices and models, which slices are too small,
and what is checked against thresholds.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from tensorflow_model_analysis.evaluators import metrics_validator
from tensorflow_model_analysis.metrics import metric_types
from tensorflow_model_analysis.proto import (
    config_pb2,
    metrics_for_slice_pb2,
    validation_result_pb2,
)
from tensorflow_model_analysis.slicer import slicer_lib

from fairflip.metrics.batched_evaluator_plan import EvaluationPlan
from fairflip.metrics.batched_evaluator_values import Key, SliceValues, Value
from fairflip.metrics.intervals import jackknife_interval
from fairflip.metrics.slicing import SliceKey

#: One slice as TFMA has it: a single slice's key, or a pair of keys.
TfmaSlice = Any
_ERROR = "__ERROR__"


def is_asked_for(key: SliceKey, eval_config: config_pb2.EvalConfig) -> bool:
    """Whether the EvalConfig has this slice, by itself or to compare with."""
    specs = list(eval_config.slicing_specs)
    for cross in eval_config.cross_slicing_specs:
        specs += [cross.baseline_spec, *cross.slicing_specs]
    specs = specs or [config_pb2.SlicingSpec()]
    return any(_applies(spec, key.to_tfma()) for spec in specs)


def _applies(spec: config_pb2.SlicingSpec, key: TfmaSlice) -> bool:
    return bool(slicer_lib.SingleSliceSpec(spec=spec).is_slice_applicable(key))


def finish_slice(
    key: SliceKey, values: SliceValues, plan: EvaluationPlan, confidence_level: float
) -> tuple[TfmaSlice, dict[Any, Any]]:
    """One single slice, ready to be written.

    Args:
        key: The slice.
        values: Its values.
        plan: What was computed.
        confidence_level: Of the intervals.

    Returns:
        TFMA's key, and by metric key a number, an array, or a number with bounds;
        for a slice below `min_slice_size` TFMA's error instead.
    """
    slice_key = key.to_tfma()
    smallest = plan.eval_config.options.min_slice_size.value
    if slice_key and values.num_rows < smallest:
        return slice_key, _too_small(smallest)
    return slice_key, _finish(values.values, values, plan, confidence_level)


def cross_slices(
    slices: Mapping[SliceKey, SliceValues], plan: EvaluationPlan, confidence_level: float
) -> Iterable[tuple[TfmaSlice, dict[Any, Any]]]:
    """All comparisons of two slices that the EvalConfig asks for.

    Args:
        slices: The values of all single slices.
        plan: What was computed.
        confidence_level: Of the intervals.

    Yields:
        (baseline's key, other key) and the differences baseline - other, as TFMA
        has them; its error where one of the two is below `min_slice_size`.
    """
    smallest = plan.eval_config.options.min_slice_size.value
    for cross in plan.eval_config.cross_slicing_specs:
        for baseline, others in _compared(slices, cross):
            for other in others:
                left, right = slices[baseline], slices[other]
                key = (baseline.to_tfma(), other.to_tfma())
                sizes = [s.num_rows for k, s in ((baseline, left), (other, right)) if k.features]
                if sizes and min(sizes) < smallest:
                    yield key, _too_small(smallest)
                    continue
                values = {
                    metric: left.values[metric] - value
                    for metric, value in right.values.items()
                    if metric in left.values
                    and not isinstance(metric, (metric_types.PlotKey, metric_types.AttributionsKey))
                }
                for computation in plan.cross_slice:
                    compared = computation.cross_slice_comparison(
                        {k: v.value for k, v in left.values.items()},
                        {k: v.value for k, v in right.values.items()},
                    )
                    values.update({k: Value(v) for k, v in compared.items()})
                yield key, _finish(values, None, plan, confidence_level)


def _compared(
    slices: Mapping[SliceKey, SliceValues], cross: config_pb2.CrossSlicingSpec
) -> Iterable[tuple[SliceKey, list[SliceKey]]]:
    baselines = [key for key in slices if _applies(cross.baseline_spec, key.to_tfma())]
    if cross.slicing_specs:
        others = [
            key
            for key in slices
            if any(_applies(spec, key.to_tfma()) for spec in cross.slicing_specs)
        ]
    else:
        others = [key for key in slices if key not in baselines]
    return [(baseline, others) for baseline in baselines]


def _too_small(smallest: int) -> dict[Any, Any]:
    # The widget looks for this very text.
    return {
        _ERROR: (
            "Example count for this slice key is lower than the minimum required value: "
            f"{smallest}. No data is aggregated for this slice."
        )
    }


def _finish(
    values: Mapping[Key, Value],
    single: SliceValues | None,
    plan: EvaluationPlan,
    confidence_level: float,
) -> dict[Any, Any]:
    """Adds differences between models, then intervals."""
    complete = dict(values)
    if plan.baseline is not None:
        for key, value in values.items():
            baseline = key.make_baseline_key(plan.baseline)
            if key.model_name == plan.baseline or key.is_diff or baseline not in values:
                continue
            if _is_number(value.value):
                complete[key.make_diff_key()] = value - values[baseline]
    result: dict[Any, Any] = {key: value.value for key, value in complete.items()}
    if single is None or not plan.eval_config.options.compute_confidence_intervals.value:
        known = {}
    else:
        known = single.intervals
    for key, (lower, upper) in _bounds(complete, single, plan, confidence_level).items():
        if key in known:
            lower, upper = float(known[key].lower), float(known[key].upper)
        result[key] = _bounded(result[key], lower, upper)
    return result


def _is_number(value: Any) -> bool:
    return isinstance(value, numbers.Number) or (
        isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.number)
    )


def _bounds(
    values: Mapping[Key, Value],
    single: SliceValues | None,
    plan: EvaluationPlan,
    confidence_level: float,
) -> dict[Key, tuple[float, float]]:
    """Jackknife bounds of all values that have samples, in two calls."""
    found: dict[Key, tuple[float, float]] = {}
    for is_unit in (True, False):
        keys = [
            key
            for key, value in values.items()
            if value.without is not None
            and (single is not None and not key.is_diff and key in plan.unit_interval) == is_unit
        ]
        if not keys:
            continue
        centers = np.array([float(values[key].value) for key in keys])
        estimate = jackknife_interval(
            np.stack([np.asarray(values[key].without) for key in keys], axis=-1),
            centers,
            confidence_level,
            (0.0, 1.0) if is_unit else None,
            None if single is None else np.full(len(keys), max(single.num_originals, 2)),
        )
        found.update(
            zip(
                keys,
                zip(estimate.lower.tolist(), estimate.upper.tolist(), strict=True),
                strict=True,
            )
        )
    return found


def _bounded(value: Any, lower: float, upper: float) -> metrics_for_slice_pb2.BoundedValue:
    result = metrics_for_slice_pb2.BoundedValue()
    result.value.value, result.lower_bound.value, result.upper_bound.value = value, lower, upper
    return result


def validate(
    metrics: tuple[TfmaSlice, Mapping[Any, Any]], plan: EvaluationPlan
) -> validation_result_pb2.ValidationResult:
    """TFMA's own check of one slice against the EvalConfig's thresholds.

    Args:
        metrics: From `finish_slice`, `cross_slices` or TFMA's evaluator.
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
