"""Numbers of many runs over time, as a page with a figure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from markupsafe import escape

from fairflip.protos.comparison_pb2 import TrendPoint, TrendReport
from fairflip.view.runs.pages import Page, Section
from fairflip.view.tables.cells import Cell, Table
from fairflip.view.words import numbers

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 960, 320, 70, 60, 20
_NUM_COLORS = 6
#: Slices with a table of their own.
_MAX_SLICES = 40


def page(report: TrendReport) -> Page:
    """The page of a trend."""
    overall = [point for point in report.points if point.slice == "Overall"]
    slices = list(dict.fromkeys(point.slice for point in report.points))
    sets = list(dict.fromkeys(point.run.pair_set_sha256 for point in overall))
    cautions = []
    if len(sets) > 1:
        cautions.append(
            f"The runs are on {len(sets)} pair sets. Rates on different pairs do not compare: "
            "look at runs of one set, or compare two runs with `fairflip compare`."
        )
    cautions += list(report.left_out)
    sections = [
        Section(
            "All pairs",
            ("Flip rate of each run with its interval, in the order of the runs' start.",),
            (_table(overall, "Overall"),),
            figure=figure(overall),
        )
    ]
    for name in [one for one in slices if one != "Overall"][:_MAX_SLICES]:
        points = [point for point in report.points if point.slice == name]
        sections.append(Section(name, tables=(_table(points, name),), figure=figure(points)))
    return Page(
        kicker="Trend",
        title=_headline(overall),
        lead=(
            "Intervals of one run do not say whether two runs differ, since both are on the same "
            "pairs: `fairflip compare` does.",
        ),
        cautions=tuple(cautions),
        sections=tuple(sections),
    )


def _headline(points: Sequence[TrendPoint]) -> str:
    runs = len({point.run.folder for point in points})
    rates = [point.flip_rate.value for point in points]
    return (
        f"{numbers.count_of(runs, 'run')}: flip rates from {numbers.percent(min(rates))} to "
        f"{numbers.percent(max(rates))}"
    )


def _table(points: Sequence[TrendPoint], name: str) -> Table:
    rows = []
    for point in points:
        rate, excess = (numbers.estimate(point, f) for f in ("flip_rate", "excess_flip_rate"))
        gap = numbers.estimate(point, "ctf_gap")
        rows.append(
            (
                Cell(point.run.name, point.run.started),
                Cell(point.model),
                Cell(numbers.count(point.num_pairs)),
                Cell(numbers.percent(rate.value), numbers.percent_interval(rate)),
                Cell(numbers.points(excess.value), numbers.points_interval(excess)),
                Cell(numbers.decimal(gap.value)),
                Cell(numbers.percent(point.positive_rate)),
                Cell(numbers.decimal(numbers.optional(point, "auc"))),
                Cell(point.light.replace("_", " ")),
                Cell(point.run.pair_set_sha256[:8] or numbers.MISSING),
            )
        )
    return Table(
        name="trend",
        caption=name,
        groups=(),
        header=(
            "Run",
            "Model",
            "Pairs",
            "Flip rate",
            "Excess, points",
            "Score gap",
            "Positive rate",
            "AUC",
            "Verdict",
            "Pair set",
        ),
        rows=tuple(rows),
    )


def figure(points: Sequence[TrendPoint]) -> str:
    """Flip rates with their intervals, one line a model; runs on other pairs are not joined."""
    runs = list(dict.fromkeys(point.run.folder for point in points))
    models = list(dict.fromkeys(point.model for point in points))
    known = [point for point in points if point.flip_rate.value == point.flip_rate.value]
    if not known:
        return ""
    highest = max([point.flip_rate.upper for point in known if point.flip_rate.upper > 0] or [0.01])
    step = (_WIDTH - _LEFT - 20) / max(len(runs), 1)

    def x(point: TrendPoint, model: int) -> float:
        shift = (model - (len(models) - 1) / 2) * min(12.0, step / (len(models) + 1))
        return _LEFT + step * (runs.index(point.run.folder) + 0.5) + shift

    def y(rate: float) -> float:
        return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * rate / highest

    parts = []
    for tick in range(5):
        rate = highest * tick / 4
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - 20}" y1="{y(rate):.1f}" y2="{y(rate):.1f}" '
            'stroke="currentColor" stroke-opacity=".2"/>'
            f'<text x="{_LEFT - 8}" y="{y(rate) + 4:.1f}" text-anchor="end" font-size="12" '
            f'fill="currentColor">{numbers.percent(rate)}</text>'
        )
    for index, folder in enumerate(runs):
        name = next(point.run.name for point in points if point.run.folder == folder)
        shown = name if len(name) <= 18 else name[:17] + "…"
        parts.append(
            f'<text x="{_LEFT + step * (index + 0.5):.1f}" y="{_HEIGHT - _BOTTOM + 22}" '
            f'text-anchor="middle" font-size="12" fill="currentColor">'
            f"{escape(numbers.directed(shown))}</text>"
        )
    for index, model in enumerate(models):
        own = [point for point in known if point.model == model]
        color = f'class="series-{index % _NUM_COLORS + 1}"'
        for before, after in itertools.pairwise(own):
            if before.run.pair_set_sha256 == after.run.pair_set_sha256:
                parts.append(
                    f'<line {color} stroke="currentColor" stroke-width="2" '
                    f'x1="{x(before, index):.1f}" y1="{y(before.flip_rate.value):.1f}" '
                    f'x2="{x(after, index):.1f}" y2="{y(after.flip_rate.value):.1f}"/>'
                )
        for point in own:
            at, rate = x(point, index), point.flip_rate
            if rate.lower == rate.lower and rate.upper == rate.upper:
                parts.append(
                    f'<line {color} stroke="currentColor" stroke-width="1.5" x1="{at:.1f}" '
                    f'x2="{at:.1f}" y1="{y(rate.lower):.1f}" y2="{y(rate.upper):.1f}"/>'
                )
            parts.append(
                f'<circle {color} fill="currentColor" cx="{at:.1f}" cy="{y(rate.value):.1f}" '
                'r="4"/>'
            )
        parts.append(
            f'<text {color} x="{_LEFT + 150 * index}" y="{_HEIGHT - 8}" font-size="13" '
            f'fill="currentColor">● {escape(numbers.directed(model[:18]))}</text>'
        )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="Flip rates by run">'
        f"{''.join(parts)}</svg>"
    )
