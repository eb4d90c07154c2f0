"""Names outputs that only a model, or the data with its scores, can name.

`--output NAME=*` means all that a model gives, and a model that decides by argmax has the
classes that it has. Both are settled before the graph is built, from the answers to a few
records, so that every worker reads the same numbers and the report's configuration says which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.outputs.families import class_label
from fairflip.pipeline.score.handlers.choose import handler_for
from fairflip.pipeline.score.transforms import input_features
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.errors import ConfigurationError, InputError
from fairflip.protos.forms.messages import quote
from fairflip.protos.forms.model_specs import (
    ALL,
    ModelOutput,
    has_scores,
    is_open,
    output_problems,
    outputs_of,
)

#: Records that a model is asked about to see what it gives.
NUM_ASKED = 2
_MAX_SHOWN = 8


def with_named_outputs(
    config: PipelineConfig, read: Callable[[], pa.RecordBatch], other_label: str | None = None
) -> PipelineConfig:
    """The configuration with the names of all outputs.

    Args:
        config: Complete.
        read: Gives the first of the data's records.
        other_label: `label_feature` where the present one was found out and does not hold
            classes; None: it was given.

    Raises:
        ConfigurationError: A model gives one number where several are asked for, or outputs
            whose names clash, or models that decide by argmax have other classes.
        InputError: No label of the first records is a class.
    """
    records: pa.RecordBatch | None = None
    named = PipelineConfig()
    named.CopyFrom(config)
    for model in named.models:
        if not is_open(model):
            continue
        if records is None:
            records = read()
        model.output_names[:] = _names(model, records, input_features(config.data))
    problems = output_problems(named.models)
    if problems:
        raise ConfigurationError(problems)
    label = class_label(named, named.models)
    if label:
        first = read() if records is None else records
        if other_label is not None and _other_labels(named, label, first):
            named.data.label_feature = other_label
        else:
            _refuse_other_labels(named, label, first)
    return named


def _names(model: ModelSpec, records: pa.RecordBatch, features: Sequence[str]) -> tuple[str, ...]:
    if has_scores(model):
        return _units_of_lists(model, records)
    if model.HasField("train"):
        raise ConfigurationError(
            f"models[{model.name}].output_names: a model that is trained here gives one score"
        )
    handler = handler_for(_without_choice(model), features)
    few = records.slice(0, NUM_ASKED).select(list(features))
    names = handler.output_names(few, handler.load_model())
    if len(names) < 2:
        raise ConfigurationError(
            f"models[{model.name}].output_names: the model gives one number for each record; "
            "expected are several. Leave --output and --decision argmax out"
        )
    return names


def _without_choice(model: ModelSpec) -> ModelSpec:
    """The model as it is asked to see what it gives."""
    asked = ModelSpec()
    asked.CopyFrom(model)
    asked.output_names[:] = [ALL]
    return asked


def _units_of_lists(model: ModelSpec, records: pa.RecordBatch) -> tuple[str, ...]:
    """Numbers 0, 1, ... for the numbers of each list of scores."""
    lengths = pc.unique(pc.list_value_length(records.column(model.score_feature)).drop_null())
    if len(lengths) != 1:
        shown = " and ".join(str(each) for each in sorted(lengths.to_pylist())[:_MAX_SHOWN])
        raise InputError(
            f"models[{model.name}].score_feature: {model.score_feature!r} holds lists of "
            f"{shown or 'no'} numbers in the first records; expected is one number for each class "
            "or output in every record, or name them with --output, and other records are left out"
        )
    return tuple(str(unit) for unit in range(lengths[0].as_py()))


def _refuse_other_labels(config: PipelineConfig, label: str, records: pa.RecordBatch) -> None:
    """Labels of which none is a class would make every model wrong about everything."""
    wrong = _other_labels(config, label, records)
    if wrong:
        there, output = wrong
        raise InputError(
            f"data.label_feature {label!r} holds {_listed(there)} in the first records, and "
            f"the classes of the model {output.model!r} are {_listed(output.classes)}; expected "
            f"are names of classes. Name the classes with --output {output.model}=A,B or the "
            "label's column with --label_feature"
        )


def _other_labels(
    config: PipelineConfig, label: str, records: pa.RecordBatch
) -> tuple[set[str], ModelOutput] | None:
    """Labels of the first records, and a model none of whose classes they are; None: they are."""
    if label not in records.schema.names:
        return None
    column = records.column(label).cast(pa.string())
    there = set(pc.unique(column).drop_null().to_pylist())
    for model in config.models:
        [output, *_] = outputs_of(model)
        if output.is_argmax and there and not there & set(output.classes):
            return there, output
    return None


def _listed(names: Sequence[str] | set[str]) -> str:
    ordered = sorted(names) if isinstance(names, set) else list(names)
    more = ", ..." if len(ordered) > _MAX_SHOWN else ""
    return ", ".join(quote(name) for name in ordered[:_MAX_SHOWN]) + more
