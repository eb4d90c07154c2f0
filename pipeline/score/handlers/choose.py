"""The handler for a model's specification."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.handlers.images import ImageModelHandler
from fairflip.pipeline.score.handlers.imported import ImportedModelHandler
from fairflip.pipeline.score.handlers.keras_file import KerasModelHandler
from fairflip.pipeline.score.handlers.library_file import LibraryFileHandler
from fairflip.pipeline.score.handlers.saved_model import SavedModelHandler
from fairflip.pipeline.score.handlers.service import ServiceHandler
from fairflip.pipeline.score.libraries import files
from fairflip.pipeline.score.model_files import kinds
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError


def handler_for(spec: config_pb2.ModelSpec, input_features: Sequence[str]) -> BatchModelHandler:
    """The handler for a model's specification.

    Args:
      spec: A model that is a file, or is named by an import path.
      input_features: The features that models read.

    Raises:
      ConfigurationError: The path holds no model, or the model is not ready.
    """
    handler = _handler_for(spec, input_features)
    return ImageModelHandler(handler) if spec.image_channels else handler


def _handler_for(spec: config_pb2.ModelSpec, input_features: Sequence[str]) -> BatchModelHandler:
    if spec.handler or spec.function:
        return ImportedModelHandler(spec, input_features)
    if spec.service:
        return ServiceHandler(spec, input_features)
    if files.is_library_file(spec):
        return LibraryFileHandler(spec, input_features)
    if not spec.path:
        raise ConfigurationError(
            f"models[{spec.name}]: names no model; train it first, or give a path"
        )
    if kinds.model_kind(spec.path, spec.name) == kinds.KERAS:
        return KerasModelHandler(spec, input_features)
    return SavedModelHandler(spec, input_features)
