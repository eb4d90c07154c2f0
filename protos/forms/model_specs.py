"""What a model's specification says: where it comes from, what its scores are, its outputs.

Exactly one of the fields `MODEL_SOURCES` is set. The values of `score_scale`:

* `PROBABILITY`: numbers from 0 to 1; any other is a fault.
* `LOGIT`: any finite number, of which a sigmoid makes a probability when it is read.
* `ANY`: any finite number, taken as it is.

A report has an entry for each output of a model. A model that gives one score is one, under
its own name. A model that gives several is one for each, "mine/insult", or with `decision`
argmax one for all: then its numbers are those of classes, and the class with the greatest is
the decision.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.forms.config_fields import choices
from fairflip.protos.report_pb2 import ModelReport

PROBABILITY, LOGIT, ANY = choices(ModelSpec, "score_scale")
THRESHOLD, ARGMAX = choices(ModelSpec, "decision")
#: As the only output name: all that the model gives.
ALL = "*"
#: What decisions by argmax are called beside outputs.
CLASSES = "classes"
_MAX_OUTPUT_NAME = 200
_UNIT = re.compile(r":\d+\Z")
#: In the order in which messages name them.
MODEL_SOURCES = (
    "path",
    "score_feature",
    "score_features",
    "handler",
    "function",
    "huggingface",
    "sklearn_file",
    "onnx_file",
    "service",
    "train",
)
#: Those that name files or folders which determine the scores.
FILE_SOURCES = ("path", "huggingface", "sklearn_file", "onnx_file", "service")


def sources_of(model: ModelSpec) -> list[str]:
    """The fields of `MODEL_SOURCES` that are set."""
    return [
        name
        for name in MODEL_SOURCES
        if (model.HasField("train") if name == "train" else getattr(model, name))
    ]


def is_in_files(model: ModelSpec) -> bool:
    """Whether a model lies in files of its own, which have a fingerprint."""
    return any(getattr(model, name) for name in FILE_SOURCES)


def is_called(model: ModelSpec) -> bool:
    """Whether a model is asked for scores, and is no file of TensorFlow's."""
    return not (model.path or has_scores(model) or model.HasField("train"))


def has_scores(model: ModelSpec) -> bool:
    """Whether a model's scores are in the data, so that it is not asked."""
    return bool(model.score_feature or model.score_features)


def scale_of(model: ModelSpec) -> str:
    """The scale of a model's scores; `PROBABILITY` where it names none."""
    return model.score_scale or PROBABILITY


@dataclasses.dataclass(frozen=True)
class ModelOutput:
    """One entry of a report's `models`.

    Attributes:
        name: Of the entry, and of its columns of scores.
        model: The model's.
        output: Which of the model's numbers it is; "" where there is no choice.
        decision: `THRESHOLD` or `ARGMAX`.
        scale: The model's `score_scale`.
        classes: With argmax, the classes in the order of the model's numbers.
    """

    name: str
    model: str
    output: str
    decision: str
    scale: str
    classes: tuple[str, ...] = ()

    @property
    def is_argmax(self) -> bool:
        """Whether the decision is the class with the greatest score."""
        return self.decision == ARGMAX


def decision_of(spec: ModelSpec) -> str:
    """How a model decides; by a threshold where it does not say."""
    return spec.decision or THRESHOLD


def asked_outputs(spec: ModelSpec) -> tuple[str, ...]:
    """The numbers that are read of each answer of a model, named as in `output_name`."""
    return tuple(spec.output_names) or (spec.output_name,)


def gives_several(spec: ModelSpec) -> bool:
    """Whether several numbers are read of each answer."""
    return bool(spec.output_names or spec.score_features) or decision_of(spec) == ARGMAX


def is_open(spec: ModelSpec) -> bool:
    """Whether only the model, or the data with its scores, can say what its outputs are."""
    if list(spec.output_names) == [ALL]:
        return True
    is_named = bool(spec.output_names or spec.score_features)
    return decision_of(spec) == ARGMAX and not is_named


def outputs_of(spec: ModelSpec) -> tuple[ModelOutput, ...]:
    """What a report holds of a model whose outputs are known."""
    scale, names = scale_of(spec), [shown(name) for name in spec.output_names]
    if not names:
        names = list(spec.score_features)
    if decision_of(spec) == ARGMAX:
        return (ModelOutput(spec.name, spec.name, "", ARGMAX, scale, tuple(names)),)
    if not names:
        return (ModelOutput(spec.name, spec.name, shown(spec.output_name), THRESHOLD, scale),)
    return tuple(
        ModelOutput(f"{spec.name}/{name}", spec.name, name, THRESHOLD, scale) for name in names
    )


def all_outputs(models: Iterable[ModelSpec]) -> tuple[ModelOutput, ...]:
    """The outputs of all models, in their order."""
    return tuple(output for spec in models for output in outputs_of(spec))


def one_output(spec: ModelSpec, output: str) -> ModelSpec:
    """The same model, of which one number is read."""
    single = ModelSpec()
    single.CopyFrom(spec)
    single.ClearField("output_names")
    single.ClearField("decision")
    single.output_name = output
    return single


def shown(output: str) -> str:
    """An output's name as a report has it: unit 3 of an unnamed output, ":3", is "3"."""
    return output[1:] if _UNIT.match(output) else output


def output_problems(models: Sequence[ModelSpec]) -> list[str]:
    """What is wrong with outputs whose names are known: sentences, each with the cure."""
    problems = []
    files: dict[str, str] = {}
    classes: dict[str, tuple[str, ...]] = {}
    for index, spec in enumerate(models):
        path = f"models[{index}].output_names"
        if is_open(spec):
            continue
        if spec.score_features and len(spec.output_names) not in (0, len(spec.score_features)):
            problems.append(
                f"{path}: names {len(spec.output_names)} outputs, and score_features "
                f"{len(spec.score_features)} columns; name one output for each column"
            )
            continue
        outputs = outputs_of(spec)
        for name in (*outputs[0].classes, *(output.output for output in outputs)):
            if not name.isprintable() or len(name) > _MAX_OUTPUT_NAME:
                problems.append(
                    f"{path}: {name[:40]!r} cannot be part of a name: it must be printable and no "
                    f"longer than {_MAX_OUTPUT_NAME} characters; choose it as :INDEX"
                )
        if outputs[0].is_argmax:
            classes[spec.name] = outputs[0].classes
            if len(outputs[0].classes) < 2:
                problems.append(
                    f"{path}: {list(outputs[0].classes)} are the classes of a model that decides "
                    "by argmax; give at least two"
                )
        for output in outputs:
            file = file_name(output.name).lower()
            if file in files:
                problems.append(
                    f"{path}: {output.name!r} and {files[file]!r} would be one file "
                    f"{file_name(output.name)!r}; name a model or an output otherwise"
                )
            files[file] = output.name
    first = next(iter(classes), "")
    for name, names in classes.items():
        if names != classes[first]:
            problems.append(
                f"models[{name}].output_names: the classes are {', '.join(names)}; expected are "
                f"those of the model {first!r}, {', '.join(classes[first])}, in this order: models "
                "that decide by argmax are compared. Name them alike with --output, or evaluate "
                "each model by itself"
            )
    return problems


def file_name(name: str) -> str:
    """An entry's name in the names of files: "mine/insult" is "mine__insult"."""
    return quote(name.replace("/", "__"), safe="")


def by_output(models: Iterable[ModelReport]) -> dict[str, list[ModelReport]]:
    """The models of a report that compare with each other, by the output that they are of.

    The first of each list is its baseline. Where no model gives several outputs there is one
    list, under ""; models that decide by argmax are those under `CLASSES`, unless they are all.
    """
    entries = list(models)
    has_several = any(each.name != (each.model or each.name) for each in entries)
    is_mixed = len({each.decision == ARGMAX for each in entries}) > 1
    reports: dict[str, list[ModelReport]] = {}
    for each in entries:
        name = ""
        if each.decision == ARGMAX:
            name = CLASSES if is_mixed or has_several else ""
        elif has_several or is_mixed:
            name = each.output
        reports.setdefault(name, []).append(each)
    return reports
