"""Panels and their labels lie within the figure, and beside each other."""

from __future__ import annotations

import itertools

import matplotlib as mpl
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from fairflip.view.figures import layout


@pytest.fixture(autouse=True)
def _in_points():
    with mpl.rc_context({"figure.dpi": 72, "text.parse_math": False}):
        yield


def _laid_out(figure: Figure):
    renderer = FigureCanvasAgg(figure).get_renderer()
    layout.lay_out(figure, renderer)
    figure.draw(renderer)
    return renderer


def _assert_inside(figure: Figure, renderer) -> None:
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            box = axis.get_tightbbox(renderer, for_layout_only=True)
            assert box is None or not box.width or figure.bbox.padded(0.5).contains(*box.min)
            assert box is None or not box.width or figure.bbox.padded(0.5).contains(*box.max)
        for text in (*axes.texts, axes.title):
            box = text.get_window_extent(renderer)
            assert not box.width or box.x0 >= -0.5
            assert not box.width or -0.5 <= box.y0 <= box.y1 <= figure.bbox.height + 0.5


@settings(max_examples=8, deadline=None)
@given(
    labels=st.lists(st.text("aW.\n", max_size=20), min_size=1, max_size=8),
    rows=st.integers(1, 2),
    columns=st.integers(1, 2),
    title=st.text("gW", max_size=30),
    with_legend=st.booleans(),
)
def test_everything_has_room(labels, rows, columns, title, with_legend):
    figure = Figure(figsize=(6.5 * columns, 4 * rows))
    grid = figure.subplots(rows, columns, squeeze=False)
    for axes in grid.flat:
        places = layout.label_rows(axes, labels, "grey")
        axes.plot(np.arange(len(labels)), places, label="x")
        axes.set_xlabel("two\nlines")
        layout.title(axes, title, size=10)
    if with_legend:
        figure.legend(*axes.get_legend_handles_labels(), loc="upper left")
    renderer = _laid_out(figure)
    _assert_inside(figure, renderer)
    for one, other in itertools.combinations(grid.flat, 2):
        assert not one.bbox.overlaps(other.bbox)
    for legend in figure.legends:
        below = legend.get_window_extent(renderer).y0
        assert all(axes.bbox.y1 < below for axes in grid.flat)


def test_rows_stand_from_above_with_their_labels_at_their_height():
    axes = Figure().subplots()
    places = layout.label_rows(axes, ["first", "second"], "grey")
    assert places.tolist() == [1.0, 0.0]
    assert [(text.get_text(), text.get_position()[1]) for text in axes.texts] == [
        ("first", 1.0),
        ("second", 0.0),
    ]


def test_labels_of_axes_stay_beside_what_they_are_of():
    figure = Figure(figsize=(4.8, 3.2))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 123_456])
    axes.set_xlabel("below")
    axes.set_ylabel("left")
    renderer = _laid_out(figure)
    _assert_inside(figure, renderer)
    ticks = [text.get_window_extent(renderer) for text in axes.get_yticklabels()]
    assert axes.yaxis.label.get_window_extent(renderer).x1 <= min(box.x0 for box in ticks)
    ticks = [text.get_window_extent(renderer) for text in axes.get_xticklabels()]
    assert axes.xaxis.label.get_window_extent(renderer).y1 <= min(box.y0 for box in ticks)


def test_a_long_title_takes_no_width():
    sizes = []
    for text in ("short", "long " * 20):
        figure = Figure(figsize=(5, 3))
        axes = figure.subplots()
        layout.title(axes, text, size=10)
        _laid_out(figure)
        sizes.append(axes.bbox.width)
    assert sizes[0] == pytest.approx(sizes[1])


def test_a_figure_without_panels_stays_empty():
    layout.lay_out(Figure(), None)
