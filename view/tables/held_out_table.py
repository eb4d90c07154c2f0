"""Pairs of terms that were withheld from training, as a table: a row for each model."""

from __future__ import annotations

from fairflip.protos import report_pb2
from fairflip.view.tables.cells import NOTHING, Cell, Table, decimal_cell, rate_cell
from fairflip.view.tables.excess_tables import excess_cell, over_words_cell
from fairflip.view.tables.slice_tables import matched_cell
from fairflip.view.words import evidence, excess, numbers
from fairflip.view.words.report_index import ReportIndex

#: Of a column that has something in it only where pairs have controls.
_CONTROLS = ("Control flips", "Excess, points", "Over words")


def held_out(index: ReportIndex) -> Table | None:
    """What each model does on pairs of withheld terms; None where there are none.

    Flips at the first threshold and where the model says yes as often as the baseline on
    these pairs, each with its change; the excess over controls; the score gap.
    """
    models = [model for model in index.report.models if model.HasField("held_out")]
    if not models:
        return None
    compared = {
        comparison.candidate: comparison.held_out
        for comparison in index.report.comparisons
        if comparison.HasField("held_out")
    }
    with_controls = any(
        excess.excess_at(model.held_out, at).rate.is_known
        for model in models
        for at in model.held_out.thresholds[:1]
    )
    rows = tuple(
        _row(model, compared.get(model.name), index.confidence_level, with_controls, bool(compared))
        for model in models
    )
    shown = numbers.threshold(index.first_threshold or 0.0)
    changes = ("Change", "Flips at the baseline's positive rate", "Change there")
    return Table(
        name="held-out",
        caption=f"Pairs of terms withheld from training, at threshold {shown}",
        groups=(),
        header=(
            "Model",
            "Pairs",
            "Originals",
            "Flips",
            *(changes if compared else ()),
            *(_CONTROLS if with_controls else ()),
            "Score change (CTF gap)",
        ),
        rows=rows,
        rows_are="model",
        leads_to=(
            *("", "pairs", "pairs", "flips"),
            *(("changed", "matched_flips", "matched_changed") if compared else ()),
            *(("control_flips", "all_flips", "all_flips") if with_controls else ()),
            "pairs",
        ),
        threshold=shown,
        slice=models[0].held_out.slice,
    )


def _row(
    model: report_pb2.ModelReport,
    compared: report_pb2.SliceComparison | None,
    level: float,
    with_controls: bool,
    with_changes: bool,
) -> tuple[Cell, ...]:
    part = model.held_out
    at = part.thresholds[0] if part.thresholds else report_pb2.ThresholdReport()
    rates = excess.excess_at(part, at)
    rate = numbers.estimate(at, "flip_rate")
    counts = f"{numbers.count(at.flip_count)}/{numbers.count(part.num_pairs)}"
    notes = (numbers.percent_interval(rate), counts, evidence.rate_note(part, at))
    row = [
        Cell(model.name),
        Cell(numbers.count(part.num_pairs)),
        Cell(numbers.count(part.num_originals)),
        Cell(numbers.percent(rate.value), "\n".join(filter(None, notes))),
    ]
    if with_changes and compared is None:
        row += [NOTHING, NOTHING, NOTHING]
    elif compared is not None:
        first = compared.thresholds[0] if compared.thresholds else report_pb2.ThresholdComparison()
        is_matched = compared.HasField("matched") and evidence.is_matched(part)
        row += [
            _change(part, first, level),
            matched_cell(part),
            _change(part, compared.matched, level) if is_matched else NOTHING,
        ]
    if with_controls:
        row += [rate_cell(rates.control_rate), excess_cell(rates), over_words_cell(rates)]
    row.append(decimal_cell(numbers.estimate(part, "ctf_gap")))
    return tuple(row)


def _change(part: report_pb2.SliceReport, at: report_pb2.ThresholdComparison, level: float) -> Cell:
    difference = numbers.estimate(at, "flip_rate_difference")
    word = evidence.change_verdict(part, at, level)
    interval = numbers.points_interval(difference)
    tone = {"fewer": "better", "more": "worse"}.get(word, "")
    return Cell(numbers.points(difference.value), "\n".join(filter(None, (interval, word))), tone)
