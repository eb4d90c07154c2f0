"""Plots without what takes time: their layout and their rendering.

That is nine tenths of the time in which a page is written, and few tests look at a plot. What
a plot draws is still computed; its files are those of an empty figure.
"""

from __future__ import annotations

import contextlib
import functools
import sys
from collections.abc import Iterator

import pytest

_DRAWING = "fairflip.view.figures.drawing"


def looks_at_plots(item: pytest.Item) -> bool:
    """Whether a test is about what plots show: by its folder, or as it is marked so."""
    return "figures" in item.path.parts or item.get_closest_marker("plots") is not None


@contextlib.contextmanager
def blank_plots() -> Iterator[None]:
    """Within it, plots are files of an empty figure, wherever they are drawn."""
    drawing = sys.modules.get(_DRAWING)
    if drawing is None:
        yield
        return
    empty, plain = _empty_figure(), drawing._rendered
    drawing._rendered = lambda _: empty
    try:
        yield
    finally:
        drawing._rendered = plain


@functools.cache
def _empty_figure() -> tuple[bytes, bytes]:
    """Made before anything is replaced."""
    drawing = sys.modules[_DRAWING]
    return drawing._rendered(drawing.MplFigure(figsize=(1, 1)))
