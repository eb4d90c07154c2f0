"""Functions of the user's, by import path: generators, and what makes controls of images."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from fairflip.protos.errors import ConfigurationError


def load_function(path: str, field: str = "generator.function") -> Callable[..., Any]:
    """Imports ``package.module:function``.

    Args:
        path: The import path.
        field: The configuration's name for it, for errors.

    Raises:
        ConfigurationError: there is no such function.
    """
    module_name, _, name = path.partition(":")
    if not module_name or not name:
        raise ConfigurationError(f"{field} is {path!r}; write package.module:function.")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ConfigurationError(
            f"{field}: module {module_name!r} cannot be imported ({error}); install "
            "it where the pipeline runs, or put its folder on PYTHONPATH."
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ConfigurationError(
            f"{field}: {module_name!r} has no function {name!r}; check the name."
        )
    return function
