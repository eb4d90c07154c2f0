"""Plots of flip rates, by slice and by threshold."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as MplFigure
from matplotlib.ticker import PercentFormatter

from fairflip.view.figures.drawing import (
    MARKERS,
    MUTED,
    SERIES,
    WIDTH,
    Plot,
    axis_label,
    interval_bars,
    legend,
    make_plot,
    row_height,
    short_name,
    wrapped,
)
from fairflip.view.figures.layout import label_rows
from fairflip.view.words import numbers
from fairflip.view.words.report_index import OVERALL, ReportIndex

_MAX_SLICES = 40


def flip_rate_by_slice(index: ReportIndex) -> Plot | None:
    """Flip rates of all models, a row for each slice; None without a threshold."""
    threshold = index.first_threshold
    if threshold is None:
        return None

    def rate(model: str, name: str) -> numbers.Estimate:
        at = index.at(model, name, threshold)
        return numbers.estimate(at, "flip_rate") if at is not None else numbers.Estimate()

    known = [
        name
        for name in index.large_slices
        if any(rate(model, name).is_known for model in index.models)
    ]
    if not known:
        return None

    def rank(name: str) -> float:
        return max(np.nan_to_num(rate(model, name).value, nan=-1.0) for model in index.models)

    others = sorted((name for name in known if name != OVERALL), key=rank, reverse=True)
    names = [name for name in known if name == OVERALL] + others
    left_out = len(index.slices) - len(names[:_MAX_SLICES])
    names = names[:_MAX_SLICES]
    labels = [axis_label(name) for name in names]

    def draw(figure: MplFigure) -> None:
        axes = figure.subplots()
        rows = label_rows(axes, labels, MUTED)
        step = 0.7 / max(len(index.models), 1)
        for number, model in enumerate(index.models):
            offset = step * ((len(index.models) - 1) / 2 - number)
            interval_bars(
                axes, [rate(model, name) for name in names], rows + offset, number, label=model
            )
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        axes.set_xlabel(wrapped(f"pairs that flip{index.at_threshold(threshold)}"))
        legend(figure, axes, len(index.models))

    description = (
        "Share of pairs whose decision changes, with its interval, for each slice; slices with "
        "the most flips first. Nearer to zero is better."
    )
    if left_out:
        slices = numbers.count_of(left_out, "more slice is", "more slices are")
        description += f" {slices} in the table only, those of few originals among them."
    row = row_height(labels, 0.26 * max(1.0, 0.55 * len(index.models)))
    height = 1.3 + row * len(names)
    return make_plot("flip_rate_by_slice", "Flip rate by slice", description, draw, (WIDTH, height))


def flip_rate_by_threshold(index: ReportIndex) -> Plot | None:
    """Overall flip rates over thresholds; None with fewer than two."""
    thresholds = sorted(index.thresholds)
    if len(thresholds) < 2:
        return None

    def draw(figure: MplFigure) -> None:
        axes = figure.subplots()
        for number, model in enumerate(index.models):
            rates = [
                numbers.estimate(at, "flip_rate")
                if (at := index.at(model, OVERALL, threshold)) is not None
                else numbers.Estimate()
                for threshold in thresholds
            ]
            colour = SERIES[number % len(SERIES)]
            axes.fill_between(
                thresholds,
                [rate.lower for rate in rates],
                [rate.upper for rate in rates],
                color=colour,
                alpha=0.18,
                linewidth=0,
            )
            axes.plot(
                thresholds,
                [rate.value for rate in rates],
                color=colour,
                marker=MARKERS[number % len(MARKERS)],
                markersize=4,
                label=short_name(model),
            )
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        axes.set_xlabel("threshold")
        axes.set_ylabel("pairs that flip")
        legend(figure, axes, len(index.models))

    return make_plot(
        "flip_rate_by_threshold",
        "Flip rate against threshold",
        "Share of all pairs that flip at each threshold, with its interval. A low rate far from "
        "the threshold in use says little: there, few scores lie near the threshold.",
        draw,
        (WIDTH, 3.2),
    )
