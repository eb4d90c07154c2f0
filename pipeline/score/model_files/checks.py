"""Checks models before anything runs: one source each, a path that holds one, no code unasked."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from fairflip.pipeline.score.libraries import files
from fairflip.pipeline.score.model_files.keras_files import custom_classes
from fairflip.pipeline.score.model_files.kinds import SAVED_MODEL, model_kind
from fairflip.pipeline.score.model_files.saved_models import custom_operations
from fairflip.protos import config_pb2
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.model_specs import MODEL_SOURCES, sources_of


def check_model(spec: config_pb2.ModelSpec) -> None:
    """Checks one model's specification before anything runs.

    Raises:
      ConfigurationError: Not exactly one source; a path that holds no model;
        custom code that was not allowed; an import path that names nothing.
    """
    field = f"models[{spec.name}]"
    given = sources_of(spec)
    if len(given) != 1:
        raise ConfigurationError(
            f"{field}: give exactly one of {', '.join(MODEL_SOURCES)} "
            f"(given: {', '.join(given) or 'none'})"
        )
    if spec.handler:
        import_factory(spec.handler, f"{field}.handler")
    if spec.function:
        import_object(spec.function, f"{field}.function")
    import_modules(spec)
    if spec.path:
        model_kind(spec.path, spec.name)
        check_custom_code(spec)
    if files.is_library_file(spec):
        files.check(spec)
    check_remote(spec)


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


def import_object(import_path: str, field: str) -> Any:
    """What `package.module:name` names.

    Args:
      import_path: The module and the name in it.
      field: The configuration's name of the setting, for messages.

    Raises:
      ConfigurationError: It cannot be imported.
    """
    module_name, colon, attribute = import_path.partition(":")
    if not colon or not module_name or not attribute:
        raise ConfigurationError(f"{field}: {import_path!r} must have the form package.module:name")
    try:
        return getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as e:
        raise ConfigurationError(
            f"{field}: {import_path!r} cannot be imported ({e}); install it where the pipeline "
            "runs, or set PYTHONPATH"
        ) from e


def import_factory(import_path: str, field: str) -> Any:
    """The function that an import path names; see `import_object`.

    Raises:
      ConfigurationError: It cannot be imported, or is no function.
    """
    factory = import_object(import_path, field)
    if not callable(factory):
        raise ConfigurationError(f"{field}: {import_path!r} is no function or class")
    return factory


def check_custom_code(spec: config_pb2.ModelSpec) -> None:
    """Refuses a model file that would run code of its own, unless that was allowed.

    The command line asks this before anything runs, and each worker before it loads.

    Raises:
      ConfigurationError: The file holds such code, or is damaged.
    """
    if not spec.path or spec.allow_custom_code:
        return
    field = f"models[{spec.name}].path"
    if model_kind(spec.path, spec.name) == SAVED_MODEL:
        operations = custom_operations(spec.path, spec.signature_name)
        if operations:
            raise ConfigurationError(
                f"{field}: {spec.path!r} runs what is not known to leave files and other programs "
                f"alone ({_listed(operations)}); if you trust the model, give --allow_custom_code "
                "(models.allow_custom_code)"
            )
        return
    operations = custom_classes(spec.path)
    if operations:
        raise ConfigurationError(
            f"{field}: {spec.path!r} holds custom code ({_listed(operations)}), which runs when "
            "it is loaded; if you trust the file, give --allow_custom_code "
            "(models.allow_custom_code), and --import MODULE (models.import_module) for the "
            "module that registers it"
        )


def check_remote(spec: config_pb2.ModelSpec) -> None:
    """Refuses to ask a service, unless that was allowed: it would get the texts of the data.

    The command line asks this before anything runs, and each worker before it calls.

    Raises:
      ConfigurationError: It was not.
    """
    if spec.service and not spec.allow_remote:
        raise ConfigurationError(
            f"models[{spec.name}].service: {spec.service!r} sends the texts of the data to a "
            "service; if that is meant, give --allow_remote (models.allow_remote)"
        )


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown


def import_modules(spec: config_pb2.ModelSpec) -> None:
    """Imports the modules that register a model's own classes and functions.

    Raises:
      ConfigurationError: One cannot be imported.
    """
    for name in spec.import_module:
        try:
            importlib.import_module(name)
        except ImportError as e:
            raise ConfigurationError(
                f"models[{spec.name}].import_module: {name!r} cannot be imported ({e}); "
                "install it where the pipeline runs, or set PYTHONPATH"
            ) from e
