"""Outputs of models that compare with each other, and are counted together.

All models of one score each are one family, whose first is the baseline. Where a model gives
several, those of one name are a family, "mine/insult" and "theirs/insult", and so are all
models that decide by argmax.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from fairflip.metrics.statistics.spec import StatisticsSpec
from fairflip.protos import columns
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.forms.model_specs import (
    ANY,
    ModelOutput,
    all_outputs,
    gives_several,
    outputs_of,
)
from fairflip.protos.report_pb2 import RunReport, SecondLook

#: The family of models that decide by argmax.
CLASSES = "argmax"


@dataclasses.dataclass(frozen=True)
class Family:
    """What is counted together.

    Attributes:
        name: Of the output; "" where the run has this family alone.
        outputs: The first is the baseline.
        spec: What to count of them. Of models that decide by argmax: their names, and the
            one threshold between a class that stays and one that changes.
        class_label: Of argmax: the column with the class of each original; "" without one.
        eval_configs: Name of an output -> the EvalConfig of its TFMA result, None: the default.
            Outputs that get no such result are left out.
    """

    name: str
    outputs: tuple[ModelOutput, ...]
    spec: StatisticsSpec
    class_label: str = ""
    eval_configs: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def is_argmax(self) -> bool:
        """Whether its decisions are classes."""
        return self.outputs[0].is_argmax


def families_of(
    config: PipelineConfig,
    models: Sequence[ModelSpec],
    available: Collection[str],
    has_labels: bool,
) -> tuple[Family, ...]:
    """The families of a run, in the order of their first outputs.

    Args:
        config: Complete.
        models: What the run scores with; their outputs are known.
        available: The columns of the data.
        has_labels: Whether one of them is `label_feature`, as 0 or 1.
    """
    outputs = all_outputs(models)
    has_several = any(map(gives_several, models))
    members: dict[str, list[ModelOutput]] = {}
    for output in outputs:
        name = (CLASSES if output.is_argmax else output.output) if has_several else ""
        members.setdefault(name, []).append(output)
    of_output = {each.output: each.column for each in config.data.output_labels}
    families = []
    for name, family in members.items():
        label = config.data.label_feature if has_labels else None
        if family[0].is_argmax:
            label = class_label(config, models)
            families.append(
                Family(
                    name if len(members) > 1 else "",
                    tuple(family),
                    spec_of(config, family, None),
                    label if label in available else "",
                )
            )
            continue
        spec = spec_of(config, family, of_output.get(name, label))
        families.append(Family(name if has_several else "", tuple(family), spec))
    return tuple(families)


def label_columns(config: PipelineConfig, model: ModelSpec) -> list[str]:
    """Of each output of a model that decides at a threshold, the column with its label."""
    own = {each.output: each.column for each in config.data.output_labels}
    return [own.get(one.output, config.data.label_feature) for one in outputs_of(model)]


def class_label(config: PipelineConfig, models: Sequence[ModelSpec]) -> str:
    """The column that names the class of each original; "" where there is none.

    That of the models that decide by argmax, or where no model decides at a threshold, the
    label itself.
    """
    outputs = all_outputs(models)
    by_argmax = [output.model for output in outputs if output.is_argmax]
    for each in config.data.output_labels:
        if each.output in by_argmax:
            return each.column
    if by_argmax and len(by_argmax) == len(outputs):
        return config.data.label_feature
    return ""


def spec_of(
    config: PipelineConfig, outputs: Sequence[ModelOutput], label: str | None
) -> StatisticsSpec:
    """What is counted of outputs.

    Args:
        config: Complete.
        outputs: The first is the baseline.
        label: The column of the label; None: there is none.
    """
    evaluation, cluster = config.evaluation, config.evaluation.cluster_feature
    is_argmax = outputs[0].is_argmax
    return StatisticsSpec(
        models=tuple(output.name for output in outputs),
        thresholds=(0.5,) if is_argmax else tuple(evaluation.thresholds),
        slices=tuple(tuple(entry.split(",")) for entry in evaluation.slices),
        id_column=config.data.id_feature,
        label_column=label,
        weight_column=config.data.weight_feature or None,
        num_buckets=evaluation.num_buckets,
        seed=config.seed,
        num_example_ids=evaluation.num_example_ids,
        confidence_level=evaluation.confidence_level,
        min_slice_size=evaluation.min_slice_size,
        models_of_any_scale=tuple(
            output.name for output in outputs if is_argmax or output.scale == ANY
        ),
        cluster_column=columns.own(cluster) if cluster else None,
    )


def with_names(
    report: RunReport,
    outputs: Sequence[ModelOutput],
    second_looks: Iterable[tuple[str, SecondLook]],
) -> RunReport:
    """The models in the order of the configuration, each with what it is an output of."""
    by_name = {model.name: model for model in report.models}
    looks = dict(second_looks)
    models = []
    for output in outputs:
        model = by_name[output.name]
        model.model, model.output, model.decision = output.model, output.output, output.decision
        if output.name in looks:
            model.second_look.CopyFrom(looks[output.name])
        models.append(model)
    named = RunReport(models=models)
    report.ClearField("models")
    report.MergeFrom(named)
    return report
