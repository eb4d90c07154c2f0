"""What a `.keras` file would run besides Keras's own layers, read without Keras.

Keras's safe mode refuses Lambda layers; it also makes classes of other installed
packages, and calls functions that were registered in this process. So the
architecture is looked through before Keras sees it.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from typing import Any

from fairflip.pipeline.storage import filesystem
from fairflip.protos.errors import ConfigurationError

#: Layers that run code stored in the model file, or in another file that it names.
_CODE_LAYERS = ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")
#: An architecture is far smaller; a larger one would fill the memory when it is read.
_MAX_ARCHITECTURE_BYTES = 64 << 20
#: Where classes may come from without being custom code.
_TRUSTED_PACKAGES = ("keras", "fairflip", "builtins")
#: What of Keras makes up a model. Other parts of it load files or change settings.
_MODELLING = frozenset(
    {
        *("activations", "constraints", "dtype_policies", "initializers", "layers", "losses"),
        *("metrics", "models", "ops", "optimizers", "quantizers", "random", "regularizers"),
    }
)
#: Its classes that stand elsewhere: in `keras` itself, or among its utilities.
_MODELLING_CLASSES = {
    "keras": {
        *("DTypePolicy", "FloatDTypePolicy", "Function", "Initializer", "InputSpec"),
        *("KerasTensor", "Layer", "Loss", "Metric", "Model", "Operation", "Optimizer"),
        *("Quantizer", "Regularizer", "Sequential", "Variable"),
    },
    "keras.utils": {"FeatureSpace"},
}


def custom_classes(path: str) -> list[str]:
    """Classes and functions in a model's architecture that are not Keras's own.

    Args:
      path: A `.keras` file, on any Beam filesystem.

    Returns:
      Their names, sorted; empty: none.

    Raises:
      ConfigurationError: The file is no Keras 3 model, or is damaged.
    """
    try:
        with filesystem.open_raw(path) as file, zipfile.ZipFile(file) as archive:
            size = archive.getinfo("config.json").file_size
            if size > _MAX_ARCHITECTURE_BYTES:
                raise ConfigurationError(
                    f"{path!r} holds a config.json of {size:,} bytes; no model's is so large"
                )
            config = json.loads(archive.read("config.json"))
    except ConfigurationError:
        raise
    except (
        *(zipfile.BadZipFile, KeyError, ValueError, OSError),
        *(RecursionError, NotImplementedError, EOFError),
    ) as e:
        raise ConfigurationError(
            f"{path!r} is no Keras 3 model file ({type(e).__name__}); "
            "save the model with model.save('NAME.keras')"
        ) from e
    return sorted(set(_foreign(config)))


def _foreign(value: Any) -> Iterator[str]:
    """Classes in a Keras configuration that come from outside of Keras."""
    if isinstance(value, list):
        for item in value:
            yield from _foreign(item)
    if not isinstance(value, dict):
        return
    name = value.get("class_name")
    if isinstance(name, str) and "config" in value:
        yield from _judged(name, value)
    for item in value.values():
        yield from _foreign(item)


def _judged(name: str, value: dict[str, Any]) -> Iterator[str]:
    """What is foreign in one object of a configuration, those below it apart."""
    module, registered, config = (value.get(k) for k in ("module", "registered_name", "config"))
    if name in _CODE_LAYERS or name == "__lambda__":
        yield name
    elif _is_registered_elsewhere(registered):
        # Before all else Keras looks for what was registered under this name.
        yield str(registered)
    elif isinstance(module, str) and not _is_trusted(module, name):
        yield f"{module}.{name}"
    elif name == "function" and _is_registered_elsewhere(config):
        yield str(config)
    vocabulary = config.get("vocabulary") if isinstance(config, dict) else None
    if isinstance(vocabulary, str):
        # Keras reads the file of this name, wherever it lies, into the layer.
        yield f"{name}(vocabulary from a file)"


def _is_trusted(module: str, name: str) -> bool:
    package, *parts = module.split(".")
    if package != "keras":
        return package in _TRUSTED_PACKAGES
    if parts[:1] == ["src"]:
        parts = parts[1:]
    is_modelling = bool(parts) and parts[0] in _MODELLING
    return is_modelling or name in _MODELLING_CLASSES.get(module, ())


def _is_registered_elsewhere(registered: Any) -> bool:
    if not isinstance(registered, str) or ">" not in registered:
        return False
    return registered.split(">")[0] not in _TRUSTED_PACKAGES
