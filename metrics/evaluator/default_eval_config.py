"""What a run has TFMA's result of one model hold, where the user asks for nothing else."""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Iterable
from typing import Any

from tensorflow_model_analysis.proto import config_pb2

from fairflip.metrics.batches.spec import StatisticsSpec
from fairflip.metrics.tfma import registration
from fairflip.protos import columns

#: The module of the class `FairnessIndicators`; importing it makes TFMA know it.
FAIRNESS_INDICATORS = "fairness_indicators.fairness_indicators_metrics"


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
