"""fairflip: how often a classifier's decision flips when only an identity reference changes.

The public names are few and are imported on first use, so that
``import fairflip`` costs nothing:

* :func:`fairflip.generate`: examples -> counterfactual pairs.
* :func:`fairflip.evaluate`: pairs + one or more models -> result and report.
* :func:`fairflip.remediate`: train examples + pairs + model -> remediated model.
* :func:`fairflip.run`: evaluate, remediate, evaluate both side by side.
* :func:`fairflip.averaged`, :func:`fairflip.blinded`: a model, as a function of texts that
  asks it about their counterfactuals too, or about the texts without identity terms.
* :func:`fairflip.compare`: finished runs on the same pairs -> what got better and worse.
* :class:`fairflip.Result`: what the first four return; :class:`fairflip.Comparison`: the last.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

from fairflip._version import __version__

if TYPE_CHECKING:
    from fairflip._averaging import averaged, blinded
    from fairflip._comparison import Comparison, compare
    from fairflip._entry_points import evaluate, generate, remediate, run
    from fairflip._result import Result

# Every worker of a job imports this before TensorFlow: all are to compute with the
# same kernels as the launcher, or their scores differ in the eighth digit.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

__all__ = [
    "Comparison",
    "Result",
    "__version__",
    "averaged",
    "blinded",
    "compare",
    "evaluate",
    "generate",
    "remediate",
    "run",
]

_HOMES = {
    "averaged": "fairflip._averaging",
    "blinded": "fairflip._averaging",
    "Comparison": "fairflip._comparison",
    "compare": "fairflip._comparison",
    "evaluate": "fairflip._entry_points",
    "generate": "fairflip._entry_points",
    "remediate": "fairflip._entry_points",
    "run": "fairflip._entry_points",
    "Result": "fairflip._result",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fairflip' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
