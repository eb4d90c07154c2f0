"""Plots of how scores move, over all pairs and by term."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure as MplFigure

from fairflip.protos import report_pb2
from fairflip.view.figures.drawing import (
    INK,
    MUTED,
    SERIES,
    WIDTH,
    Plot,
    axis_label,
    interval_bars,
    legend,
    make_plot,
    short_name,
    wrapped,
)
from fairflip.view.figures.layout import label_rows, title
from fairflip.view.tables.score_shift import ScoreShift
from fairflip.view.words import numbers
from fairflip.view.words.report_index import ReportIndex

_MAX_TERMS = 30
#: Opacity of a cell with one pair: seen on a light ground and on a dark one.
_FAINTEST = 0.3


def score_shift_plot(index: ReportIndex, shift: ScoreShift | None) -> Plot | None:
    """Originals' scores against counterfactuals'; None without scored pairs."""
    if shift is None or not shift.histograms:
        return None
    models = [model for model in index.models if model in shift.histograms]
    if not models:
        return None
    columns = min(len(models), 2)
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
            # One picture per panel, its opacity the logarithm of the count, so that a corner
            # with most of the pairs does not leave the rest unseen; cells as vector shapes
            # would be a megabyte.
            cells = np.zeros((*counts.T.shape, 4))
            cells[..., :3] = to_rgb(colour)
            depth = np.log1p(counts.T) / np.log1p(max(largest, 1.0))
            cells[..., 3] = np.where(counts.T > 0, _FAINTEST + (0.95 - _FAINTEST) * depth, 0.0)
            panel.imshow(cells, origin="lower", extent=(0, 1, 0, 1), interpolation="none")
            panel.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8)
            if index.first_threshold is not None:
                panel.axvline(index.first_threshold, color=INK, linewidth=0.8, linestyle="--")
                panel.axhline(index.first_threshold, color=INK, linewidth=0.8, linestyle="--")
            title(panel, short_name(model), size=10)
            panel.set_aspect("equal", adjustable="box")
            panel.set_xlabel("score of the original")
            if number % columns == 0:
                panel.set_ylabel("score of the counterfactual")

    size = WIDTH / columns if columns > 1 else 3.6
    return make_plot(
        "score_before_after",
        "Score of the original against score of the counterfactual",
        "The stronger a cell's colour, the more pairs have these two scores. On the "
        "diagonal the score does not move. Upper left and lower right of the dashed lines are "
        "the flips.",
        draw,
        (WIDTH, (size + 0.35) * rows),
    )


def gap_by_term(report: report_pb2.RunReport, index: ReportIndex) -> Plot | None:
    """The terms whose change moves scores most; None where no term is known."""
    terms = [term for term in report.term_coverage if term.ctf_gap]
    if not terms:
        return None

    def rank(term: report_pb2.TermCoverage) -> tuple[float, float]:
        return min(
            numbers.surely_greatest_first(numbers.in_map(term.ctf_gap, model))
            for model in term.ctf_gap
        )

    terms = sorted(terms, key=rank)
    left_out = max(0, len(terms) - _MAX_TERMS)
    terms = terms[:_MAX_TERMS]

    def draw(figure: MplFigure) -> None:
        axes = figure.subplots()
        labels = [f"{axis_label(term.term)} ({term.num_pairs:,})" for term in terms]
        rows = label_rows(axes, labels, MUTED)
        step = 0.7 / max(len(index.models), 1)
        for number, model in enumerate(index.models):
            offset = step * ((len(index.models) - 1) / 2 - number)
            gaps = [numbers.in_map(term.ctf_gap, model) for term in terms]
            interval_bars(axes, gaps, rows + offset, number, label=model)
        axes.set_xlim(left=0)
        axes.set_xlabel(wrapped("mean change of score (CTF gap); pairs in brackets"))
        legend(figure, axes, len(index.models))

    description = (
        "How far the score moves on average when this term is changed, whatever the threshold. "
        "First the terms whose move is most surely large, by the lower end of the interval."
    )
    if left_out:
        others = numbers.count_of(left_out, "more term is", "more terms are")
        description += f" {others} in the table only."
    height = 1.3 + 0.26 * len(terms) * max(1.0, 0.55 * len(index.models))
    return make_plot("ctf_gap_by_term", "Score change by term", description, draw, (WIDTH, height))
