"""Tables with a row for each slice, as plain rows for the HTML page and for Markdown alike."""

from __future__ import annotations

import math

from fairflip.protos import report_pb2
from fairflip.view.tables.cells import (
    NOTHING,
    Cell,
    Table,
    decimal_cell,
    decimal_interval,
    rate_cell,
)
from fairflip.view.words import evidence, numbers
from fairflip.view.words.report_index import ReportIndex

_DIRECTIONS = (
    ("any flip", "flip_count", "flip_rate", None),
    (
        "negative to positive",
        "negative_to_positive_count",
        "negative_to_positive_rate_given_negative",
        "negative_count",
    ),
    (
        "positive to negative",
        "positive_to_negative_count",
        "positive_to_negative_rate_given_positive",
        "positive_count",
    ),
)


def flips_by_direction(index: ReportIndex, threshold: float) -> Table:
    """Slice by direction at one threshold: every model, then each change.

    The denominators: all pairs for any flip, pairs whose original is predicted
    negative (positive) for the two directions.
    """
    groups = [("", 2)]
    header = ["Slice", "Pairs"]
    leads_to, models = ["", "pairs"], ["", ""]
    directions = _DIRECTIONS[:1] if index.is_argmax else _DIRECTIONS
    for title, count_field, *_ in directions:
        groups.append((title, len(index.models) + len(index.candidates)))
        header += index.models
        header += [_change_title(index, name) for name in index.candidates]
        lead = "flips" if count_field == "flip_count" else count_field.removesuffix("_count")
        leads_to += [lead] * len(index.models)
        leads_to += [f"changed_{lead}".removesuffix("_flips")] * len(index.candidates)
        models += [*index.models, *index.candidates]
    rows = []
    for name in index.rows:
        row = [slice_cell(index, name), Cell(_pairs(index, name))]
        for _, count_field, rate_field, base_field in directions:
            row += [
                _direction_cell(index, model, name, threshold, count_field, rate_field, base_field)
                for model in index.models
            ]
            row += [
                _flip_change(index, model, name, threshold)
                if rate_field == "flip_rate"
                else _rate_change(index, model, name, threshold, rate_field)
                for model in index.candidates
            ]
        rows.append(tuple(row))
    shown = numbers.threshold(threshold)
    return Table(
        name=f"flips-{shown}".replace(".", "-"),
        caption=(
            "Changes of class by slice"
            if index.is_argmax
            else f"Flips by slice and direction at threshold {shown}"
        ),
        groups=tuple(groups),
        header=tuple(header),
        rows=tuple(rows),
        rows_are="slice",
        leads_to=tuple(leads_to),
        models=tuple(models),
        model=index.only_model,
        threshold=shown,
    )


def slice_cell(index: ReportIndex, name: str) -> Cell:
    """The head of a slice's row; its query says which pairs a name in words is of."""
    title = index.title_of(name)
    return Cell(title, index.about_slice(name), query=(("slice", name),) if title != name else ())


def scores_by_slice(index: ReportIndex) -> Table:
    """What a threshold hides, by slice: score moves, positive rates, matched flips, AUC."""
    parts: tuple = (
        ("score change (CTF gap)", _gap_cell, "pairs"),
        ("positive rate", _positive_cell, "called_positive"),
        ("flips at the baseline's positive rate", matched_cell, "matched_flips"),
        ("AUC", _auc_cell, "pairs"),
        ("false positive rate", _optional_cell("false_positive_rate"), "false_positives"),
        ("false negative rate", _optional_cell("false_negative_rate"), "false_negatives"),
    )
    if index.is_argmax:
        parts = (
            ("distance of class scores (total variation)", _gap_cell, "pairs"),
            ("change among the greatest scores", _top_k_cell, "top_changes"),
            ("accuracy", _optional_cell("accuracy"), "right"),
        )
    shown_columns = []
    for title, make, lead in parts:
        cells = {
            (model, name): make(slice_report)
            if (slice_report := index.slice(model, name)) is not None
            else NOTHING
            for model in index.models
            for name in index.slices
        }
        if any(cell.text != numbers.MISSING for cell in cells.values()):
            shown_columns.append((title, cells, lead))
    return Table(
        name="scores",
        caption=(
            "Class scores by slice, over pairs"
            if index.is_argmax
            else "Scores, positive rates and matched flips by slice, over pairs"
        ),
        groups=(("", 2), *((title, len(index.models)) for title, *_ in shown_columns)),
        header=("Slice", "Originals", *(index.models * len(shown_columns))),
        rows=tuple(
            (
                Cell(name, index.about_slice(name)),
                Cell(_pairs(index, name, "num_originals")),
                *(cells[model, name] for _, cells, _ in shown_columns for model in index.models),
            )
            for name in index.slices
        ),
        rows_are="slice",
        leads_to=("", "pairs", *(lead for *_, lead in shown_columns for _ in index.models)),
        models=("", "", *index.models * len(shown_columns)),
        model=index.only_model,
    )


def examples_by_slice(index: ReportIndex) -> Table | None:
    """Performance over every scored original, with or without a counterfactual, each once."""
    names: dict[str, int] = {}
    for entry in index.report.models:
        for example in entry.examples:
            names.setdefault(example.slice, example.num_examples)
    if not names:
        return None
    fields: tuple = (
        ("AUC", "auc", "pairs"),
        ("accuracy", "accuracy", "right"),
        ("positive rate", "positive_rate", "called_positive"),
        ("false positive rate", "false_positive_rate", "false_positives"),
        ("false negative rate", "false_negative_rate", "false_negatives"),
    )
    if index.is_argmax:
        fields = (("accuracy", "accuracy", "right"),)
    rows = []
    for name, num_examples in names.items():
        row = [Cell(name), Cell(numbers.count(num_examples))]
        for _, field, _ in fields:
            for model in index.models:
                performance = index.examples(model, name)
                row.append(_performance_cell(performance, field))
        rows.append(tuple(row))
    return Table(
        name="examples",
        caption=f"Performance over {index.examples_scope.words}",
        groups=(("", 2), *((title, len(index.models)) for title, *_ in fields)),
        header=("Slice", "Examples", *(index.models * len(fields))),
        rows=tuple(rows),
        # Those with a counterfactual are the originals of pairs, which a number leads to.
        rows_are="slice",
        leads_to=("", "pairs", *(lead for *_, lead in fields for _ in index.models)),
        models=("", "", *index.models * len(fields)),
        model=index.only_model,
    )


def _change_title(index: ReportIndex, candidate: str) -> str:
    return "change" if len(index.candidates) == 1 else f"change: {candidate}"


def _pairs(index: ReportIndex, name: str, field: str = "num_pairs") -> str:
    for model in index.models:
        slice_report = index.slice(model, name)
        if slice_report is not None:
            return numbers.count(getattr(slice_report, field))
    return numbers.MISSING


def _direction_cell(
    index: ReportIndex,
    model: str,
    name: str,
    threshold: float,
    count_field: str,
    rate_field: str,
    base_field: str | None,
) -> Cell:
    slice_report = index.slice(model, name)
    at = index.at(model, name, threshold)
    if slice_report is None or at is None:
        return NOTHING
    rate = numbers.estimate(at, rate_field)
    base = getattr(at, base_field) if base_field else slice_report.num_pairs
    counts = f"{numbers.count(getattr(at, count_field))}/{numbers.count(base)}"
    caveat = evidence.rate_note(slice_report, at, getattr(at, count_field), base)
    note = "\n".join(filter(None, (numbers.percent_interval(rate), counts, caveat)))
    return Cell(numbers.percent(rate.value), note)


def _flip_change(index: ReportIndex, candidate: str, name: str, threshold: float) -> Cell:
    at = index.comparison_at(candidate, name, threshold)
    if at is None:
        return _rate_change(index, candidate, name, threshold, "flip_rate")
    difference = numbers.estimate(at, "flip_rate_difference")
    interval = numbers.points_interval(difference)
    caveat = evidence.change_note(index.slice(candidate, name), at)
    if caveat:
        note = "\n".join(filter(None, (interval, caveat)))
        return Cell(numbers.points(difference.value), note)
    word = evidence.direction(at, index.confidence_level) if difference.has_interval else ""
    tone = {"fewer": "better", "more": "worse"}.get(word, "")
    tested = difference.has_interval and math.isfinite(at.p_value_adjusted)
    p_value = f"adjusted p {numbers.p_value(at.p_value_adjusted)}" if tested else ""
    note = "\n".join(filter(None, (interval, p_value, word)))
    return Cell(numbers.points(difference.value), note, tone)


def _rate_change(
    index: ReportIndex, candidate: str, name: str, threshold: float, rate_field: str
) -> Cell:
    before = index.at(index.baseline or "", name, threshold)
    after = index.at(candidate, name, threshold)
    if before is None or after is None:
        return NOTHING
    difference = (
        numbers.estimate(after, rate_field).value - numbers.estimate(before, rate_field).value
    )
    return Cell(numbers.points(difference))


def _gap_cell(slice_report: report_pb2.SliceReport) -> Cell:
    return decimal_cell(numbers.estimate(slice_report, "ctf_gap"))


def _top_k_cell(slice_report: report_pb2.SliceReport) -> Cell:
    cell = rate_cell(numbers.estimate(slice_report, "top_k_flip_rate"))
    return Cell(cell.text, "\n".join(filter(None, (cell.note, f"top {slice_report.top_k}"))))


def _positive_cell(slice_report: report_pb2.SliceReport) -> Cell:
    if not slice_report.num_originals:
        return NOTHING
    return Cell(numbers.percent(slice_report.positive_rate))


def matched_cell(slice_report: report_pb2.SliceReport) -> Cell:
    """Flips at the matched threshold over where it lies; or why there are none."""
    if not slice_report.HasField("matched"):
        return NOTHING
    matched = slice_report.matched
    why = evidence.why_unmatched(slice_report)
    if why:
        nearest = f"nearest: {numbers.percent(matched.positive_rate)} positive"
        return Cell(why, nearest if why == evidence.NOT_MATCHED else "")
    interval = numbers.percent_interval(evidence.matched_rate(slice_report))
    at = f"at {numbers.short_threshold(matched.threshold)}"
    return Cell(evidence.matched_text(slice_report), f"{interval}\n{at}" if interval else at)


def _auc_cell(slice_report: report_pb2.SliceReport) -> Cell:
    return Cell(
        numbers.decimal(numbers.optional(slice_report, "auc")),
        decimal_interval(numbers.estimate(slice_report, "auc_interval")),
    )


def _optional_cell(field: str):
    def make(slice_report: report_pb2.SliceReport) -> Cell:
        return Cell(numbers.percent(numbers.optional(slice_report, field)))

    return make


def _performance_cell(performance: report_pb2.ExamplePerformance | None, field: str) -> Cell:
    if performance is None:
        return NOTHING
    if field == "positive_rate":
        return Cell(numbers.percent(performance.positive_rate))
    value = numbers.optional(performance, field)
    if field == "auc":
        interval = numbers.estimate(performance, "auc_interval")
        return Cell(numbers.decimal(value), decimal_interval(interval))
    return Cell(numbers.percent(value))
