"""Flips and controls by threshold, as text for a page that shows one threshold at a time.

Written here and not in the page, so that numbers are rounded in one place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fairflip.protos import report_pb2
from fairflip.view.words import numbers
from fairflip.view.words.excess import TOO_FEW_TERMS, excess_at, has_controls
from fairflip.view.words.report_index import ReportIndex

_FLIPS = ("Flips", "Negative to positive", "Positive to negative")
_CONTROLS = ("Control flips", "Excess, points", "Over words")
#: Between the number and the small print of a cell, and between cells.
_NOTE, _CELL = "\n", "|"


def header(index: ReportIndex) -> tuple[str, ...]:
    """The columns: the slice, the model, and what moves with the threshold."""
    return (
        "Slice",
        "Model",
        "Pairs",
        *_FLIPS,
        *(_CONTROLS if has_controls(index.report) else ()),
    )


def by_threshold(
    index: ReportIndex, curve: Sequence[report_pb2.ModelReport]
) -> dict[str, Any] | None:
    """All thresholds of a report and of a curve beside it; None with fewer than two.

    Args:
      index: of the report, whose numbers hold where both have a threshold.
      curve: models with the same slices at more thresholds; may be empty.

    Returns:
      `thresholds` as text, ascending, the places of those that the report keeps, and rows:
      slice, model, pairs, and for each threshold its cells in one text.
    """
    between = {
        (model.name, part.slice, at.threshold): at
        for model in curve
        for part in model.slices
        for at in part.thresholds
    }
    thresholds = sorted({*index.thresholds, *(threshold for _, _, threshold in between)})
    if len(thresholds) < 2:
        return None
    with_controls = has_controls(index.report)
    rows = []
    for name in index.slices:
        for model in index.models:
            part = index.slice(model, name)
            if part is None:
                continue
            cells = []
            for threshold in thresholds:
                at = index.at(model, name, threshold) or between.get((model, name, threshold))
                cells.append("" if at is None else _cells(part, at, with_controls))
            rows.append(
                [
                    numbers.directed(name),
                    numbers.directed(model),
                    numbers.count(part.num_pairs),
                    cells,
                ]
            )
    return {
        "thresholds": [numbers.threshold(threshold) for threshold in thresholds],
        "kept": [place for place, value in enumerate(thresholds) if value in index.thresholds],
        "first": thresholds.index(index.thresholds[0]),
        "rows": rows,
    }


def num_between(thresholds: dict[str, Any] | None) -> int:
    """How many of `by_threshold` the report does not keep."""
    return len(thresholds["thresholds"]) - len(thresholds["kept"]) if thresholds else 0


def _cells(
    part: report_pb2.SliceReport, at: report_pb2.ThresholdReport, with_controls: bool
) -> str:
    cells = [
        _rate(numbers.estimate(at, "flip_rate"), at.flip_count),
        _rate(numbers.estimate(at, "negative_to_positive_rate"), at.negative_to_positive_count),
        _rate(numbers.estimate(at, "positive_to_negative_rate"), at.positive_to_negative_count),
    ]
    if with_controls:
        excess = excess_at(part, at)
        words = excess.over_words_text
        if excess.is_too_wide:
            words = f"{numbers.MISSING}{_NOTE}{TOO_FEW_TERMS}"
        cells += [
            _noted(
                numbers.percent(excess.control_rate.value),
                numbers.percent_interval(excess.control_rate),
            ),
            _noted(numbers.points(excess.rate.value), numbers.points_interval(excess.rate)),
            words or numbers.MISSING,
        ]
    return _CELL.join(cells)


def _rate(rate: numbers.Estimate, count: int) -> str:
    interval = numbers.percent_interval(rate)
    shown = f"{interval} · {numbers.count(count)}" if interval else numbers.count(count)
    return _noted(numbers.percent(rate.value), shown)


def _noted(text: str, note: str) -> str:
    return f"{text}{_NOTE}{note}" if note else text
