"""The optional packages that kinds of models need, and the sentence where one is missing."""

from __future__ import annotations

import importlib.util

from fairflip.protos.errors import ConfigurationError

#: Extra of this package -> the modules that a model of its kind is loaded with.
MODULES = {
    "huggingface": ("torch", "transformers", "safetensors"),
    "sklearn": ("sklearn", "skops"),
    "onnx": ("onnxruntime",),
}


def require(extra: str, field: str, also: tuple[str, ...] = ()) -> None:
    """Looks whether an extra's packages are installed; imports none of them.

    Args:
        extra: A key of `MODULES`.
        field: The configuration's name of the setting, for the message.
        also: Further modules that this one model needs.

    Raises:
        ConfigurationError: One is missing; with the command that installs it.
    """
    missing = [name for name in (*MODULES[extra], *also) if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"{field}: needs {' and '.join(missing)}, which this environment does not have; run "
            f"pip install 'fairflip[{extra}]'"
        )
