"""Which kind of model lies at a path."""

from __future__ import annotations

import os

from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import ConfigurationError

KERAS = "keras"
SAVED_MODEL = "saved_model"


def model_kind(path: str, name: str = "") -> str:
    """Whether `path` is a `.keras` file or a SavedModel folder.

    Raises:
      ConfigurationError: Neither, or there is nothing.
    """
    base = path.rstrip("/")
    if filesystem.exists(filesystem.join(base, "saved_model.pb")):
        return SAVED_MODEL
    if base.endswith(".keras") and filesystem.exists(base):
        return KERAS
    field = f"models[{name}].path" if name else "model path"
    if filesystem.is_local(base) and not os.path.exists(base):
        raise ConfigurationError(f"{field}: {path!r} does not exist; check the path")
    raise ConfigurationError(
        f"{field}: {path!r} is neither a .keras file nor a SavedModel folder "
        "(one with saved_model.pb)"
    )
