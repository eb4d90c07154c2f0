"""The EvalConfigs of a run: ours for each model, and the metrics that the user asks for besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from google.protobuf import text_format
from tensorflow_model_analysis.proto import config_pb2 as tfma_config_pb2

from fairflip.metrics.evaluator.eval_configs import default_eval_config, leave_out_marked
from fairflip.metrics.evaluator.evaluator import required_spec
from fairflip.metrics.evaluator.planning import plan_evaluation
from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.score.class_sources import CLASS_METRICS
from fairflip.pipeline.storage import filesystem
from fairflip.protos import columns
from fairflip.protos.errors import ConfigurationError


def load_eval_config(path: str) -> tfma_config_pb2.EvalConfig | None:
    """The user's EvalConfig; None where there is none.

    Raises:
        ConfigurationError: The file is no EvalConfig as textproto.
    """
    if not path:
        return None
    text = filesystem.read_bytes(path).decode("utf-8")
    try:
        return text_format.Parse(text, tfma_config_pb2.EvalConfig())
    except text_format.ParseError as error:
        raise ConfigurationError(
            f"evaluation.eval_config: {path!r} is no tfma.EvalConfig as textproto: {error}"
        ) from error


def eval_configs(
    spec: StatisticsSpec, own: tfma_config_pb2.EvalConfig | None
) -> dict[str, tfma_config_pb2.EvalConfig]:
    """Model name -> the EvalConfig of its TFMA result.

    Args:
        spec: What is counted.
        own: The user's; its metrics (with their thresholds), slices and cross
            slices are added. Pairs marked as legitimate are left out of them, unless they
            name their `flip_is_legitimate_key`. Its model specs are replaced by the run's models; a
            candidate's result has the baseline beside it, so that thresholds on
            changes can be checked.
    """
    configs = {}
    for name in spec.models:
        config = default_eval_config(spec, name)
        if own is not None:
            for metrics in own.metrics_specs:
                added = config.metrics_specs.add()
                added.CopyFrom(metrics)
                del added.model_names[:]
                leave_out_marked(added.metrics)
            config.slicing_specs.extend(s for s in own.slicing_specs if _has_features(s))
            config.cross_slicing_specs.extend(own.cross_slicing_specs)
            if name != spec.models[0]:
                baseline = default_eval_config(spec, spec.models[0]).model_specs[0]
                baseline.is_baseline = True
                config.model_specs.append(baseline)
        configs[name] = config
    return configs


def reads_classes(configs: Mapping[str, tfma_config_pb2.EvalConfig], spec: StatisticsSpec) -> bool:
    """Whether the EvalConfigs have metrics over classes.

    Args:
        configs: From `eval_configs`.
        spec: From `widened`.

    Raises:
        ConfigurationError: Such a metric reads other columns than those of class scores.
    """
    any_reads_classes = False
    for config in configs.values():
        plan = plan_evaluation(config, spec)
        any_reads_classes |= bool(plan.class_config.metrics_specs)
        for metrics_spec in plan.rest_config.metrics_specs:
            for metric in metrics_spec.metrics:
                if metric.class_name in CLASS_METRICS:
                    raise ConfigurationError(
                        f"evaluation.eval_config: {metric.class_name} reads the class scores of "
                        "scored pairs and nothing else; set its counterfactual_prediction_key to "
                        f'"{columns.counterfactual_classes("{model}")}", its '
                        f"flip_is_legitimate_key to {columns.FLIP_IS_LEGITIMATE!r} or nothing, and "
                        "take query_key, output_names, binarize and aggregate from its metrics_spec"
                    )
    return any_reads_classes


def _has_features(slicing: tfma_config_pb2.SlicingSpec) -> bool:
    return bool(slicing.feature_keys or slicing.feature_values or slicing.slice_keys_sql)


def widened(spec: StatisticsSpec, configs: Sequence[tfma_config_pb2.EvalConfig]) -> StatisticsSpec:
    """`spec` with the thresholds and slices that the EvalConfigs need."""
    for config in configs:
        spec = required_spec(config, spec)
    return spec
