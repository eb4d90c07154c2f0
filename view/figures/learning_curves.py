"""The plot of training: each loss from its beginning to its end."""

from __future__ import annotations

import math

from matplotlib.figure import Figure as MplFigure

from fairflip.protos import report_pb2
from fairflip.view.figures.drawing import (
    MARKERS,
    SERIES,
    WIDTH,
    Plot,
    make_plot,
    short_name,
)
from fairflip.view.figures.layout import title

_COLUMNS = 2


def learning_curves(report: report_pb2.RunReport) -> Plot | None:
    """Losses over parts of training, each on a scale of its own; None where nothing was trained."""
    names = {curve.quantity for curve in report.learning_curves}
    curves = [
        curve
        for curve in report.learning_curves
        if len(curve.values) > 1
        and all(map(math.isfinite, curve.values))
        # The sum of the others says nothing more.
        and not (curve.quantity == "loss" and "original_loss" in names)
    ]
    if not curves:
        return None

    num_rows = -(-len(curves) // _COLUMNS)

    def draw(figure: MplFigure) -> None:
        grid = figure.subplots(num_rows, _COLUMNS, squeeze=False, sharex=True)
        for axes in grid.flat[len(curves) :]:
            axes.set_axis_off()
        for number, (axes, curve) in enumerate(zip(grid.flat, curves, strict=False)):
            shares = [(part + 0.5) / len(curve.values) for part in range(len(curve.values))]
            axes.plot(
                shares,
                list(curve.values),
                marker=MARKERS[number % len(MARKERS)],
                markersize=3,
                color=SERIES[number % len(SERIES)],
            )
            axes.set_ylim(bottom=0)
            axes.set_xlim(0, 1)
            if number >= len(curves) - _COLUMNS:
                axes.set_xlabel("share of training")
            title(axes, short_name(curve.quantity.replace("_", " ")), size=9)

    return make_plot(
        "learning_curves",
        "Losses in training",
        "Means over equal parts of training, from its beginning to its end, each loss on a scale "
        "of its own and without its weight. A pair loss that stays level has taught nothing.",
        draw,
        (WIDTH, 2.2 * num_rows),
    )
