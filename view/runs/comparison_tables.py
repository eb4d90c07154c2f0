"""The tables of a comparison of two runs."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.protos.comparison_pb2 import RunComparison, SliceChange
from fairflip.protos.report_pb2 import (
    Comparison,
    SliceComparison,
    SliceReport,
    ThresholdComparison,
)
from fairflip.view.tables.cells import NOTHING, Cell, Table
from fairflip.view.words import numbers

_WORDS = {
    "worse": "worse",
    "better": "better",
    "no_change_shown": "no change shown",
    "unchanged": "unchanged",
    "cannot_tell": "too few to say",
}


def slices_table(one: RunComparison) -> Table:
    """Flip rates of both models by slice, their difference, and what became of the pairs."""
    rows = []
    parts = zip(one.slices, *_parts(one), strict=True)
    for change, reference, candidate, compared in parts:
        at = compared.thresholds[0]
        rows.append(
            (
                Cell(change.slice),
                Cell(numbers.count(change.num_pairs)),
                _rate(reference.thresholds[0]),
                _rate(candidate.thresholds[0]),
                _points(change, "flip_rate_difference", change.verdict),
                *_became(change),
                Cell(_WORDS[change.verdict], tone=_tone(change.verdict)),
                Cell(numbers.p_value(at.p_value_adjusted)),
            )
        )
    first = numbers.threshold(one.report.models[0].slices[0].thresholds[0].threshold)
    by_class = bool(one.report.models[0].classes)
    return Table(
        name="slices",
        caption="Changes of class" if by_class else f"Flips at threshold {first}",
        groups=(),
        header=(
            "Slice",
            "Pairs",
            f"{one.reference_run}/{one.reference_model}",
            f"{one.run}/{one.model}",
            "Difference, points",
            "Newly broken",
            "Fixed",
            "Still broken",
            "Change",
            "p, adjusted",
        ),
        rows=tuple(rows),
    )


def _class_numbers_table(one: RunComparison) -> Table:
    """The other numbers of models that decide by argmax, as differences."""
    rows = tuple(
        (
            Cell(compared.slice),
            _points(compared.thresholds[0], "originals_with_flip_difference"),
            _points(compared.thresholds[0], "control_flip_rate_difference"),
            _points(compared.thresholds[0], "excess_flip_rate_difference"),
            _over_words(compared.thresholds[0]),
            _points(compared, "top_k_flip_rate_difference"),
            _decimal(compared, "ctf_gap_difference"),
        )
        for compared in one.report.comparisons[0].slices
    )
    return Table(
        name="numbers",
        caption=f"{one.run}/{one.model} less {one.reference_run}/{one.reference_model}",
        groups=(("", 1), ("rates, points", 1), ("controls, points", 3), ("class scores", 2)),
        header=(
            "Slice",
            "Originals with any change",
            "Controls change",
            "Excess, these terms",
            "Excess, terms as a sample",
            "Greatest classes change, points",
            "Total variation",
        ),
        rows=rows,
    )


def numbers_table(one: RunComparison) -> Table:
    """The other numbers of the report, as differences."""
    if one.report.models[0].classes:
        return _class_numbers_table(one)
    rows = []
    for compared in one.report.comparisons[0].slices:
        at = compared.thresholds[0]
        rows.append(
            (
                Cell(compared.slice),
                _points(at, "negative_to_positive_rate_difference"),
                _points(at, "positive_to_negative_rate_difference"),
                _points(at, "originals_with_flip_difference"),
                _points(at, "control_flip_rate_difference"),
                _points(at, "excess_flip_rate_difference"),
                _over_words(at),
                _decimal(compared, "ctf_gap_difference"),
                _decimal(compared, "signed_ctf_gap_difference"),
                _points(at, "positive_rate_difference"),
                _points(compared.matched, "flip_rate_difference"),
                _decimal(compared, "auc_difference"),
            )
        )
    return Table(
        name="numbers",
        caption=f"{one.run}/{one.model} less {one.reference_run}/{one.reference_model}",
        groups=(
            ("", 1),
            ("rates, points", 3),
            ("controls, points", 3),
            ("score gap", 2),
            ("decisions", 3),
        ),
        header=(
            "Slice",
            "Negative to positive",
            "Positive to negative",
            "Originals with any flip",
            "Controls flip",
            "Excess, these terms",
            "Excess, terms as a sample",
            "Mean size",
            "Mean change",
            "Positive rate, points",
            "Flips at one positive rate, points",
            "AUC",
        ),
        rows=tuple(rows),
    )


def thresholds_table(one: RunComparison) -> Table | None:
    """Differences of flip rates at the other thresholds; None where there is one."""
    slices = one.report.comparisons[0].slices
    if len(slices[0].thresholds) < 2:
        return None
    return Table(
        name="thresholds",
        caption="Difference of flip rates by threshold, points",
        groups=(),
        header=("Slice", *(numbers.threshold(at.threshold) for at in slices[0].thresholds)),
        rows=tuple(
            (
                Cell(part.slice),
                *(_points(at, "flip_rate_difference") for at in part.thresholds),
            )
            for part in slices
        ),
    )


def terms_table(one: RunComparison) -> Table:
    """What became of the pairs of each term."""
    return Table(
        name="terms",
        caption="By the term that was edited, those with most changed pairs first",
        groups=(),
        header=(
            "Term",
            "Pairs",
            "Difference, points",
            "Newly broken",
            "Fixed",
            "Still broken",
            "Change",
        ),
        rows=tuple(
            (
                Cell(change.slice),
                Cell(numbers.count(change.num_pairs)),
                _points(change, "flip_rate_difference", change.verdict),
                *_became(change),
                Cell(_WORDS[change.verdict], tone=_tone(change.verdict)),
            )
            for change in one.terms
        ),
    )


def _parts(
    one: RunComparison,
) -> tuple[Sequence[SliceReport], Sequence[SliceReport], Sequence[SliceComparison]]:
    reference, candidate = one.report.models
    compared: Comparison = one.report.comparisons[0]
    return reference.slices, candidate.slices, compared.slices


def _rate(at: object) -> Cell:
    rate = numbers.estimate(at, "flip_rate")
    return Cell(numbers.percent(rate.value), numbers.percent_interval(rate))


def _became(change: SliceChange) -> tuple[Cell, Cell, Cell]:
    return (
        Cell(numbers.count(change.num_newly_broken)),
        Cell(numbers.count(change.num_fixed)),
        Cell(numbers.count(change.num_still_broken)),
    )


def _points(message: object, field: str, verdict: str = "") -> Cell:
    difference = numbers.estimate(message, field)
    if not difference.is_known:
        return NOTHING
    return Cell(
        numbers.points(difference.value), numbers.points_interval(difference), _tone(verdict)
    )


def _over_words(at: ThresholdComparison) -> Cell:
    excess = numbers.estimate(at, "excess_flip_rate_difference")
    over_words = numbers.bounds(at, "excess_difference_over_words", excess.value)
    interval = numbers.points_interval(over_words)
    return Cell(interval) if interval else NOTHING


def _decimal(message: object, field: str) -> Cell:
    difference = numbers.estimate(message, field)
    if not difference.is_known:
        return NOTHING
    sign = "+" if difference.value > 0 and float(f"{difference.value:.3f}") else ""
    interval = ""
    if difference.has_interval:
        interval = f"{numbers.decimal(difference.lower)} to {numbers.decimal(difference.upper)}"
    return Cell(sign + numbers.decimal(difference.value), interval)


def _tone(verdict: str) -> str:
    return verdict if verdict in ("better", "worse") else ""
