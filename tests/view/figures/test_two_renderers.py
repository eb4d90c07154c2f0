"""Both files are those that matplotlib writes one after the other."""

from __future__ import annotations

import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from fairflip.view.figures.two_renderers import DOTS, TwoRenderers


@pytest.fixture(autouse=True)
def _same_each_time():
    style = {"figure.dpi": DOTS, "svg.hashsalt": "x", "svg.fonttype": "none"}
    with mpl.rc_context(style):
        yield


def _figure(*, with_text: bool) -> Figure:
    rng = np.random.default_rng(5)
    figure = Figure(figsize=(4.8, 3.0))
    left, right = figure.subplots(1, 2)
    left.plot([0, 1, 2], [2, 0, 1], marker="s", color="red")
    left.hlines([0, 1, 2], [0, 0, 1], [1, 2, 3], linestyle=(0, (2, 2)))
    left.fill_between([0, 1, 2], [0, 1, 1], [1, 2, 3], alpha=0.2)
    right.imshow(
        rng.uniform(size=(7, 5, 4)), origin="lower", interpolation="none", extent=(0, 1, 0, 1)
    )
    if with_text:
        left.set_xlabel("under <b>&\nover")
        right.text(0.1, 0.2, "turned", rotation=90)
    else:
        for axes in (left, right):
            axes.set_xticklabels([])
            axes.set_yticklabels([])
    return figure


def _both(figure: Figure) -> tuple[bytes, bytes]:
    both = TwoRenderers(*figure.bbox.size)
    figure.draw(both)
    return both.finish()


@pytest.mark.parametrize("with_text", [True, False])
def test_the_document_is_that_of_matplotlib(with_text):
    plain = io.BytesIO()
    canvas = FigureCanvasSVG(_figure(with_text=with_text))
    canvas.print_svg(plain, metadata={"Date": None, "Creator": None})
    assert _both(_figure(with_text=with_text))[0] == plain.getvalue()


def test_the_dots_are_those_of_matplotlib():
    canvas = FigureCanvasAgg(_figure(with_text=False))
    canvas.draw()
    plain = np.asarray(canvas.buffer_rgba()).astype(int)
    drawn = np.asarray(Image.open(io.BytesIO(_both(_figure(with_text=False))[1]))).astype(int)
    assert drawn.shape == plain.shape
    # Borders of the cells of an image may lie a dot beside.
    assert (np.abs(drawn - plain).max(axis=-1) > 8).mean() < 0.01


def test_text_is_among_the_dots():
    dots = [
        np.asarray(Image.open(io.BytesIO(_both(_figure(with_text=with_text))[1])).convert("L"))
        for with_text in (True, False)
    ]
    assert (dots[0] < 128).sum() > 1.2 * (dots[1] < 128).sum()


def test_equal_figures_give_equal_bytes():
    assert _both(_figure(with_text=True)) == _both(_figure(with_text=True))
