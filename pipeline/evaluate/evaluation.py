"""What one evaluation does, settled once before its graph is built."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.pipeline.outputs.families import Family, families_of, spec_of
from fairflip.pipeline.score.class_sources import check_class_sources
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import (
    ANY,
    PROBABILITY,
    all_outputs,
    gives_several,
    has_scores,
    outputs_of,
    scale_of,
)


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """One evaluation, from the configuration and the columns of its data; see `prepare`.

    Attributes:
        config: The configuration; results go to its `output_dir`.
        models: What to score with; the first is the baseline. A model of `config` that
            has scored the pairs before stands here with its column of scores.
        families: What to count of the models' outputs.
        reads_classes: Whether scored pairs hold class scores, for metrics over classes.
        repeated: Names of the outputs whose answers to asking again scored pairs hold.
    """

    config: PipelineConfig
    models: tuple[ModelSpec, ...]
    families: tuple[Family, ...]
    reads_classes: bool
    repeated: tuple[str, ...] = ()

    @property
    def spec(self) -> StatisticsSpec:
        """What to count of the first family."""
        return self.families[0].spec

    @property
    def eval_configs(self) -> Mapping[str, Any]:
        """Those of all families."""
        return {n: config for family in self.families for n, config in family.eval_configs.items()}

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
            for output in outputs_of(model):
                # Of scores in the data, the second answers are read whatever is asked.
                is_repeated = output.name in self.repeated
                num_repeats = max(self.config.evaluation.repeats, 2) if is_repeated else 1
                for repeat in range(1, num_repeats + 1):
                    name = columns.classes if output.is_argmax else columns.score
                    names += _sides(name(output.name, repeat))
                if output.is_argmax:
                    names += _sides(columns.top_class(output.name))
            feature = model.score_feature
            if not feature or feature.startswith(columns.SCORE_PREFIX):
                names += _sides(columns.classes(model.name))
        return list(dict.fromkeys(names))


def _sides(name: str) -> list[str]:
    return [name, columns.counterfactual(name)]


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
        _read_back(model) if model.name in scored_before else model for model in config.models
    )
    families = families_of(config, models, available, has_labels)
    repeated = tuple(
        output.name
        for model in models
        if _is_repeated(model, config, available)
        for output in outputs_of(model)
    )
    if not config.evaluation.eval_config:
        is_written = writes_tfma_result(config)
        families = tuple(
            dataclasses.replace(family, eval_configs=dict.fromkeys(family.spec.models))
            # Of changes of class TFMA counts vector by vector, and so only where it is asked to.
            if is_written and (not family.is_argmax or config.output.tfma_result == "true")
            else family
            for family in families
        )
        return Evaluation(config, models, families, False, repeated)
    if any(family.is_argmax for family in families):
        raise ConfigurationError(
            "evaluation.eval_config: its metrics are of decisions at thresholds, and "
            f"models[{families[-1].outputs[0].model}].decision is 'argmax'; evaluate such a model "
            "without an EvalConfig"
        )
    # These import TFMA, which only the user's EvalConfig needs before anything is counted.
    from fairflip.pipeline.outputs import eval_configs as tfma_configs

    own = tfma_configs.load_eval_config(config.evaluation.eval_config)
    reads_classes, widened = False, []
    for family in families:
        # The user's metrics may need thresholds and slices besides those of the configuration.
        spec = tfma_configs.widened(
            family.spec, list(tfma_configs.eval_configs(family.spec, own).values())
        )
        eval_configs = tfma_configs.eval_configs(spec, own)
        reads_classes |= tfma_configs.reads_classes(eval_configs, spec)
        widened.append(dataclasses.replace(family, spec=spec, eval_configs=eval_configs))
    if reads_classes:
        check_class_sources(models, available)
    return Evaluation(config, models, tuple(widened), reads_classes, repeated)


def _read_back(model: ModelSpec) -> ModelSpec:
    """The same model with the scores that an earlier step left in the data."""
    read = ModelSpec(
        name=model.name,
        output_names=model.output_names,
        output_name=model.output_name,
        decision=model.decision,
        # What were logits have become probabilities.
        score_scale=ANY if scale_of(model) == ANY else PROBABILITY,
    )
    outputs = outputs_of(model)
    if outputs[0].is_argmax:
        read.output_names[:] = outputs[0].classes
        read.score_feature = columns.classes(model.name)
    elif gives_several(model):
        read.output_names[:] = [output.output for output in outputs]
        read.score_features.extend(columns.score(output.name) for output in outputs)
    else:
        read.score_feature = columns.score(model.name)
    return read


def _is_repeated(model: ModelSpec, config: PipelineConfig, available: Collection[str]) -> bool:
    """Whether a model is asked several times for each text, or was, as its scores show."""
    if not has_scores(model):
        return config.evaluation.repeats > 1
    feature = model.score_feature or model.score_features[0]
    return columns.repeated(feature, 2) in available


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
    """What a configuration says is counted of models of one score each.

    Args:
        config: Complete; its models are those to count, the baseline first.
        has_labels: Whether the data has the column of labels.
    """
    label = config.data.label_feature if has_labels else None
    return spec_of(config, all_outputs(config.models), label)
