"""How a plot is drawn with matplotlib: its style, its files, its inline form.

Drawn without pyplot, so that nothing global is left open. The inline form uses
the page's own colours through CSS variables and follows light and dark mode;
the files on disk have a white ground. Equal inputs give equal bytes.
"""

from __future__ import annotations

import re
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as MplFigure

from fairflip.protos.errors import printable
from fairflip.view.figures.layout import lay_out
from fairflip.view.figures.two_renderers import DOTS, TwoRenderers
from fairflip.view.words import numbers

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
    # Each text looks for all of them; those of a drawing are measured in the first.
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],
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
    "figure.dpi": DOTS,
    "figure.facecolor": "white",
    "axes.facecolor": "none",
}


#: Inches. Drawn so narrow, a plot is read on a telephone without scrolling, and stands beside
#: others on a large screen.
WIDTH = 4.8
_MAX_NAME = 40
_MAX_LABEL = 24
_LINE = 40


@dataclass(frozen=True)
class Plot:
    """One drawn figure.

    Attributes:
      name: file name without its ending, and prefix of its IDs in the page.
      title: what it shows.
      description: the same in a sentence or two, with the reading; also read
        out by screen readers.
      svg: standalone document.
      png: the same, 72 dots per inch.
      inline: for the page, in its colours.
    """

    name: str
    title: str
    description: str
    svg: bytes
    png: bytes
    inline: str


def legend(figure: MplFigure, axes: Axes, num_series: int) -> None:
    """Names the series above the plot where there are several."""
    if num_series > 1:
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper left", ncols=min(num_series, 2))


def short_name(name: str) -> str:
    """A name of the data, printable and cut to fit."""
    clean = printable(name)
    return clean if len(clean) <= _MAX_NAME else clean[: _MAX_NAME - 1] + "…"


def axis_label(name: str) -> str:
    """The name of a slice or term beside an axis, on two lines where one is too long."""
    clean = printable(name)
    if len(clean) <= _MAX_LABEL:
        return clean
    feature, colon, value = clean.partition(":")
    lines = [f"{feature}:", value] if colon else [clean]
    return "\n".join(
        line if len(line) <= _MAX_LABEL else line[: _MAX_LABEL - 1] + "…" for line in lines
    )


def row_height(labels: list[str], at_least: float) -> float:
    """Inches for a row that is at least so high and holds its label."""
    return max(at_least, 0.33 if any("\n" in label for label in labels) else 0.0)


def wrapped(text: str) -> str:
    """A title of an axis, broken where it would be wider than the plot."""
    return textwrap.fill(text, _LINE)


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context(_STYLE), warnings.catch_warnings():
        # Scripts that the drawing font lacks: the browser has its own fonts.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        yield


def make_plot(
    name: str,
    title: str,
    description: str,
    draw: Callable[[MplFigure], None],
    size: tuple[float, float],
) -> Plot:
    """Draws a plot once and writes it in all its forms.

    Args:
      name: see `Plot`.
      title: see `Plot`.
      description: see `Plot`.
      draw: adds what is shown to an empty figure.
      size: width and height in inches.
    """
    with _style():
        figure = MplFigure(figsize=size)
        draw(figure)
        svg, png = _rendered(figure)
    return Plot(
        name=name,
        title=title,
        description=description,
        svg=svg,
        png=png,
        inline=_inline(_without_background(svg.decode("utf-8")), name),
    )


def _rendered(figure: MplFigure) -> tuple[bytes, bytes]:
    """A figure as SVG and as PNG."""
    both = TwoRenderers(*figure.bbox.size)
    lay_out(figure, both)
    figure.draw(both)
    return both.finish()


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


def interval_bars(
    axes: Axes,
    rates: list[numbers.Estimate],
    positions: np.ndarray,
    number: int,
    *,
    label: str,
    is_open: bool = False,
) -> None:
    """Draws each rate as a mark on the bar of its interval; what is unknown is left out.

    Args:
      axes: where to.
      rates: one for each position.
      positions: on the vertical axis.
      number: of the series, for its colour and mark.
      label: of the series.
      is_open: marks without filling on dashed bars.
    """
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
        linewidth=1.2 if is_open else 1.6,
        linestyle=(0, (2, 2)) if is_open else "solid",
    )
    axes.plot(
        values[known],
        positions[known],
        linestyle="none",
        marker=MARKERS[number % len(MARKERS)],
        markersize=5,
        markerfacecolor="none" if is_open else colour,
        color=colour,
        label=short_name(label),
    )
