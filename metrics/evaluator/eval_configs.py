"""EvalConfigs for TFMA: what a run takes where the user names none, and changes to any."""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Iterable
from typing import Any

from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils import config_util

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.metrics.tfma import registration
from fairflip.protos import columns

#: The module of the class `FairnessIndicators`; importing it makes TFMA know it.
FAIRNESS_INDICATORS = "fairness_indicators.fairness_indicators_metrics"


def default_eval_config(
    spec: StatisticsSpec,
    model: str,
    thresholds: Iterable[float] | None = None,
    confidence_intervals: bool = True,
    with_controls: bool = False,
) -> config_pb2.EvalConfig:
    """The EvalConfig of one model's TFMA result in a run.

    Args:
        spec: What is counted.
        model: Name of the model.
        thresholds: Of the Fairness Indicators rates and flips; default: those of `spec`.
        confidence_intervals: Whether values have intervals.
        with_controls: Whether any pair has a control.

    Returns:
        Flip metrics, rates of controls, counts, and, where there are labels, AUC, accuracy and the
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
        # Not this model's: a result may have its baseline beside it.
        "counterfactual_prediction_key": columns.counterfactual_score("{model}"),
        "thresholds": chosen,
        "flip_is_legitimate_key": columns.FLIP_IS_LEGITIMATE,
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
    if with_controls:
        own = {**pair, "example_id_key": spec.id_column}
        wanted += [
            (name, "fairflip.metrics", own) for name in ("ControlFlipRate", "ExcessFlipRate")
        ]
    if spec.label_column:
        if model not in spec.models_of_any_scale:
            wanted += [("AUC", "", {}), ("AUCPrecisionRecall", "", {})]
        wanted += [
            ("BinaryAccuracy", "", {"threshold": chosen[0]}),
        ]
        if has_fairness_indicators():
            wanted.append(("FairnessIndicators", FAIRNESS_INDICATORS, {"thresholds": chosen}))
    metrics = config.metrics_specs.add()
    for name, module, arguments in wanted:
        metrics.metrics.add(
            class_name=name,
            module=module,
            config=json.dumps(arguments, sort_keys=True) if arguments else "",
        )
    return config


def class_eval_config(spec: StatisticsSpec, model: str) -> config_pb2.EvalConfig:
    """The EvalConfig of the TFMA result of a model that decides by argmax.

    Args:
        spec: Names of columns and slices.
        model: Name of the model.

    Returns:
        The count of pairs, and MulticlassFlips with intervals: no metric of it has a threshold.
    """
    config = default_eval_config(spec, model, ())
    del config.metrics_specs[0].metrics[:]
    config.model_specs[0].label_key = ""
    config.model_specs[0].prediction_key = columns.classes(model)
    config.metrics_specs[0].metrics.add(class_name="ExampleCount")
    arguments = {
        "counterfactual_prediction_key": columns.counterfactual_classes("{model}"),
        "flip_is_legitimate_key": columns.FLIP_IS_LEGITIMATE,
    }
    config.metrics_specs[0].metrics.add(
        class_name="MulticlassFlips",
        module="fairflip.metrics",
        config=json.dumps(arguments, sort_keys=True),
    )
    return config


def leave_out_marked(metrics: Iterable[config_pb2.MetricConfig]) -> None:
    """Has metrics of pairs leave out those marked as legitimate, as the report does.

    Args:
        metrics: Changed in place, but those that name their `flip_is_legitimate_key`
            themselves, null included.
    """
    for metric in metrics:
        if metric.class_name in registration.METRIC_MODULES:
            arguments = json.loads(metric.config or "{}")
            arguments.setdefault("flip_is_legitimate_key", columns.FLIP_IS_LEGITIMATE)
            metric.config = json.dumps(arguments, sort_keys=True)


@functools.cache
def has_fairness_indicators() -> bool:
    """Whether fairness-indicators is installed; its metrics are then known to TFMA."""
    try:
        importlib.import_module(FAIRNESS_INDICATORS)  # registers it
    except ImportError:
        return False
    return True


def with_defaults(eval_config: config_pb2.EvalConfig) -> config_pb2.EvalConfig:
    """A copy that says what TFMA would take where nothing is said."""
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


def without_metrics(eval_config: config_pb2.EvalConfig) -> config_pb2.EvalConfig:
    """The same for TFMA's own path, which is given its metrics one by one."""
    copied = config_pb2.EvalConfig()
    copied.CopyFrom(eval_config)
    del copied.metrics_specs[:]
    options = copied.options
    if options.compute_confidence_intervals.value and not options.confidence_intervals.method:
        # TFMA's default, without which its evaluator computes no interval.
        options.confidence_intervals.method = config_pb2.ConfidenceIntervalOptions.JACKKNIFE
    return copied


def add_metric(
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
