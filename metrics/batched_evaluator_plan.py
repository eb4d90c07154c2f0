"""Which metrics of an EvalConfig can be computed from pair statistics, and how.

TFMA splits a metric in two: combiners that count, and derived computations that
turn counts into values. The batched evaluator replaces only the counting. What
it supplies for each kind of combiner is named here; the derived computations are
the libraries' own.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Iterable
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

from fairflip.metrics import metric_names, slicing
from fairflip.metrics.confusion import NUM_AUC_THRESHOLDS
from fairflip.metrics.pair_combiner import CountPairs, FlipStatistic
from fairflip.metrics.pair_statistics_spec import StatisticsSpec
from fairflip.protos import columns
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


@dataclasses.dataclass(frozen=True)
class Counted:
    """One value that TFMA would have a combiner count.

    Attributes:
        kind: "rows", "confusion", "scores" or "flips".
        keys: The keys that the combiner fills, or for "scores" those of the
            matrices that TFMA derives from it.
        model: Index of the model in the statistics.
        example_weighted: Whether example weights apply.
        thresholds: Of "confusion" and "flips".
        num_ids: Of "flips": the most IDs in a sample.
        leaves_out_marked: Of "flips": whether marked pairs stay apart.
        empty: Of "confusion": what the combiner gives for no examples.
    """

    kind: str
    keys: tuple[metric_types.MetricKey, ...]
    model: int
    example_weighted: bool
    thresholds: tuple[float, ...] = ()
    num_ids: int = 0
    leaves_out_marked: bool = True
    empty: Any = dataclasses.field(default=None, compare=False, repr=False)


@dataclasses.dataclass(frozen=True)
class PairRate:
    """Where the interval of one value comes from; names of `report_slices.BucketSums`."""

    numerator: str
    denominator: str
    threshold: float
    counted: Counted


@dataclasses.dataclass(frozen=True)
class EvaluationPlan:
    """The split of an EvalConfig into what is counted in batches and the rest.

    Attributes:
        eval_config: The whole, with TFMA's defaults filled in.
        rest_config: The metrics that only TFMA's own path computes.
        counted: What to supply.
        derived: TFMA's derived computations, in order.
        cross_slice: TFMA's computations across slices.
        without_interval: Keys that never have an interval.
        unit_interval: Keys of values in [0, 1].
        pair_rates: Keys whose interval is that of the report.
        has_thresholds: Whether there is anything to validate.
    """

    eval_config: config_pb2.EvalConfig
    rest_config: config_pb2.EvalConfig
    counted: tuple[Counted, ...]
    derived: tuple[metric_types.DerivedMetricComputation, ...]
    cross_slice: tuple[metric_types.CrossSliceMetricComputation, ...]
    without_interval: frozenset[metric_types.MetricKey]
    unit_interval: frozenset[metric_types.MetricKey]
    pair_rates: dict[metric_types.MetricKey, PairRate]
    has_thresholds: bool

    @property
    def has_rest(self) -> bool:
        """Whether some metric needs TFMA's own path."""
        return any(spec.metrics for spec in self.rest_config.metrics_specs)

    @property
    def baseline(self) -> str | None:
        """Name of the model that others are compared with, if any."""
        names = [spec.name for spec in self.eval_config.model_specs if spec.is_baseline]
        return names[0] if names else None


@dataclasses.dataclass
class _Parts:
    """What one metric consists of, while a plan is made."""

    counted: list[Counted]
    derived: list[metric_types.DerivedMetricComputation]
    cross_slice: list[metric_types.CrossSliceMetricComputation]


def plan_evaluation(eval_config: config_pb2.EvalConfig, spec: StatisticsSpec) -> EvaluationPlan:
    """Splits an EvalConfig, for statistics counted with `spec`.

    Args:
        eval_config: Any EvalConfig whose models are among those of `spec`.
        spec: What the statistics hold; see `required_spec`.

    Returns:
        The plan. A metric goes to the rest when it is of a kind unknown here, or
        uses thresholds, models or columns that the statistics do not have.
    """
    whole = _with_defaults(eval_config)
    rest = config_pb2.EvalConfig()
    rest.CopyFrom(whole)
    del rest.metrics_specs[:]
    counted: dict[Any, Counted] = {}
    derived: dict[Any, metric_types.DerivedMetricComputation] = {}
    cross_slice: dict[Any, metric_types.CrossSliceMetricComputation] = {}
    unit: set[metric_types.MetricKey] = set()
    pair_rates: dict[metric_types.MetricKey, PairRate] = {}
    for metrics_spec, config, instance, parts in _metrics(whole, spec):
        if parts is None or not _has(spec, parts.counted):
            if not rest.metrics_specs or _differs(rest.metrics_specs[-1], metrics_spec):
                added = rest.metrics_specs.add()
                added.CopyFrom(metrics_spec)
                del added.metrics[:]
            rest.metrics_specs[-1].metrics.append(config)
            continue
        for part in parts.counted:
            counted.setdefault((part.kind, part.keys), part)
        for computation in parts.derived:
            # As TFMA does: the first of equal computations stands for all.
            derived.setdefault(computation, computation)
            if not isinstance(instance, _COUNTS) and config.class_name != "FlipCount":
                unit.update(computation.keys)
        for computation in parts.cross_slice:
            cross_slice.setdefault(computation, computation)
        pair_rates.update(_pair_rates(config.class_name, parts))
    return EvaluationPlan(
        eval_config=whole,
        rest_config=rest,
        counted=tuple(counted.values()),
        derived=tuple(derived.values()),
        cross_slice=tuple(cross_slice.values()),
        without_interval=metric_specs.metric_keys_to_skip_for_confidence_intervals(
            whole.metrics_specs, eval_config=whole
        ),
        unit_interval=frozenset(unit),
        pair_rates=pair_rates,
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
    for _, _, _, parts in _metrics(whole, spec):
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


def default_eval_config(
    spec: StatisticsSpec,
    model: str,
    thresholds: Iterable[float] | None = None,
    confidence_intervals: bool = True,
) -> config_pb2.EvalConfig:
    """The EvalConfig of one model's TFMA result in a run.

    Args:
        spec: What is counted.
        model: Name of the model.
        thresholds: Of the Fairness Indicators rates and flips; default: those of `spec`.
        confidence_intervals: Whether values have intervals.

    Returns:
        Flip metrics, counts, and, where there are labels, AUC, accuracy and the
        Fairness Indicators rates (with fairness-indicators installed).
    """
    chosen = [float(t) for t in (spec.thresholds if thresholds is None else thresholds)]
    config = config_pb2.EvalConfig(
        model_specs=[
            config_pb2.ModelSpec(
                name=model,
                label_key=spec.label_column or "",
                prediction_key=columns.score(model),
                example_weight_key=spec.weight_column or "",
            )
        ],
        slicing_specs=[
            config_pb2.SlicingSpec(),
            *(config_pb2.SlicingSpec(feature_keys=features) for features in spec.slices),
        ],
    )
    config.options.compute_confidence_intervals.value = confidence_intervals
    config.options.min_slice_size.value = 1
    pair: dict[str, Any] = {
        "counterfactual_prediction_key": columns.counterfactual_score(model),
        "thresholds": chosen,
    }
    ids = {
        "example_id_key": spec.id_column,
        "example_ids_count": spec.num_example_ids,
        "seed": spec.seed,
    }
    wanted: list[tuple[str, str, dict[str, Any]]] = [
        ("ExampleCount", "", {}),
        ("FlipRate", "fairflip.metrics", {**pair, **ids}),
        ("FlipCount", "fairflip.metrics", {**pair, **ids}),
        ("ConditionalFlipRate", "fairflip.metrics", pair),
        ("PositiveRate", "fairflip.metrics", pair),
    ]
    if spec.label_column:
        wanted += [
            ("AUC", "", {}),
            ("AUCPrecisionRecall", "", {}),
            ("BinaryAccuracy", "", {"threshold": chosen[0]}),
        ]
        if _has_fairness_indicators():
            wanted.append(("FairnessIndicators", "", {"thresholds": chosen}))
    metrics = config.metrics_specs.add()
    for name, module, arguments in wanted:
        metrics.metrics.add(
            class_name=name,
            module=module,
            config=json.dumps(arguments, sort_keys=True) if arguments else "",
        )
    return config


@functools.cache
def _has_fairness_indicators() -> bool:
    try:
        import fairness_indicators.fairness_indicators_metrics  # noqa: F401 (registers it)
    except ImportError:
        return False
    return True


def _with_defaults(eval_config: config_pb2.EvalConfig) -> config_pb2.EvalConfig:
    if len(eval_config.model_specs) < 2:
        whole = config_pb2.EvalConfig()
        whole.CopyFrom(eval_config)
        return whole
    return config_util.update_eval_config_with_defaults(
        eval_config, has_baseline=any(spec.is_baseline for spec in eval_config.model_specs)
    )


def _metrics(whole: config_pb2.EvalConfig, spec: StatisticsSpec) -> Any:
    """Yields (metrics spec, metric config, instance, parts or None) for each metric."""
    _has_fairness_indicators()
    for metrics_spec in whole.metrics_specs:
        for config in metrics_spec.metrics:
            instance = metric_specs.metric_instance(config)
            parts = None
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
                parts = _parts(
                    metric_specs.to_computations([single], eval_config=whole),
                    instance,
                    whole,
                    spec,
                )
            yield metrics_spec, config, instance, parts


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
    model = _model_index(key.model_name, whole, spec)
    if model is None or key.sub_key or key.aggregation_type or key.output_name:
        return None
    weighted = bool(key.example_weighted)
    combiner = computation.combiner
    if isinstance(combiner, CountPairs):
        statistic, reader = combiner.statistic, combiner.reader
        if not isinstance(statistic, FlipStatistic):
            return None
        known = (
            reader.feature_key == columns.counterfactual_score(spec.models[model])
            and reader.id_key in (None, spec.id_column)
            and reader.legitimate_key in (None, columns.FLIP_IS_LEGITIMATE)
            and (statistic.num_ids == 0 or statistic.seed == spec.seed)
        )
        if not known:
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


def _model_index(model_name: str, whole: config_pb2.EvalConfig, spec: StatisticsSpec) -> int | None:
    # TFMA keys a single model by "", whatever its name.
    name = model_name or (whole.model_specs[0].name if len(whole.model_specs) == 1 else "")
    if not name and len(spec.models) == 1:
        return 0
    return spec.models.index(name) if name in spec.models else None


def _has(spec: StatisticsSpec, counted: Iterable[Counted]) -> bool:
    return all(
        set(part.thresholds) <= set(spec.thresholds) and part.num_ids <= spec.num_example_ids
        for part in counted
    )


def _differs(left: config_pb2.MetricsSpec, right: config_pb2.MetricsSpec) -> bool:
    """Whether two specs differ in more than their metrics."""
    first, second = config_pb2.MetricsSpec(), config_pb2.MetricsSpec()
    first.CopyFrom(left)
    second.CopyFrom(right)
    del first.metrics[:], second.metrics[:]
    return first != second


def _pair_rates(class_name: str, parts: _Parts) -> dict[metric_types.MetricKey, PairRate]:
    found = {}
    for counted in parts.counted if class_name in PAIR_RATES else ():
        model_name = counted.keys[0].model_name
        suffixes = metric_names.threshold_suffix(counted.thresholds)
        for computation in parts.derived:
            for key in computation.keys:
                value, _, suffix = key.name.rpartition("/")[2].partition("@")
                source = PAIR_RATES[class_name].get(value)
                weighted = bool(key.example_weighted) == counted.example_weighted
                if source and weighted and key.model_name == model_name:
                    threshold = counted.thresholds[suffixes.index("@" + suffix)]
                    found[key] = PairRate(*source, threshold, counted)
    return found


def slices_of(eval_config: config_pb2.EvalConfig) -> tuple[tuple[str, ...], ...]:
    """The features of each slice that an EvalConfig asks for, without Overall."""
    found = []
    for slicing_spec in eval_config.slicing_specs:
        features = sorted({*slicing_spec.feature_keys, *slicing_spec.feature_values})
        if features:
            found.append(",".join(features))
    try:
        return slicing.parse_slices(found)
    except ConfigurationError as error:
        raise ConfigurationError(f"slicing_specs of the EvalConfig: {error}") from error
