"""The step of a remedy without training: how to ask the model, written down."""

from __future__ import annotations

import os

from google.protobuf import text_format

from fairflip.pipeline.run.job import Job
from fairflip.pipeline.storage import filesystem, run_folder
from fairflip.pipeline.storage.run_folder import MODELS
from fairflip.protos.config_pb2 import ModelSpec, PipelineConfig
from fairflip.protos.forms.model_specs import FILE_SOURCES

#: A configuration with the model alone, for `fairflip evaluate --config`.
SPECIFICATION = "model.textproto"
_LOCAL = (*FILE_SOURCES, "terms")


def wrap(job: Job, model: ModelSpec) -> list[str]:
    """Writes how the model is asked, so that another command can ask it in the same way.

    Args:
        job: The command.
        model: With `at_inference`.

    Returns:
        The files written, relative to the run's folder.
    """
    folder = job.folder(MODELS, model.name)
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
    return [f"{MODELS}/{model.name}/{SPECIFICATION}"]
