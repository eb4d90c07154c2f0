"""How a model with a remedy is asked, written down for other commands."""

from __future__ import annotations

import os

from google.protobuf import text_format

from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.forms.model_specs import FILE_SOURCES

#: A configuration with the model alone, for `fairflip evaluate --config`.
SPECIFICATION = "model.textproto"
_LOCAL = (*FILE_SOURCES, "terms")


def write_specification(model: ModelSpec, folder: str) -> str:
    """Writes how the model is asked, so that another command can ask it in the same way.

    Args:
        model: With `at_inference`.
        folder: Of the model; what is in it goes.

    Returns:
        The name of the file in the folder.
    """
    run_folder.delete_folder(folder)
    alone = PipelineConfig(models=[model])
    for message in (alone.models[0], alone.models[0].at_inference):
        for field in _LOCAL:
            path = getattr(message, field, "")
            if path and filesystem.is_local(path) and os.path.exists(path):
                setattr(message, field, os.path.abspath(path))
    text = text_format.MessageToString(alone)
    with filesystem.create_atomically(filesystem.join(folder, SPECIFICATION)) as file:
        file.write(text.encode())
    return SPECIFICATION


def read_specification(folder: str) -> ModelSpec | None:
    """How the model of a folder is asked; None: it is a model of its own."""
    path = filesystem.join(folder, SPECIFICATION)
    if not filesystem.exists(path):
        return None
    text = filesystem.read_bytes(path).decode()
    return text_format.Parse(text, PipelineConfig()).models[0]
