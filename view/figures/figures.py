"""The report's plots, drawn with matplotlib, as standalone files and inline SVG.

Drawn without pyplot, so that nothing global is left open. The inline form uses
the page's own colours through CSS variables and follows light and dark mode;
the files on disk have a white ground. Equal inputs give equal bytes.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import threadpoolctl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as MplFigure
from matplotlib.ticker import PercentFormatter

from fairflip.protos import report_pb2
from fairflip.view.tables.score_shift import ScoreShift
from fairflip.view.words import numbers
from fairflip.view.words.report_index import OVERALL, ReportIndex

INK = "#1f2430"
MUTED = "#6b7280"
GRID = "#d9dde3"
#: Distinguishable with the common forms of colour blindness (Okabe and Ito).
SERIES = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#4b5563")
MARKERS = ("o", "s", "^", "D", "v", "P")

_CSS_VARIABLES = {INK: "var(--ink)", MUTED: "var(--muted)", GRID: "var(--grid)"} | {
    colour: f"var(--series-{number})" for number, colour in enumerate(SERIES, start=1)
}
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fairflip",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "axes.facecolor": "none",
}
_MAX_SLICES = 40
_MAX_TERMS = 30
_MAX_NAME = 40


@dataclass(frozen=True)
class Plot:
    """One drawn figure.

    Attributes:
      name: file name without its ending, and prefix of its IDs in the page.
      title: what it shows.
      description: the same in a sentence or two, with the reading; also read
        out by screen readers.
      svg: standalone document.
      png: the same, 150 dots per inch.
      inline: for the page, in its colours.
    """

    name: str
    title: str
    description: str
    svg: bytes
    png: bytes
    inline: str


def draw_all(
    report: report_pb2.RunReport, index: ReportIndex, shift: ScoreShift | None
) -> list[Plot]:
    """Every plot that the report has data for, in reading order.

    Args:
      report: any run report.
      index: its index.
      shift: how scores move from original to counterfactual, if the scored
        pairs were given.
    """
    # Drawing inverts matrices of three rows, and NumPy 1's BLAS starts all its threads for
    # each: they spin for some hundredths of a second, many times what there is to compute.
    with threadpoolctl.threadpool_limits(1, "blas"):
        drawn = [
            _flip_rate_by_slice(index),
            _flip_rate_by_threshold(index),
            _score_shift(index, shift),
            _gap_by_term(report, index),
            _pareto(report),
        ]
    return [plot for plot in drawn if plot is not None]


def _flip_rate_by_slice(index: ReportIndex) -> Plot | None:
    threshold = index.first_threshold
    if threshold is None:
        return None

    def rate(model: str, name: str) -> numbers.Estimate:
        at = index.at(model, name, threshold)
        return numbers.estimate(at, "flip_rate") if at is not None else numbers.Estimate()

    known = [
        name for name in index.slices if any(rate(model, name).is_known for model in index.models)
    ]
    if not known:
        return None

    def rank(name: str) -> float:
        return max(np.nan_to_num(rate(model, name).value, nan=-1.0) for model in index.models)

    others = sorted((name for name in known if name != OVERALL), key=rank, reverse=True)
    names = [name for name in known if name == OVERALL] + others
    left_out = max(0, len(names) - _MAX_SLICES)
    names = names[:_MAX_SLICES]

    def draw(figure: MplFigure) -> None:
        axes = figure.subplots()
        rows = np.arange(len(names))[::-1].astype(float)
        step = 0.7 / max(len(index.models), 1)
        for number, model in enumerate(index.models):
            offset = step * ((len(index.models) - 1) / 2 - number)
            _intervals(
                axes, [rate(model, name) for name in names], rows + offset, number, label=model
            )
        axes.set_yticks(rows, [_short(name) for name in names])
        axes.set_ylim(-0.7, len(names) - 0.3)
        axes.grid(visible=False, axis="y")
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        axes.set_xlabel(f"pairs that flip at threshold {numbers.threshold(threshold)}")
        _legend(figure, axes, len(index.models))

    description = (
        "Share of pairs whose decision changes, with its interval, for each slice; slices with "
        "the most flips first. Nearer to zero is better."
    )
    if left_out:
        description += f" The {left_out} slices with the fewest flips are in the table only."
    height = 1.3 + 0.26 * len(names) * max(1.0, 0.55 * len(index.models))
    return _plot("flip_rate_by_slice", "Flip rate by slice", description, draw, (7.2, height))


def _flip_rate_by_threshold(index: ReportIndex) -> Plot | None:
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
                label=_short(model),
            )
        axes.set_ylim(bottom=0)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        axes.set_xlabel("threshold")
        axes.set_ylabel("pairs that flip")
        _legend(figure, axes, len(index.models))

    return _plot(
        "flip_rate_by_threshold",
        "Flip rate against threshold",
        "Share of all pairs that flip at each threshold, with its interval. A low rate far from "
        "the threshold in use says little: there, few scores lie near the threshold.",
        draw,
        (7.2, 3.4),
    )


def _score_shift(index: ReportIndex, shift: ScoreShift | None) -> Plot | None:
    if shift is None or not shift.histograms:
        return None
    models = [model for model in index.models if model in shift.histograms]
    if not models:
        return None
    columns = min(len(models), 3)
    rows = -(-len(models) // columns)

    def draw(figure: MplFigure) -> None:
        panels = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=True)
        largest = max(float(shift.histograms[model].max()) for model in models)
        for number, panel in enumerate(panels.flat):
            if number >= len(models):
                panel.set_axis_off()
                continue
            model = models[number]
            colour = SERIES[index.models.index(model) % len(SERIES)]
            counts = shift.histograms[model]
            # One picture per panel, its opacity the root of the count; cells
            # as vector shapes would be a megabyte.
            cells = np.zeros((*counts.T.shape, 4))
            cells[..., :3] = to_rgb(colour)
            cells[..., 3] = np.sqrt(counts.T / max(largest, 1.0)) * 0.95
            cells[..., 3] = np.where(counts.T > 0, np.maximum(cells[..., 3], 0.15), 0.0)
            panel.imshow(cells, origin="lower", extent=(0, 1, 0, 1), interpolation="nearest")
            panel.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
            if index.first_threshold is not None:
                panel.axvline(index.first_threshold, color=INK, linewidth=0.8, linestyle="--")
                panel.axhline(index.first_threshold, color=INK, linewidth=0.8, linestyle="--")
            panel.set_title(_short(model), fontsize=10)
            panel.set_aspect("equal", adjustable="box")
            panel.set_xlabel("score of the original")
            if number % columns == 0:
                panel.set_ylabel("score of the counterfactual")

    size = 7.2 / columns if columns > 1 else 4.4
    return _plot(
        "score_before_after",
        "Score of the original against score of the counterfactual",
        "The darker a cell, the more pairs have these two scores. On the "
        "diagonal the score does not move. Upper left and lower right of the dashed lines are "
        "the flips.",
        draw,
        (size * columns, (size + 0.35) * rows),
    )


def _gap_by_term(report: report_pb2.RunReport, index: ReportIndex) -> Plot | None:
    terms = [term for term in report.term_coverage if term.ctf_gap]
    if not terms:
        return None

    def rank(term: report_pb2.TermCoverage) -> float:
        return max(np.nan_to_num(interval.value, nan=-1.0) for interval in term.ctf_gap.values())

    terms = sorted(terms, key=rank, reverse=True)
    left_out = max(0, len(terms) - _MAX_TERMS)
    terms = terms[:_MAX_TERMS]

    def draw(figure: MplFigure) -> None:
        axes = figure.subplots()
        rows = np.arange(len(terms))[::-1].astype(float)
        step = 0.7 / max(len(index.models), 1)
        for number, model in enumerate(index.models):
            offset = step * ((len(index.models) - 1) / 2 - number)
            gaps = [
                numbers.Estimate(gap.value, gap.lower, gap.upper)
                if (gap := term.ctf_gap.get(model)) is not None
                else numbers.Estimate()
                for term in terms
            ]
            _intervals(axes, gaps, rows + offset, number, label=model)
        axes.set_yticks(rows, [f"{_short(term.term)} ({term.num_pairs:,})" for term in terms])
        axes.set_ylim(-0.7, len(terms) - 0.3)
        axes.grid(visible=False, axis="y")
        axes.set_xlim(left=0)
        axes.set_xlabel("mean change of score (CTF gap); pairs in brackets")
        _legend(figure, axes, len(index.models))

    description = (
        "How far the score moves on average when this term is changed, whatever the threshold. "
        "Terms with the largest move first."
    )
    if left_out:
        description += f" {left_out} terms with smaller moves are in the table only."
    height = 1.3 + 0.26 * len(terms) * max(1.0, 0.55 * len(index.models))
    return _plot("ctf_gap_by_term", "Score change by term", description, draw, (7.2, height))


def _pareto(report: report_pb2.RunReport) -> Plot | None:
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
                label=_short(technique or "model"),
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
                _short(point.name) + (" (chosen)" if point.chosen else ""),
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
        axes.set_xlabel("pairs that flip at the baseline's positive rate")
        axes.set_ylabel("AUC")
        _legend(figure, axes, len(techniques))

    return _plot(
        "sweep_pareto",
        "What fewer flips cost",
        "One dot per setting: flip rate at the baseline's positive rate against AUC, with the "
        "smallest and largest seen over seeds. Upper left is better; the line joins the settings "
        "that no other beats in both.",
        draw,
        (7.2, 4.2),
    )


def _intervals(
    axes: Axes,
    rates: list[numbers.Estimate],
    positions: np.ndarray,
    number: int,
    *,
    label: str,
) -> None:
    values = np.array([rate.value for rate in rates], dtype=float)
    known = np.isfinite(values)
    colour = SERIES[number % len(SERIES)]
    lower = np.array([rate.lower for rate in rates], dtype=float)
    upper = np.array([rate.upper for rate in rates], dtype=float)
    axes.hlines(
        positions[known],
        np.where(np.isfinite(lower), lower, values)[known],
        np.where(np.isfinite(upper), upper, values)[known],
        color=colour,
        linewidth=1.6,
    )
    axes.plot(
        values[known],
        positions[known],
        linestyle="none",
        marker=MARKERS[number % len(MARKERS)],
        markersize=5,
        color=colour,
        label=_short(label),
    )


def _reach(values: np.ndarray, intervals: list[report_pb2.Interval]) -> np.ndarray:
    """Distances from value to both ends, shape [2, n]; 0 where unknown."""
    lower = np.array([interval.lower for interval in intervals])
    upper = np.array([interval.upper for interval in intervals])
    reach = np.stack([values - lower, upper - values])
    return np.where(np.isfinite(reach), np.maximum(reach, 0.0), 0.0)


def _legend(figure: MplFigure, axes: Axes, num_series: int) -> None:
    if num_series > 1:
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside upper left", ncols=min(num_series, 4))


def _short(name: str) -> str:
    clean = numbers.printable(name)
    return clean if len(clean) <= _MAX_NAME else clean[: _MAX_NAME - 1] + "…"


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # Scripts that the drawing font lacks: the browser has its own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def _plot(
    name: str,
    title: str,
    description: str,
    draw: Callable[[MplFigure], None],
    size: tuple[float, float],
) -> Plot:
    with _style():
        figure = MplFigure(figsize=size, layout="constrained")
        draw(figure)
        svg, png = io.BytesIO(), io.BytesIO()
        FigureCanvasSVG(figure).print_svg(svg, metadata={"Date": None, "Creator": None})
        # Once is enough: finding the layout costs more than drawing.
        figure.set_layout_engine("none")
        FigureCanvasAgg(figure).print_png(png, metadata={"Software": None})
    return Plot(
        name=name,
        title=title,
        description=description,
        svg=svg.getvalue(),
        png=png.getvalue(),
        inline=_inline(_without_background(svg.getvalue().decode("utf-8")), name),
    )


def _without_background(document: str) -> str:
    """The figure's own patch is what is drawn first."""
    return re.sub(r'<g id="patch_1">.*?</g>', "", document, count=1, flags=re.DOTALL)


def _inline(document: str, name: str) -> str:
    """A standalone SVG as part of a page: its own IDs, the page's colours."""
    body = document[document.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    # Inside tags only: text between them is of the data and stays as it is.
    body = re.sub(r"<[a-zA-Z][^>]*>", lambda match: _inline_tag(match.group(), name), body)
    body = re.sub(r'<svg ([^>]*?)width="[^"]*"', r"<svg \1", body, count=1)
    body = re.sub(r'<svg ([^>]*?)height="[^"]*"', r"<svg \1", body, count=1)
    return body.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1)


def _inline_tag(tag: str, name: str) -> str:
    tag = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', tag)
    tag = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{name}-\1"', tag)
    tag = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", tag)
    for colour, variable in _CSS_VARIABLES.items():
        tag = tag.replace(colour, variable)
    return tag
