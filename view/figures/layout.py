"""Where the panels of a figure stand: each as large as its labels leave room for.

Labels are measured once, at the size in which they are drawn. Matplotlib's own engine measures
them twice and solves for what follows here from sums, which took as long as drawing.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backend_bases import RendererBase
from matplotlib.figure import Figure as MplFigure
from matplotlib.markers import TICKLEFT
from matplotlib.transforms import ScaledTranslation

#: Points between what is drawn and the border of the figure.
_PAD = 3.0
#: Points from a panel to the labels of its rows, and how many of them a mark is long.
_TO_LABEL, _MARK = 7.0, 3.5


def label_rows(axes: Axes, labels: list[str], colour: str) -> np.ndarray:
    """Gives a panel a row for each label, the first above, without lines across it.

    Written as text: a tick of an axis is five things to draw.

    Args:
      axes: the panel.
      labels: what stands beside the rows.
      colour: of the marks between label and panel.

    Returns:
      The rows' places on the vertical axis, in the order of the labels.
    """
    rows = np.arange(len(labels))[::-1].astype(float)
    axes.set_ylim(-0.7, len(labels) - 0.3)
    axes.set_yticks([])
    at_border = axes.get_yaxis_transform()
    beside = at_border + ScaledTranslation(-_TO_LABEL / 72, 0, axes.figure.dpi_scale_trans)
    for row, label in zip(rows, labels, strict=True):
        axes.text(0, row, label, transform=beside, ha="right", va="center_baseline")
    axes.plot(
        np.zeros(len(rows)),
        rows,
        transform=at_border,
        linestyle="none",
        marker=TICKLEFT,
        markersize=_MARK,
        markeredgewidth=0.8,
        color=colour,
        clip_on=False,
    )
    return rows


def title(axes: Axes, text: str, size: float) -> None:
    """Writes the title of a panel above its left end.

    Args:
      axes: the panel.
      text: the title.
      size: of its letters, in points.
    """
    # At a height of its own: matplotlib looks for room above all that is in the panel else.
    axes.set_title(text, loc="center", x=0.0, y=1.0, ha="left", fontsize=size)


def lay_out(figure: MplFigure, renderer: RendererBase) -> None:
    """Moves the panels of a figure of 72 dots per inch to where their labels have room.

    Args:
      figure: drawn by `Figure.subplots`; its legend, if there is one, stands above the panels.
      renderer: measures text.
    """
    if not figure.axes:
        return
    place = figure.axes[0].get_subplotspec()
    if place is None:
        raise ValueError("the figure's first panel stands in no grid")
    grid = place.get_gridspec()
    # Left and right of each column, below and above each row.
    beside, around = np.zeros((2, grid.ncols)), np.zeros((2, grid.nrows))
    for axes in figure.axes:
        place = axes.get_subplotspec()
        if not axes.axison or place is None:
            continue
        left, below, right, above = _room(axes, renderer)
        column, row = place.colspan.start, place.rowspan.start
        beside[:, column] = np.maximum(beside[:, column], (left, right))
        around[:, row] = np.maximum(around[:, row], (below, above))
    legends = sum(one.get_window_extent(renderer).height + _PAD for one in figure.legends)
    around[1, 0] += legends
    width, height = figure.bbox.size
    (left, right), between = _spread(beside[0], beside[1], width)
    # Rows go from above to below.
    (above, below), beneath = _spread(around[1], around[0], height)
    figure.subplots_adjust(
        left=left / width,
        right=1 - right / width,
        top=1 - above / height,
        bottom=below / height,
        wspace=between,
        hspace=beneath,
    )


def _room(axes: Axes, renderer: RendererBase) -> tuple[float, float, float, float]:
    """Points that the labels of a panel take to its left, below, to its right, and above."""
    panel = axes.bbox
    both = (axes.xaxis, axes.yaxis)
    boxes = [axis.get_tightbbox(renderer, for_layout_only=True) for axis in both]
    boxes += [text.get_window_extent(renderer) for text in axes.texts]
    extents: list[Any] = [one.extents for one in boxes if one is not None and one.width]
    # A title has room above alone: one that is long may stand over the next panel's end.
    extents.append(np.array([*panel.min, panel.x1, axes.title.get_window_extent(renderer).y1]))
    for axis in both:
        _fix_label(axes, axis)
    lowest, highest = np.min(extents, axis=0)[:2], np.max(extents, axis=0)[2:]
    (left, below), (right, above) = panel.min - lowest, highest - panel.max
    return left, below, right, above


def _fix_label(axes: Axes, axis: Axis) -> None:
    """Keeps the label of an axis at the distance that was found, so that it is not sought again."""
    is_below = axis is axes.xaxis
    distance = np.subtract(axis.label.get_position(), axes.bbox.min)[int(is_below)]
    moved = (0, distance / 72) if is_below else (distance / 72, 0)
    beside = axes.transAxes + ScaledTranslation(moved[0], moved[1], axes.figure.dpi_scale_trans)
    x, y = (0.5, 0) if is_below else (0, 0.5)
    axis.set_label_coords(x, y, transform=beside)


def _spread(
    before: np.ndarray, behind: np.ndarray, length: float
) -> tuple[tuple[float, float], float]:
    """The two margins in points, and the gap between panels as a part of a panel.

    Args:
      before: points needed in front of each panel of a line of panels.
      behind: the same behind each.
      length: of the line, margins included.
    """
    first, last = float(before[0]) + _PAD, float(behind[-1]) + _PAD
    gap = float(np.max(before[1:] + behind[:-1], initial=0.0)) + _PAD
    panel = (length - first - last - gap * (len(before) - 1)) / len(before)
    return (first, last), gap / max(panel, 1.0)
