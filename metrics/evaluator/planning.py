"""Which metrics of an EvalConfig can be computed from pair statistics, and how."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable
from typing import Any

from tensorflow_model_analysis.metrics import (
    confusion_matrix_metrics,
    metric_specs,
    metric_types,
)
from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.evaluator.eval_configs import (
    add_metric,
    has_fairness_indicators,
    with_defaults,
    without_metrics,
)
from fairflip.metrics.evaluator.metric_parts import (
    MetricParts,
    accuracy_values,
    fairness_rates,
    flip_values,
    interpolated_curve,
    metric_parts,
)
from fairflip.metrics.evaluator.plan import (
    Area,
    ConfusionRate,
    ControlRate,
    Counted,
    Derivation,
    EvaluationPlan,
    IdValue,
    PairRate,
)
from fairflip.metrics.evaluator.vector_metrics import CLASSES, SCORES, vectors_read
from fairflip.metrics.flips import metric_names
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.tfma.control_metric import ControlMetric
from fairflip.protos.errors import ConfigurationError

#: Rates whose interval the report shows too, by metric and value: what flips (or
#: is positive) and among what. The evaluator gives them the same interval.
PAIR_RATES = {
    "FlipRate": {
        metric_names.OVERALL: ("flips", "pairs"),
        metric_names.NEGATIVE_TO_POSITIVE: ("negative_to_positive", "pairs"),
        metric_names.POSITIVE_TO_NEGATIVE: ("positive_to_negative", "pairs"),
    },
    "ConditionalFlipRate": {
        metric_names.NEGATIVE_TO_POSITIVE_GIVEN_NEGATIVE: ("negative_to_positive", "negative"),
        metric_names.POSITIVE_TO_NEGATIVE_GIVEN_POSITIVE: ("positive_to_negative", "positive"),
    },
}
# Metrics whose values are counts; all others that are supported lie in [0, 1].
_COUNTS = (
    confusion_matrix_metrics.TruePositives,
    confusion_matrix_metrics.TrueNegatives,
    confusion_matrix_metrics.FalsePositives,
    confusion_matrix_metrics.FalseNegatives,
    confusion_matrix_metrics.PositiveLikelihoodRatio,
    confusion_matrix_metrics.NegativeLikelihoodRatio,
    confusion_matrix_metrics.DiagnosticOddsRatio,
    confusion_matrix_metrics.MatthewsCorrelationCoefficient,
    confusion_matrix_metrics.Informedness,
    confusion_matrix_metrics.Markedness,
)


def plan_evaluation(eval_config: config_pb2.EvalConfig, spec: StatisticsSpec) -> EvaluationPlan:
    """Splits an EvalConfig, for statistics counted with `spec`.

    Args:
        eval_config: Any EvalConfig whose models are among those of `spec`.
        spec: What the statistics hold; see `required_spec`.

    Returns:
        The plan. A metric goes to the rest when it is of a kind unknown here, or
        uses thresholds, models or columns that the statistics do not have. Plans are
        kept, as each step of a graph asks for its plan by itself.
    """
    return _plan(eval_config.SerializeToString(deterministic=True), spec)


@functools.lru_cache(maxsize=16)
def _plan(eval_config: bytes, spec: StatisticsSpec) -> EvaluationPlan:
    whole = with_defaults(config_pb2.EvalConfig.FromString(eval_config))
    rest = without_metrics(whole)
    vectors = without_metrics(whole)
    # TFMA would take a vector for one example; small slices are left out afterwards.
    vectors.options.ClearField("min_slice_size")
    classes = without_metrics(vectors)
    configs = {None: rest, SCORES: vectors, CLASSES: classes}
    rows: dict[Any, Counted] = {}
    flips, others = _Collected(), _Collected()
    rates: dict[metric_types.MetricKey, ConfusionRate] = {}
    areas: dict[metric_types.MetricKey, Area] = {}
    accuracies: dict[metric_types.MetricKey, Counted] = {}
    cross_slice: dict[Any, metric_types.CrossSliceMetricComputation] = {}
    unit: set[metric_types.MetricKey] = set()
    pair_rates: dict[metric_types.MetricKey, PairRate] = {}
    id_values: dict[metric_types.MetricKey, IdValue] = {}
    controls: dict[metric_types.MetricKey, ControlRate] = {}
    for metrics_spec, config, instance, parts, computations in _metrics(whole, spec):
        if isinstance(instance, ControlMetric) and parts is None:
            raise ConfigurationError(
                f"{instance.prefix}: batches are counted by the weights, the IDs, the marks and "
                "the scores of the scored pairs; give the metric these, or use TFMA's evaluator"
            )
        if parts is None or not _has(spec, parts.counted):
            add_metric(configs[vectors_read(computations, whole, spec)], metrics_spec, config)
            continue
        no_unit = (*_COUNTS, ControlMetric)
        if not isinstance(instance, no_unit) and config.class_name != "FlipCount":
            unit.update(key for computation in parts.derived for key in computation.keys)
        for computation in parts.cross_slice:
            cross_slice.setdefault(computation, computation)
        # What the values are computed from decides how; see `fairflip.metrics.evaluator.values`.
        is_fairness = config.class_name == "FairnessIndicators"
        if parts.kinds == {"controls"}:
            is_excess = config.class_name == "ExcessFlipRate"
            for key, value, threshold, part in flip_values(parts):
                controls[key] = ControlRate(is_excess, value, threshold, part)
        elif parts.kinds == {"rows"}:
            rows.update({part.keys: part for part in parts.counted})
        elif parts.kinds == {"flips"}:
            flips.add(parts)
            for key, value, threshold, part in flip_values(parts):
                if rate := PAIR_RATES.get(config.class_name, {}).get(value):
                    pair_rates[key] = PairRate(*rate, threshold, part)
                if value in metric_names.EXAMPLES_IDS_VALUES:
                    id_values[key] = IdValue(value, threshold, part)
        elif is_fairness and (known := fairness_rates(parts, instance)):
            rates.update(known)
        elif curve := interpolated_curve(instance):
            areas.update({key: Area(curve, *source) for key, *source in parts.values})
        else:
            others.add(parts)
            accuracies.update(accuracy_values(parts, instance))
    return EvaluationPlan(
        eval_config=whole,
        rest_config=rest,
        vector_config=vectors,
        class_config=classes,
        rows=tuple(rows.values()),
        flips=flips.derivation(),
        rates=rates,
        areas=areas,
        others=others.derivation(),
        accuracies=accuracies,
        cross_slice=tuple(cross_slice.values()),
        without_interval=metric_specs.metric_keys_to_skip_for_confidence_intervals(
            whole.metrics_specs, eval_config=whole
        ),
        unit_interval=frozenset(unit),
        pair_rates=pair_rates,
        id_values=id_values,
        control_rates=controls,
        has_thresholds=bool(
            metric_specs.metric_thresholds_from_metrics_specs(
                whole.metrics_specs, eval_config=whole
            )
        ),
    )


class _Collected:
    """Parts of several metrics; of equal ones the first stands for all, as in TFMA."""

    def __init__(self) -> None:
        self._counted: dict[Any, Counted] = {}
        self._derived: dict[Any, metric_types.DerivedMetricComputation] = {}

    def add(self, parts: MetricParts) -> None:
        for part in parts.counted:
            self._counted.setdefault(part.keys, part)
        for computation in parts.derived:
            self._derived.setdefault(computation, computation)

    def derivation(self) -> Derivation:
        return Derivation(tuple(self._counted.values()), tuple(self._derived.values()))


def required_spec(eval_config: config_pb2.EvalConfig, spec: StatisticsSpec) -> StatisticsSpec:
    """`spec` with whatever else the EvalConfig's metrics and slices need.

    Args:
        eval_config: Any EvalConfig.
        spec: What is to be counted anyway; its first threshold stays the first.

    Returns:
        The spec to count with, so that as many metrics as possible need no path
        of their own.
    """
    whole = with_defaults(eval_config)
    thresholds, num_ids = list(spec.thresholds), spec.num_example_ids
    for _, _, _, parts, _ in _metrics(whole, spec):
        for counted in parts.counted if parts else ():
            thresholds += [t for t in counted.thresholds if t not in thresholds]
            num_ids = max(num_ids, counted.num_ids)
    slices = list(spec.slices)
    specs = list(whole.slicing_specs)
    for cross in whole.cross_slicing_specs:
        specs += [cross.baseline_spec, *cross.slicing_specs]
    for slicing_spec in specs:
        features = tuple(sorted({*slicing_spec.feature_keys, *slicing_spec.feature_values}))
        if features and features not in slices:
            slices.append(features)
    return dataclasses.replace(
        spec, thresholds=tuple(thresholds), slices=tuple(slices), num_example_ids=num_ids
    )


def _metrics(whole: config_pb2.EvalConfig, spec: StatisticsSpec) -> Any:
    """Yields (metrics spec, metric config, instance, parts or None, computations or none)."""
    has_fairness_indicators()
    for metrics_spec in whole.metrics_specs:
        for config in metrics_spec.metrics:
            instance = metric_specs.metric_instance(config)
            parts, computations = None, []
            if not (
                metrics_spec.query_key
                or metrics_spec.output_names
                or metrics_spec.output_weights
                or metrics_spec.HasField("binarize")
                or metrics_spec.HasField("aggregate")
            ):
                single = config_pb2.MetricsSpec()
                single.CopyFrom(metrics_spec)
                del single.metrics[:]
                single.metrics.append(config)
                computations = metric_specs.to_computations([single], eval_config=whole)
                parts = metric_parts(computations, instance, whole, spec)
            yield metrics_spec, config, instance, parts, computations


def _has(spec: StatisticsSpec, counted: Iterable[Counted]) -> bool:
    return all(
        set(part.thresholds) <= set(spec.thresholds) and part.num_ids <= spec.num_example_ids
        for part in counted
    )
