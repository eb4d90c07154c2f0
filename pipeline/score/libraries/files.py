"""Models of other libraries than TensorFlow that lie in files: what is checked, what is loaded."""

from __future__ import annotations

import dataclasses
import os
import pathlib
import tempfile
from typing import Any

from fairflip.pipeline.score.libraries import huggingface, onnx_file, sklearn_file
from fairflip.pipeline.score.libraries.label_choice import choose_label
from fairflip.pipeline.storage import filesystem
from fairflip.protos.config_pb2 import ModelSpec
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import ARGMAX, LOGIT, asked_outputs

#: The fields of `ModelSpec` that name such a model.
FIELDS = ("huggingface", "sklearn_file", "onnx_file")


def is_library_file(spec: ModelSpec) -> bool:
    """Whether a model is one of these."""
    return any(getattr(spec, name) for name in FIELDS)


def scoring_files(spec: ModelSpec) -> list[str]:
    """The files and folders that determine a model's scores; of the model itself first.

    Raises:
        ConfigurationError: A model that is named is not in Hugging Face's cache.
    """
    if spec.huggingface:
        return [huggingface.folder_of(spec.huggingface, _field(spec))]
    if spec.onnx_file:
        path = spec.onnx_file
        is_there = filesystem.is_local(path) and os.path.isfile(path)
        return [path, *(onnx_file.neighbours(path) if is_there else ())]
    return [path for path in (spec.sklearn_file, spec.service, spec.path) if path]


def check(spec: ModelSpec) -> None:
    """Looks at a model's files before anything of them is loaded.

    Raises:
        ConfigurationError: A package is missing, the files hold no model that gives scores, or
            loading it would run code that was not allowed.
    """
    field = _field(spec)
    if spec.huggingface:
        if spec.score_scale == LOGIT:
            raise ConfigurationError(
                f"models[{spec.name}].score_scale: a Hugging Face classifier gives probabilities "
                "here, made of its logits; leave 'logit' out"
            )
        labels = huggingface.check(spec.huggingface, field, spec.allow_custom_code)
        if labels and spec.decision != ARGMAX and not spec.output_names:
            choose_label(labels, spec.output_name, spec.name)
        return
    path = spec.sklearn_file or spec.onnx_file
    if not filesystem.exists(path):
        raise ConfigurationError(f"{field}: {path!r} does not exist; check the path")
    if not filesystem.is_local(path):
        return  # seen when a worker loads it
    if spec.onnx_file:
        onnx_file.check(path, field)
    else:
        sklearn_file.check(path, field, spec.allow_custom_code)


@dataclasses.dataclass(frozen=True)
class LoadedModel:
    """A model of one of these files.

    Attributes:
        model: A function of texts, or an object such as an estimator that has one.
        labels: What the columns of its answers stand for; () where the object itself, or
            nobody, knows.
        outputs: What of the specification's outputs remains to be chosen among these.
    """

    model: Any
    labels: tuple[str, ...]
    outputs: tuple[str, ...]


def load(spec: ModelSpec) -> LoadedModel:
    """The model of a specification.

    Raises:
        ConfigurationError: As for `check`, or it cannot be loaded.
    """
    check(spec)
    field, outputs = _field(spec), asked_outputs(spec)
    with tempfile.TemporaryDirectory() as folder:
        if spec.huggingface:
            source = huggingface.folder_of(spec.huggingface, field)
            local = filesystem.copy_to_local(source, folder)
            function, labels = huggingface.load(local, field, spec.allow_custom_code)
            return LoadedModel(function, labels, outputs)
        if spec.sklearn_file:
            local = filesystem.copy_to_local(spec.sklearn_file, folder)
            estimator = sklearn_file.load(local, field, spec.allow_custom_code)
            return LoadedModel(estimator, (), outputs)
        # A remote model's companions are not known before they are looked for beside it.
        local = _onnx_copy(spec.onnx_file, folder)
        onnx_file.check(local, field)
        return LoadedModel(*onnx_file.load(local, field, outputs))


def load_to_train(spec: ModelSpec) -> tuple[Any, Any]:
    """A Hugging Face classifier and its tokenizer, to be trained further.

    Raises:
        ConfigurationError: As for `check`, or it cannot be loaded.
    """
    check(spec)
    field = _field(spec)
    with tempfile.TemporaryDirectory() as folder:
        local = filesystem.copy_to_local(huggingface.folder_of(spec.huggingface, field), folder)
        return huggingface.load_classifier(local, field, spec.allow_custom_code)


def save_trained(model: Any, tokenizer: Any, folder: pathlib.Path) -> None:
    """Writes what `load_to_train` gave, as a folder that `ModelSpec.huggingface` names."""
    huggingface.save_classifier(model, tokenizer, folder)


def _onnx_copy(path: str, folder: str) -> str:
    if filesystem.is_local(path):
        return path
    beside, _, name = path.rpartition("/")
    return os.path.join(filesystem.copy_to_local(beside, folder), name)


def _field(spec: ModelSpec) -> str:
    name = next((name for name in FIELDS if getattr(spec, name)), "path")
    return f"models[{spec.name}].{name}"
