"""The plot of a sweep: what fewer flips cost."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as MplFigure
from matplotlib.ticker import PercentFormatter

from fairflip.protos import report_pb2
from fairflip.view.figures.drawing import (
    INK,
    MARKERS,
    SERIES,
    WIDTH,
    Plot,
    legend,
    make_plot,
    short_name,
    wrapped,
)


def sweep_pareto(report: report_pb2.RunReport) -> Plot | None:
    """Flips against AUC of all settings of a sweep; None without one."""
    points = [
        point
        for point in report.sweep.points
        if point.HasField("matched_flip_rate")
        and point.HasField("auc")
        and np.isfinite(point.matched_flip_rate.value)
        and np.isfinite(point.auc.value)
    ]
    if not points:
        return None

    def draw(figure: MplFigure) -> None:
        axes = figure.subplots()
        techniques = list(dict.fromkeys(point.technique for point in points))
        for number, technique in enumerate(techniques):
            own = [point for point in points if point.technique == technique]
            colour = SERIES[number % len(SERIES)]
            rates = np.array([point.matched_flip_rate.value for point in own])
            aucs = np.array([point.auc.value for point in own])
            axes.errorbar(
                rates,
                aucs,
                xerr=_reach(rates, [point.matched_flip_rate for point in own]),
                yerr=_reach(aucs, [point.auc for point in own]),
                fmt=MARKERS[number % len(MARKERS)],
                color=colour,
                markersize=5,
                elinewidth=0.8,
                label=short_name(technique or "model"),
            )
        front = sorted(
            (point for point in points if point.on_pareto_front),
            key=lambda point: point.matched_flip_rate.value,
        )
        axes.plot(
            [point.matched_flip_rate.value for point in front],
            [point.auc.value for point in front],
            color=INK,
            linewidth=1,
            zorder=1,
        )
        for number, point in enumerate(points):
            axes.annotate(
                short_name(point.name) + (" (chosen)" if point.chosen else ""),
                (point.matched_flip_rate.value, point.auc.value),
                xytext=(6, 5 if number % 2 else -11),
                textcoords="offset points",
                fontsize=8,
                color=INK,
                fontweight="bold" if point.chosen else "normal",
            )
        axes.set_xlim(left=0)
        axes.margins(x=0.15, y=0.15)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        axes.set_xlabel(wrapped("pairs that flip at the baseline's positive rate"))
        axes.set_ylabel("AUC")
        legend(figure, axes, len(techniques))

    return make_plot(
        "sweep_pareto",
        "What fewer flips cost",
        "One dot per setting: flip rate at the baseline's positive rate against AUC, with the "
        "smallest and largest seen over seeds. Upper left is better; the line joins the settings "
        "that no other beats in both.",
        draw,
        (WIDTH, 3.8),
    )


def _reach(values: np.ndarray, intervals: list[report_pb2.Interval]) -> np.ndarray:
    """Distances from value to both ends, shape [2, n]; 0 where unknown."""
    lower = np.array([interval.lower for interval in intervals])
    upper = np.array([interval.upper for interval in intervals])
    reach = np.stack([values - lower, upper - values])
    return np.where(np.isfinite(reach), np.maximum(reach, 0.0), 0.0)
