"""The handler for a model's specification."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.pipeline.score.handlers.base import BatchModelHandler
from fairflip.pipeline.score.handlers.imported import ImportedModelHandler
from fairflip.pipeline.score.handlers.keras_file import KerasModelHandler
from fairflip.pipeline.score.handlers.saved_model import SavedModelHandler
from fairflip.pipeline.score.model_files import kinds
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError


def handler_for(spec: config_pb2.ModelSpec, input_features: Sequence[str]) -> BatchModelHandler:
    """The handler for a model's specification.

    Args:
      spec: A model with a path, a handler or a function.
      input_features: The features that models read.

    Raises:
      ConfigurationError: The path holds no model, or the model is not ready.
    """
    if spec.handler or spec.function:
        return ImportedModelHandler(spec, input_features)
    if not spec.path:
        raise ConfigurationError(
            f"models[{spec.name}]: has no path, handler or function; train it first, or give a path"
        )
    if kinds.model_kind(spec.path, spec.name) == kinds.KERAS:
        return KerasModelHandler(spec, input_features)
    return SavedModelHandler(spec, input_features)
