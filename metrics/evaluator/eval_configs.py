"""EvalConfigs for TFMA: with its defaults filled in, and with some of the metrics."""

from __future__ import annotations

from tensorflow_model_analysis.proto import config_pb2
from tensorflow_model_analysis.utils import config_util

from fairflip.metrics.evaluator.default_eval_config import FAIRNESS_INDICATORS
from fairflip.metrics.tfma import registration


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
