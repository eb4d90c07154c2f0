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

_TENSORFLOW = ("tensorflow", "tensorflow_model_analysis")


def require(extra: str, field: str, also: tuple[str, ...] = ()) -> None:
    """Looks whether an extra's packages are installed; imports none of them.

    Args:
        extra: A key of `MODULES`.
        field: The configuration's name of the setting, for the message.
        also: Further modules that this one model needs.

    Raises:
        ConfigurationError: One is missing; with the command that installs it.
    """
    if missing := _missing(*MODULES[extra], *also):
        raise ConfigurationError(
            f"{field}: needs {_listed(missing)}, which this environment does not have; run "
            f"pip install 'fairflip[{extra}]'"
        )


def has_tfma() -> bool:
    """Whether TensorFlow and TFMA can be imported: an environment of lean.lock has none."""
    return not _missing(*_TENSORFLOW)


def require_tensorflow(field: str) -> None:
    """Refuses what needs TensorFlow or TFMA where they are not installed.

    Raises:
        ConfigurationError: With what to install.
    """
    if missing := _missing(*_TENSORFLOW):
        raise ConfigurationError(
            f"{field}: needs {_listed(missing)}, which this environment does not have; "
            "install fairflip with its dependencies, as from requirements.lock"
        )


def _missing(*modules: str) -> list[str]:
    return [name for name in modules if importlib.util.find_spec(name) is None]


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
