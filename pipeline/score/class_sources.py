"""Where the class scores of a run's models come from, for metrics over classes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fairflip.pipeline.storage import filesystem
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import gives_several, sources_of

#: The metrics over classes, by class name.
CLASS_METRICS = ("MulticlassFlips",)


def class_feature(model: ModelSpec) -> str:
    """The column with the class scores of a model whose scores are in the data.

    Beside a run's `score.<name>` stands `classes.<name>`; beside a score of any other name
    `classes.` and the model's name.
    """
    feature = model.score_feature
    if feature.startswith(columns.SCORE_PREFIX):
        return columns.classes(feature.removeprefix(columns.SCORE_PREFIX))
    return columns.classes(model.name)


def may_read_classes(eval_config: str) -> bool:
    """Whether the user's EvalConfig names a metric over classes; found out without TFMA.

    What the run reads is settled when TFMA has read the file, see `tfma_configs`; until then
    columns of class scores are read where they are.

    Args:
        eval_config: Its path; "": there is none.
    """
    if not eval_config:
        return False
    return any(name.encode() in filesystem.read_bytes(eval_config) for name in CLASS_METRICS)


def check_class_sources(models: Sequence[ModelSpec], available: Collection[str]) -> None:
    """Refuses models without class scores, where a metric over classes is asked for.

    Whether a model that is loaded has several units is seen when it scores its first batch.

    Args:
        models: What the run scores with.
        available: The columns of class scores that its data has.

    Raises:
        ConfigurationError: A model has none, with the field and the cure.
    """
    problems = []
    for index, model in enumerate(models):
        asked = "evaluation.eval_config asks for a metric over classes, and"
        [source] = sources_of(model)
        if gives_several(model):
            problems.append(
                f"models[{index}].output_names: {asked} several scores of one model are read; name "
                "one with output_name, or leave the metric out"
            )
        if source not in ("path", "score_feature", "train"):
            problems.append(
                f"models[{index}].{source}: {asked} such a model gives one score for each record; "
                "give a .keras file or a SavedModel as its path, or the class scores in the data "
                "with score_feature"
            )
        if not model.score_feature:
            continue
        for name in (class_feature(model), columns.counterfactual(class_feature(model))):
            if name not in available:
                problems.append(
                    f"models[{index}].score_feature: {asked} the data has no column {name!r} "
                    f"beside {model.score_feature!r}; add it, a list with one number for each "
                    "class, or leave the metric out"
                )
    if problems:
        raise ConfigurationError(problems)
