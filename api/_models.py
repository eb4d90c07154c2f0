"""Models as Python has them, as specifications: paths, Keras models, other objects."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

from fairflip.pipeline.config.settings import FLAGS
from fairflip.pipeline.run.inputs_in_memory import place_by_content
from fairflip.protos.config_pb2 import ModelSpec

_MODEL_FLAG = next(flag for flag in FLAGS if flag.name == "model")


def is_path(value: Any) -> bool:
    """Whether a value is a path, or several."""
    if isinstance(value, (str, pathlib.PurePath)):
        return True
    return isinstance(value, (list, tuple)) and all(is_path(v) for v in value)


def is_file(model: Any) -> bool:
    """Whether a model is a path, or an object that is written as a file: a Keras model."""
    return is_path(model) or (hasattr(model, "save") and hasattr(model, "layers"))


def _model_path(name: str, model: Any, folder: pathlib.Path) -> str:
    if is_path(model):
        return str(model)
    from fairflip.remediation.training.fingerprints import model_fingerprint

    path = folder / f"{name}.keras"
    model.save(path)
    return place_by_content(path, model_fingerprint(model))


def specs_of(
    models: Mapping[str, Any], folder: pathlib.Path, import_paths: Mapping[str, str]
) -> list[ModelSpec]:
    """The specifications of models by name.

    Args:
        models: Paths, what `--model` takes, Keras models, and objects with an import path.
        folder: Where Keras models are written.
        import_paths: Of those that are objects of this process.
    """
    specs = []
    for name, model in models.items():
        if name in import_paths:
            specs.append(ModelSpec(name=name, function=import_paths[name]))
            continue
        field, source = _MODEL_FLAG.target_of(str(model)) if is_path(model) else ("", "")
        if field:
            spec = ModelSpec(name=name)
            setattr(spec, field, source)
            specs.append(spec)
            continue
        specs.append(
            ModelSpec(
                name=name,
                path=_model_path(name, model, folder),
                # A model object is the caller's own code; a path is not.
                allow_custom_code=not is_path(model),
            )
        )
    return specs
