"""Which metrics of an EvalConfig can be computed from pair statistics, and how.

TFMA splits a metric in two: combiners that count, and derived computations that
turn counts into values. The batched evaluator replaces only the counting. What
it supplies for each kind of combiner is named here; the derived computations are
the libraries' own.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterable, Iterator
from typing import Any

from tensorflow_model_analysis.metrics import (
    binary_confusion_matrices,
    calibration_histogram,
    confusion_matrix_metrics,
    example_count,
    metric_specs,
    metric_types,
    metric_util,
)
from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils import config_util

from fairflip.metrics.batches.confusion import NUM_AUC_THRESHOLDS
from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.evaluator.default_eval_config import (
    FAIRNESS_INDICATORS,
    has_fairness_indicators,
)
from fairflip.metrics.evaluator.plan import Counted, EvaluationPlan, IdValue, PairRate
from fairflip.metrics.evaluator.vector_metrics import (
    CLASSES,
    SCORES,
    model_index,
    reads_columns,
    vectors_read,
)
from fairflip.metrics.flips import metric_names
from fairflip.metrics.tfma import registration
from fairflip.metrics.tfma.pair_combiner import CountPairs, FlipStatistic

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


@dataclasses.dataclass
class _Parts:
    """What one metric consists of, while a plan is made."""

    counted: list[Counted]
    derived: list[metric_types.DerivedMetricComputation]
    cross_slice: list[metric_types.CrossSliceMetricComputation]

    @property
    def is_flips(self) -> bool:
        """Whether all values come from counts of flips."""
        return all(part.kind == "flips" for part in self.counted)


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


def forget_plans() -> None:
    """Plans are made anew, as in a new process."""
    _plan.cache_clear()


@functools.lru_cache(maxsize=16)
def _plan(eval_config: bytes, spec: StatisticsSpec) -> EvaluationPlan:
    whole = _with_defaults(config_pb2.EvalConfig.FromString(eval_config))
    rest = _without_metrics(whole)
    vectors = _without_metrics(whole)
    # TFMA would take a vector for one example; small slices are left out afterwards.
    vectors.options.ClearField("min_slice_size")
    classes = _without_metrics(vectors)
    configs = {None: rest, SCORES: vectors, CLASSES: classes}
    counted: dict[Any, Counted] = {}
    derived: dict[Any, metric_types.DerivedMetricComputation] = {}
    cross_slice: dict[Any, metric_types.CrossSliceMetricComputation] = {}
    unit: set[metric_types.MetricKey] = set()
    pair_rates: dict[metric_types.MetricKey, PairRate] = {}
    exact: set[metric_types.MetricKey] = set()
    areas: dict[metric_types.MetricKey, str] = {}
    id_values: dict[metric_types.MetricKey, IdValue] = {}
    for metrics_spec, config, instance, parts, computations in _metrics(whole, spec):
        if parts is None or not _has(spec, parts.counted):
            _add_metric(configs[vectors_read(computations, whole, spec)], metrics_spec, config)
            continue
        for part in parts.counted:
            counted.setdefault((part.kind, part.keys), part)
        for computation in parts.derived:
            # As TFMA does: the first of equal computations stands for all.
            derived.setdefault(computation, computation)
            if not isinstance(instance, _COUNTS) and config.class_name != "FlipCount":
                unit.update(computation.keys)
            if config.class_name == "FairnessIndicators" or parts.is_flips:
                # Not what is derived on the way, such as matrices, which others read too.
                exact.update(k for k in computation.keys if not k.name.startswith("_"))
            if curve := _curve(instance):
                areas.update(dict.fromkeys(computation.keys, curve))
        for computation in parts.cross_slice:
            cross_slice.setdefault(computation, computation)
        for key, value, threshold, part in _at_thresholds(parts):
            if source := PAIR_RATES.get(config.class_name, {}).get(value):
                pair_rates[key] = PairRate(*source, threshold, part)
            if value in metric_names.EXAMPLES_IDS_VALUES:
                id_values[key] = IdValue(value, threshold, part)
    return EvaluationPlan(
        eval_config=whole,
        rest_config=rest,
        vector_config=vectors,
        class_config=classes,
        counted=tuple(counted.values()),
        derived=tuple(derived.values()),
        cross_slice=tuple(cross_slice.values()),
        without_interval=metric_specs.metric_keys_to_skip_for_confidence_intervals(
            whole.metrics_specs, eval_config=whole
        ),
        unit_interval=frozenset(unit),
        pair_rates=pair_rates,
        exact_on_arrays=frozenset(exact),
        areas=areas,
        id_values=id_values,
        has_thresholds=bool(
            metric_specs.metric_thresholds_from_metrics_specs(
                whole.metrics_specs, eval_config=whole
            )
        ),
    )


def required_spec(eval_config: config_pb2.EvalConfig, spec: StatisticsSpec) -> StatisticsSpec:
    """`spec` with whatever else the EvalConfig's metrics and slices need.

    Args:
        eval_config: Any EvalConfig.
        spec: What is to be counted anyway; its first threshold stays the first.

    Returns:
        The spec to count with, so that as many metrics as possible need no path
        of their own.
    """
    whole = _with_defaults(eval_config)
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


def _with_defaults(eval_config: config_pb2.EvalConfig) -> config_pb2.EvalConfig:
    whole = config_pb2.EvalConfig()
    whole.CopyFrom(eval_config)
    _name_modules(whole)
    if len(whole.model_specs) < 2:
        return whole
    return config_util.update_eval_config_with_defaults(
        whole, has_baseline=any(spec.is_baseline for spec in whole.model_specs)
    )


def _name_modules(eval_config: config_pb2.EvalConfig) -> None:
    """Says where metrics outside of TFMA are defined.

    TFMA's writers look classes up on workers, which have imported none of them.
    """
    modules = {
        **dict.fromkeys(registration.METRIC_MODULES, "fairflip.metrics"),
        "FairnessIndicators": FAIRNESS_INDICATORS,
    }
    for metrics_spec in eval_config.metrics_specs:
        for metric in metrics_spec.metrics:
            metric.module = metric.module or modules.get(metric.class_name, "")


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
                parts = _parts(computations, instance, whole, spec)
            yield metrics_spec, config, instance, parts, computations


def _parts(
    computations: metric_types.MetricComputations,
    instance: Any,
    whole: config_pb2.EvalConfig,
    spec: StatisticsSpec,
) -> _Parts | None:
    """What to supply for a metric's combiners; None where one is unknown."""
    parts = _Parts([], [], [])
    has_labels = spec.label_column is not None
    for computation in computations:
        if isinstance(computation, metric_types.CIDerivedMetricComputation):
            return None
        if isinstance(computation, metric_types.DerivedMetricComputation):
            parts.derived.append(computation)
        elif isinstance(computation, metric_types.CrossSliceMetricComputation):
            parts.cross_slice.append(computation)
        else:
            counted = _counted(computation, instance, whole, spec)
            if counted is None or (counted.kind in ("confusion", "scores") and not has_labels):
                return None
            parts.counted.append(counted)
    # Matrices from the score histogram are supplied, and need not be derived.
    supplied = {key for part in parts.counted if part.kind == "scores" for key in part.keys}
    derived = [d for d in parts.derived if not supplied.intersection(d.keys)]
    if supplied and len(derived) == len(parts.derived):
        return None  # Matrices at other thresholds than TFMA's own for AUC.
    parts.derived = derived
    return parts


def _counted(
    computation: metric_types.MetricComputation,
    instance: Any,
    whole: config_pb2.EvalConfig,
    spec: StatisticsSpec,
) -> Counted | None:
    key = computation.keys[0]
    model = model_index(key.model_name, whole, spec)
    if model is None or key.sub_key or key.aggregation_type or key.output_name:
        return None
    weighted = bool(key.example_weighted)
    combiner = computation.combiner
    if isinstance(combiner, CountPairs):
        statistic, reader = combiner.statistic, combiner.reader
        if not isinstance(statistic, FlipStatistic):
            return None
        is_same_sample = statistic.num_ids == 0 or statistic.seed == spec.seed
        if not is_same_sample or not reads_columns(reader, whole, spec):
            return None
        return Counted(
            "flips",
            tuple(computation.keys),
            model,
            weighted,
            statistic.thresholds,
            statistic.num_ids,
            reader.legitimate_key is not None,
        )
    if isinstance(instance, example_count.ExampleCount):
        return Counted("rows", tuple(computation.keys), model, weighted)
    is_confusion = isinstance(instance, confusion_matrix_metrics.ConfusionMatrixMetricBase) or type(
        instance
    ).__name__ in ("FairnessIndicators", "ConfusionMatrixAtThresholds")
    if not is_confusion:
        return None
    named = {"model_name": key.model_name, "example_weighted": key.example_weighted}
    if key == calibration_histogram.calibration_histogram(**named)[-1].keys[-1]:
        if spec.weight_column and not weighted:
            return None  # The score histograms have weights only.
        matrices = binary_confusion_matrices.binary_confusion_matrices(
            num_thresholds=NUM_AUC_THRESHOLDS, **named
        )
        return Counted("scores", tuple(matrices[-1].keys), model, weighted)
    plain_name = metric_util.generate_private_name_from_arguments(
        binary_confusion_matrices.BINARY_CONFUSION_MATRICES_NAME
    ).rstrip(":")
    settings = key.name.removeprefix(plain_name)
    if settings == key.name or "=" in settings.replace("thresholds=", "", 1):
        return None
    # An empty accumulator has an entry for each threshold.
    empty = combiner.extract_output(combiner.create_accumulator())[key]
    thresholds = tuple(float(t) for t in empty)
    return Counted("confusion", (key,), model, weighted, thresholds, empty=empty)


def _has(spec: StatisticsSpec, counted: Iterable[Counted]) -> bool:
    return all(
        set(part.thresholds) <= set(spec.thresholds) and part.num_ids <= spec.num_example_ids
        for part in counted
    )


def _without_metrics(eval_config: config_pb2.EvalConfig) -> config_pb2.EvalConfig:
    """The same for TFMA's own path, which is given its metrics one by one."""
    copied = config_pb2.EvalConfig()
    copied.CopyFrom(eval_config)
    del copied.metrics_specs[:]
    options = copied.options
    if options.compute_confidence_intervals.value and not options.confidence_intervals.method:
        # TFMA's default, without which its evaluator computes no interval.
        options.confidence_intervals.method = config_pb2.ConfidenceIntervalOptions.JACKKNIFE
    return copied


def _add_metric(
    eval_config: config_pb2.EvalConfig,
    metrics_spec: config_pb2.MetricsSpec,
    metric: config_pb2.MetricConfig,
) -> None:
    """Adds a metric, in a spec like the one that it comes from."""
    specs = eval_config.metrics_specs
    if not specs or _differs(specs[-1], metrics_spec):
        specs.add().CopyFrom(metrics_spec)
        del specs[-1].metrics[:]
    specs[-1].metrics.append(metric)


def _differs(left: config_pb2.MetricsSpec, right: config_pb2.MetricsSpec) -> bool:
    """Whether two specs differ in more than their metrics."""
    first, second = config_pb2.MetricsSpec(), config_pb2.MetricsSpec()
    first.CopyFrom(left)
    second.CopyFrom(right)
    del first.metrics[:], second.metrics[:]
    return first != second


def _at_thresholds(
    parts: _Parts,
) -> Iterator[tuple[metric_types.MetricKey, str, float, Counted]]:
    """(key, name of the value, threshold, what it is counted from) of flip metrics."""
    for counted in parts.counted:
        if counted.kind != "flips":
            continue
        suffixes = dict(
            zip(metric_names.threshold_suffix(counted.thresholds), counted.thresholds, strict=True)
        )
        own = counted.keys[0]
        for computation in parts.derived:
            for key in computation.keys:
                value, _, suffix = key.name.rpartition("/")[2].partition("@")
                if (key.model_name, bool(key.example_weighted)) == (
                    own.model_name,
                    counted.example_weighted,
                ):
                    yield key, value, suffixes["@" + suffix], counted


def _curve(instance: Any) -> str | None:
    """The curve of an area that is interpolated."""
    if not isinstance(instance, confusion_matrix_metrics.AUC):
        return None
    settings = instance.kwargs
    is_plain = settings["summation_method"].lower() == "interpolation"
    return str(settings["curve"]).upper() if is_plain else None
