"""Looks at models without loading them, and without TensorFlow.

What a path holds, whether it would run code of its own, and a fingerprint.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from fairflip.pipeline.storage import filesystem
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError

KERAS = "keras"
SAVED_MODEL = "saved_model"

#: Layers that run code stored in the model file, or in another file that it names.
_CODE_LAYERS = ("Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")
#: An architecture is far smaller; a larger one would fill the memory when it is read.
_MAX_ARCHITECTURE_BYTES = 64 << 20
#: Where classes may come from without being custom code.
_TRUSTED_PACKAGES = ("keras", "fairflip", "builtins")
#: Operations by which a SavedModel could reach files or Python.
_UNSAFE_OPERATIONS = (
    b"WriteFile",
    b"ReadFile",
    b"PyFunc",
    b"EagerPyFunc",
    b"PyFuncStateless",
)


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


def check_model(spec: config_pb2.ModelSpec) -> None:
    """Checks one model's specification before anything runs.

    Raises:
      ConfigurationError: Not exactly one source; a path that holds no model;
        custom code that was not allowed; an import path that names nothing.
    """
    field = f"models[{spec.name}]"
    given = [name for name in ("path", "score_feature", "handler") if getattr(spec, name)] + (
        ["train"] if spec.HasField("train") else []
    )
    if len(given) != 1:
        raise ConfigurationError(
            f"{field}: give exactly one of path, score_feature, handler and train "
            f"(given: {', '.join(given) or 'none'})"
        )
    if spec.handler:
        import_factory(spec.handler, field)
    if not spec.path:
        return
    kind = model_kind(spec.path, spec.name)
    if spec.allow_custom_code:
        return
    found = custom_code(spec.path, kind)
    if found:
        raise ConfigurationError(
            f"{field}.path: {spec.path!r} holds custom code ({', '.join(found[:5])}), "
            "which runs when it is loaded; if you trust the file, set allow_custom_code"
        )


def check_models(specs: Sequence[config_pb2.ModelSpec]) -> None:
    """`check_model` for all, reporting every mistake at once."""
    problems: list[str] = []
    for spec in specs:
        try:
            check_model(spec)
        except ConfigurationError as e:
            problems.extend(e.problems)
    names = [spec.name for spec in specs]
    problems += [
        f"models: two are named {name!r}; names must differ"
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    if problems:
        raise ConfigurationError(problems)


def import_factory(import_path: str, field: str) -> Any:
    """The function that `package.module:function` names.

    Raises:
      ConfigurationError: It cannot be imported, or is no function.
    """
    module_name, colon, attribute = import_path.partition(":")
    if not colon or not module_name or not attribute:
        raise ConfigurationError(
            f"{field}.handler: {import_path!r} must have the form package.module:factory"
        )
    try:
        factory = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as e:
        raise ConfigurationError(
            f"{field}.handler: {import_path!r} cannot be imported ({e}); "
            "install it where the pipeline runs"
        ) from e
    if not callable(factory):
        raise ConfigurationError(f"{field}.handler: {import_path!r} is no function or class")
    return factory


def custom_code(path: str, kind: str) -> list[str]:
    """What in a model would run code of its own: class names or operations.

    Keras loads classes of any module that a file names; its safe mode refuses
    Lambda layers only. So the file is looked through before it is loaded.
    """
    if kind == KERAS:
        return _custom_classes(path)
    graph = filesystem.read_bytes(filesystem.join(path.rstrip("/"), "saved_model.pb"))
    # In the serialized graph an operation's name follows its length.
    return [
        name.decode() for name in _UNSAFE_OPERATIONS if b"\x12" + bytes([len(name)]) + name in graph
    ]


def _custom_classes(path: str) -> list[str]:
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
        *(RecursionError, NotImplementedError),
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
        module = value.get("module")
        registered = value.get("registered_name")
        if name in _CODE_LAYERS or name == "__lambda__":
            yield name
        elif isinstance(module, str) and module.split(".")[0] not in _TRUSTED_PACKAGES:
            yield f"{module}.{name}"
        elif module is None and _is_registered_elsewhere(registered):
            yield str(registered)
        vocabulary = (
            value["config"].get("vocabulary") if isinstance(value["config"], dict) else None
        )
        if isinstance(vocabulary, str):
            # Keras reads the file of this name, wherever it lies, into the layer.
            yield f"{name}(vocabulary from a file)"
    for item in value.values():
        yield from _foreign(item)


def _is_registered_elsewhere(registered: Any) -> bool:
    if not isinstance(registered, str) or ">" not in registered:
        return False
    return registered.split(">")[0] not in _TRUSTED_PACKAGES


def model_fingerprint(path: str) -> str:
    """SHA-256 over a model's files, by name and content; 64 hex digits."""
    digest = hashlib.sha256()
    base = path.rstrip("/")
    if filesystem.is_local(base) and os.path.isfile(base):
        names = [base]
    elif filesystem.is_local(base):
        names = sorted(
            os.path.join(folder, name) for folder, _, files in os.walk(base) for name in files
        )
    elif filesystem.exists(base) and base.endswith(".keras"):
        names = [base]
    else:
        names = [entry.path for entry in filesystem.match([base + "/**"])]
    for name in names:
        relative = name[len(base) :].replace(os.sep, "/").lstrip("/")
        digest.update(f"{len(relative)}:{relative}:".encode())
        with filesystem.open_raw(name) as file:
            digest.update(f"{file.size()}:".encode())
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()
