"""Counterfactuals of originals, and the lists of terms.

`batch` chooses the way in which they are made; a new way is a module beside `custom`.
What it does to one text stands in `fairflip.text`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairflip.pipeline.generate.batch import make_generator

__all__ = [
    "batch",
    "control_coverage",
    "control_transforms",
    "coverage",
    "coverage_file",
    "make_generator",
    "term_lists",
    "transforms",
]


def __getattr__(name: str) -> Any:
    # On first use: the lists of terms are read without Beam and Arrow.
    if name != "make_generator":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fairflip.pipeline.generate.batch import make_generator

    return make_generator
