"""Whether the modules that a configuration names are there, without importing any of them."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence

from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.forms.checks import Problems
from fairflip.protos.forms.messages import quote


def check_modules(config: PipelineConfig, command: str, problems: Problems) -> None:
    """Looks for the modules of models, of a generator and of a trainer of one's own."""
    paths = [("generator.function", config.generator.function)]
    if command in ("remediate", "run"):
        paths.append(("remediation.trainer", config.remediation.trainer))
    if command != "generate":
        for index, model in enumerate(config.models):
            paths += [(f"models[{index}].{f}", getattr(model, f)) for f in ("handler", "function")]
            paths += [(f"models[{index}].import_module", name) for name in model.import_module]
    for path, import_path in paths:
        module = import_path.partition(":")[0].strip()
        if module and all(part.isidentifier() for part in module.split(".")):
            _check_module(path, import_path, module, problems)


def _check_module(path: str, import_path: str, module: str, problems: Problems) -> None:
    if _is_there(module):
        return
    file = module.replace(".", os.sep)
    if os.path.exists(file + ".py") or os.path.isfile(os.path.join(file, "__init__.py")):
        cure = "it lies in the current directory: begin the command with PYTHONPATH=."
    else:
        cure = "install it where the pipeline runs, or set PYTHONPATH"
    problems.add(
        path, f"{quote(import_path)} cannot be imported (No module named {module!r})", cure
    )


def _is_there(module: str) -> bool:
    """Whether a module can be found; the packages that hold it are not imported, either."""
    places: Sequence[str] | None = None
    parts = module.split(".")
    for number in range(1, len(parts) + 1):
        name = ".".join(parts[:number])
        if name in sys.modules:
            places = getattr(sys.modules[name], "__path__", None)
            # A package may make modules as it likes once it is imported.
            if number < len(parts) and places is None:
                return True
            continue
        try:
            spec = importlib.util.find_spec(name) if number == 1 else _below(name, places)
        except (ImportError, ValueError):
            return False
        if spec is None:
            return False
        places = spec.submodule_search_locations
    return True


def _below(name: str, places: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
    for finder in sys.meta_path:
        spec = finder.find_spec(name, places, None)
        if spec is not None:
            return spec
    return None
