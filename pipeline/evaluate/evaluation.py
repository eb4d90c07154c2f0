"""What one evaluation does, settled once before its graph is built."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.score.class_sources import check_class_sources
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.forms.model_specs import ANY, PROBABILITY, scale_of


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """One evaluation, from the configuration and the columns of its data; see `prepare`.

    Attributes:
        config: The configuration; results go to its `output_dir`.
        models: What to score with; the first is the baseline. A model of `config` that
            has scored the pairs before stands here with its column of scores.
        spec: What to count.
        eval_configs: Model name -> the EvalConfig of its TFMA result; None: the default.
            Models that get no such result are left out.
        reads_classes: Whether scored pairs hold class scores, for metrics over classes.
        repeated_models: Names of the models whose answers to asking again scored pairs hold.
    """

    config: PipelineConfig
    models: tuple[ModelSpec, ...]
    spec: StatisticsSpec
    eval_configs: Mapping[str, Any]
    reads_classes: bool
    repeated_models: tuple[str, ...] = ()

    @property
    def held_out_terms(self) -> tuple[str, ...]:
        """Terms whose pairs the remediated model was not trained on, in a run that trains."""
        return tuple(self.config.remediation.held_out_terms)

    @property
    def output_dir(self) -> str:
        """The run's folder, or a step's folder inside it."""
        return self.config.output.output_dir

    @property
    def score_columns(self) -> list[str]:
        """Scores that an earlier step left in the pairs; `pairs/` holds none of them.

        Scores that are the data's own stay under their own name, and so do the class scores
        beside them.
        """
        names = []
        for model in self.config.models:
            # Of scores that are in the data, the second answers are read whatever is asked.
            is_repeated = model.name in self.repeated_models
            num_repeats = max(self.config.evaluation.repeats, 2) if is_repeated else 1
            for repeat in range(1, num_repeats + 1):
                names.append(columns.score(model.name, repeat))
                names.append(columns.counterfactual_score(model.name, repeat))
            feature = model.score_feature
            if not feature or feature.startswith(columns.SCORE_PREFIX):
                names += [columns.classes(model.name), columns.counterfactual_classes(model.name)]
        return names


def prepare(
    config: PipelineConfig,
    available: Collection[str],
    has_labels: bool,
    scored_before: Sequence[str] = (),
) -> Evaluation:
    """Settles what is scored and counted.

    Args:
        config: Complete; its models are those to evaluate, the baseline first.
        available: The columns that the data has.
        has_labels: Whether one of them is the label.
        scored_before: Names of models whose scores an earlier step left in the data.

    Raises:
        ConfigurationError: The user's EvalConfig is none, or asks for class scores that a
            model does not give.
    """
    models = tuple(
        ModelSpec(
            name=model.name,
            score_feature=columns.score(model.name),
            # What were logits have become probabilities.
            score_scale=ANY if scale_of(model) == ANY else PROBABILITY,
        )
        if model.name in scored_before
        else model
        for model in config.models
    )
    spec = statistics_spec(config, has_labels)
    repeated = tuple(model.name for model in models if _is_repeated(model, config, available))
    if not config.evaluation.eval_config:
        written = spec.models if writes_tfma_result(config) else ()
        return Evaluation(config, models, spec, dict.fromkeys(written), False, repeated)
    # These import TFMA, which only the user's EvalConfig needs before anything is counted.
    from fairflip.pipeline.evaluate import eval_configs as tfma_configs

    own = tfma_configs.load_eval_config(config.evaluation.eval_config)
    # The user's metrics may need thresholds and slices besides those of the configuration.
    spec = tfma_configs.widened(spec, list(tfma_configs.eval_configs(spec, own).values()))
    eval_configs = tfma_configs.eval_configs(spec, own)
    reads_classes = tfma_configs.reads_classes(eval_configs, spec)
    if reads_classes:
        check_class_sources(models, available)
    return Evaluation(config, models, spec, eval_configs, reads_classes, repeated)


def _is_repeated(model: ModelSpec, config: PipelineConfig, available: Collection[str]) -> bool:
    """Whether a model is asked several times for each text, or was, as its scores show."""
    if not model.score_feature:
        return config.evaluation.repeats > 1
    return columns.repeated(model.score_feature, 2) in available


def writes_tfma_result(config: PipelineConfig) -> bool:
    """Whether an evaluation writes TFMA's own result of each model.

    Importing TensorFlow and TFMA takes longer than evaluating scores that are there.
    """
    asked = config.output.tfma_result
    if asked in ("true", "false"):
        return asked == "true"
    return bool(config.evaluation.eval_config) or any(
        model.path or model.HasField("train") for model in config.models
    )


def statistics_spec(config: PipelineConfig, has_labels: bool) -> StatisticsSpec:
    """What a configuration says is counted.

    Args:
        config: Complete; its models are those to count, the baseline first.
        has_labels: Whether the data has the column of labels.
    """
    evaluation = config.evaluation
    cluster = evaluation.cluster_feature
    return StatisticsSpec(
        models=tuple(model.name for model in config.models),
        thresholds=tuple(evaluation.thresholds),
        slices=tuple(tuple(entry.split(",")) for entry in evaluation.slices),
        id_column=config.data.id_feature,
        label_column=config.data.label_feature if has_labels else None,
        weight_column=config.data.weight_feature or None,
        cluster_column=columns.own(cluster) if cluster else None,
        num_buckets=evaluation.num_buckets,
        seed=config.seed,
        num_example_ids=evaluation.num_example_ids,
        confidence_level=evaluation.confidence_level,
        min_slice_size=evaluation.min_slice_size,
        models_of_any_scale=tuple(model.name for model in config.models if scale_of(model) == ANY),
    )
