"""The plot of flips beside those of controls: whether a flip rate means anything."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure as MplFigure
from matplotlib.ticker import PercentFormatter

from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.figures.drawing import (
    MUTED,
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
from fairflip.view.words import evidence, numbers
from fairflip.view.words.excess import Excess, excess_at
from fairflip.view.words.report_index import OVERALL, ReportIndex

_MAX_SLICES = 25
#: Slices by what was changed lead those by columns of the data.
_LEADING = ("counterfactual_group:", "counterfactual_term:")


def identity_and_control(index: ReportIndex) -> Plot | None:
    """Flip rates of pairs and of their controls, a row for each slice; None without controls."""
    threshold = index.first_threshold
    if threshold is None:
        return None

    def excess_of(model: str, name: str) -> Excess | None:
        part, at = index.slice(model, name), index.at(model, name, threshold)
        if part is None or at is None:
            return None
        if model == index.baseline or not part.HasField("matched"):
            return excess_at(part, at)
        # Where candidates are judged; chance where they could not be matched.
        return excess_at(part, part.matched) if evidence.is_matched(part) else None

    at_place = {(m, name): excess_of(m, name) for m in index.models for name in index.slices}

    def rates(model: str, names: list[str], *, controls: bool) -> list[numbers.Estimate]:
        places = [at_place[model, name] for name in names]
        return [
            numbers.Estimate() if one is None else one.control_rate if controls else one.flip_rate
            for one in places
        ]

    def has_control(name: str) -> bool:
        places = [at_place[model, name] for model in index.models]
        return any(one is not None and one.rate.is_known for one in places)

    known = [name for name in index.large_slices if has_control(name)]
    if not known:
        return None

    def rank(name: str) -> tuple[bool, bool, float]:
        largest = max(
            np.nan_to_num(one.rate.value, nan=-2.0)
            for model in index.models
            if (one := at_place[model, name]) is not None
        )
        return name != OVERALL, not name.startswith(_LEADING), -float(largest)

    known.sort(key=rank)
    left_out = len(index.slices) - len(known[:_MAX_SLICES])
    names = known[:_MAX_SLICES]
    labels = [axis_label(name) for name in names]

    def draw(figure: MplFigure) -> None:
        axes = figure.subplots()
        rows = label_rows(axes, labels, MUTED)
        step = 0.8 / (2 * len(index.models))
        for number, model in enumerate(index.models):
            offset = 2 * step * ((len(index.models) - 1) / 2 - number)
            identity = rates(model, names, controls=False)
            interval_bars(axes, identity, rows + offset + step / 2, number, label=model)
            controls = rates(model, names, controls=True)
            place = rows + offset - step / 2
            label = f"{model}, controls"
            interval_bars(axes, controls, place, number, label=label, is_open=True)
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=None))
        place_words = index.at_threshold(threshold)
        if index.candidates and not index.is_argmax:
            place_words = (
                f" at the rate of yes that {short_name(index.baseline or '')} has{place_words}"
            )
        axes.set_xlabel(wrapped(f"decisions that change{place_words}"))
        legend(figure, axes, 2 * len(index.models))

    edit = edit_of(index.report)
    description = (
        f"Filled: pairs, by {edit.verb} {edit.terms}. Open, dashed: their controls, by {edit.verb} "
        f"{edit.others}. Where both lie together, the flips are what any such edit does."
    )
    if left_out:
        slices = numbers.count_of(left_out, "more slice is", "more slices are")
        description += f" {slices} in the table only."
    row = row_height(labels, 0.34 * max(1.0, 0.6 * len(index.models)))
    height = 1.6 + row * len(names)
    return make_plot(
        "identity_and_control",
        "Flips beside those of controls",
        description,
        draw,
        (WIDTH, height),
    )
