"""Makes the metrics known to TFMA by class name, without importing TFMA.

TFMA 0.52 looks a `MetricConfig` up in two places: its registry of class names,
and then, if the config has a `module`, that module's attributes. The second works
everywhere, since `fairflip.metrics` imports a metric when it is asked for. For
the first, a metric's module must have been imported, and importing TFMA costs ten
seconds and a gigabyte. So the metrics register as soon as TFMA is there: at once,
if it has been imported, else when it is.

Only the process that imports `fairflip.metrics` is reached. A worker process that
unpickles a metric imports it; one that only checks thresholds does not. Hence
`module: "fairflip.metrics"` in configurations that run on workers.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairflip.metrics.tfma.conditional_flip_rate import ConditionalFlipRate
    from fairflip.metrics.tfma.control_flip_rate import ControlFlipRate
    from fairflip.metrics.tfma.counterfactual_gap import CounterfactualGap
    from fairflip.metrics.tfma.excess_flip_rate import ExcessFlipRate
    from fairflip.metrics.tfma.flip_count import FlipCount
    from fairflip.metrics.tfma.flip_rate import FlipRate
    from fairflip.metrics.tfma.matched_flip_rate import MatchedFlipRate
    from fairflip.metrics.tfma.multiclass_flips import MulticlassFlips
    from fairflip.metrics.tfma.positive_rate import PositiveRate

__all__ = [
    "METRIC_MODULES",
    "ConditionalFlipRate",
    "ControlFlipRate",
    "CounterfactualGap",
    "ExcessFlipRate",
    "FlipCount",
    "FlipRate",
    "MatchedFlipRate",
    "MulticlassFlips",
    "PositiveRate",
    "register_all",
    "register_when_tfma_is_imported",
]

#: Where each metric is defined; importing the module registers it.
METRIC_MODULES = {
    "ConditionalFlipRate": "fairflip.metrics.tfma.conditional_flip_rate",
    "ControlFlipRate": "fairflip.metrics.tfma.control_flip_rate",
    "CounterfactualGap": "fairflip.metrics.tfma.counterfactual_gap",
    "ExcessFlipRate": "fairflip.metrics.tfma.excess_flip_rate",
    "FlipCount": "fairflip.metrics.tfma.flip_count",
    "FlipRate": "fairflip.metrics.tfma.flip_rate",
    "MatchedFlipRate": "fairflip.metrics.tfma.matched_flip_rate",
    "MulticlassFlips": "fairflip.metrics.tfma.multiclass_flips",
    "PositiveRate": "fairflip.metrics.tfma.positive_rate",
}

_TFMA = "tensorflow_model_analysis"


def __getattr__(name: str) -> Any:
    """A metric's class, imported when it is asked for."""
    if name not in METRIC_MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(METRIC_MODULES[name]), name)


def register_all() -> None:
    """Imports every metric, and TFMA with them; importing registers."""
    for module in METRIC_MODULES.values():
        importlib.import_module(module)


def register_when_tfma_is_imported() -> None:
    """Registers now, or after the first import of TFMA in this process."""
    if _TFMA not in sys.modules:
        if not any(isinstance(finder, _AfterTfma) for finder in sys.meta_path):
            sys.meta_path.insert(0, _AfterTfma())
    elif not _is_being_imported(sys.modules[_TFMA]):
        register_all()


def _is_being_imported(module: ModuleType) -> bool:
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


class _AfterTfma(importlib.abc.MetaPathFinder):
    """Finds TFMA where it is, and has the metrics imported after it; works once."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Other modules, and all after the first import of TFMA, are left alone."""
        if fullname != _TFMA:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _RegisteringLoader(spec.loader)
        return spec


class _RegisteringLoader(importlib.abc.Loader):
    """A loader that is done when the metrics are registered too."""

    def __init__(self, loader: importlib.abc.Loader):
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        """As the module's own loader does."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Runs the module, then gives it its own loader back and registers."""
        self._loader.exec_module(module)
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        register_all()
