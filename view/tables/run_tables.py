"""Tables of a whole run as plain rows: its terms, its sweep, the audit of its pairs."""

from __future__ import annotations

from fairflip.protos import columns, report_pb2
from fairflip.protos.slice_names import slice_name
from fairflip.view.tables.cells import (
    NOTHING,
    Cell,
    Table,
    decimal_cell,
    decimal_interval,
    rate_cell,
)
from fairflip.view.tables.excess_tables import points_cell
from fairflip.view.words import numbers
from fairflip.view.words.excess import excess_at
from fairflip.view.words.numbers import Estimate
from fairflip.view.words.report_index import ReportIndex


def terms(report: report_pb2.RunReport, index: ReportIndex) -> Table | None:
    """What was changed, how often, and how much each model reacts.

    Where the pairs have controls, terms are ranked by the lower end of the last model's excess
    over them: those first that are most surely unlike other words.
    """
    if not report.term_coverage:
        return None

    excesses = {
        (term.term, model): rates
        for term in report.term_coverage
        for model in index.models
        if (rates := _excess_of(index, model, term)).is_known
    }

    def rank(term: report_pb2.TermCoverage) -> tuple[float, float]:
        last = index.models[-1] if index.models else ""
        return numbers.surely_greatest_first(excesses.get((term.term, last), Estimate()))

    rows = []
    for term in sorted(report.term_coverage, key=rank):
        row = [
            Cell(term.term),
            Cell(term.group),
            Cell(term.category),
            Cell(numbers.count(term.num_originals)),
            Cell(numbers.count(term.num_pairs)),
            Cell(numbers.count(term.num_rejected)),
        ]
        row += [rate_cell(numbers.in_map(term.flip_rate, model)) for model in index.models]
        if excesses:
            row += [
                points_cell(excesses[term.term, model])
                if (term.term, model) in excesses
                else NOTHING
                for model in index.models
            ]
        for model in index.models:
            gap = numbers.in_map(term.ctf_gap, model)
            row.append(Cell(numbers.decimal(gap.value), decimal_interval(gap)))
        rows.append(tuple(row))
    leads = ("flips", "flips", "pairs") if excesses else ("flips", "pairs")
    return Table(
        name="terms",
        caption="Terms that were changed",
        groups=(
            ("", 6),
            ("flip rate", len(index.models)),
            *((("excess over controls, points", len(index.models)),) if excesses else ()),
            ("score change (CTF gap)", len(index.models)),
        ),
        header=(
            "Term",
            "Group",
            "Category",
            "Originals",
            "Pairs",
            "Left out",
            *index.models * (3 if excesses else 2),
        ),
        rows=tuple(rows),
        rows_are="term",
        leads_to=(
            *("", "", "", "pairs", "pairs", "rejects"),
            *(lead for lead in leads for _ in index.models),
        ),
        models=("",) * 6 + (*index.models,) * len(leads),
        model=index.only_model,
    )


def _excess_of(index: ReportIndex, model: str, term: report_pb2.TermCoverage) -> Estimate:
    """The excess of a term, or in a report without it that of the term's own slice."""
    if model in term.excess_flip_rate:
        return numbers.in_map(term.excess_flip_rate, model)
    name = slice_name(["counterfactual_term"], [term.term])
    part = index.slice(model, name) or report_pb2.SliceReport()
    threshold = index.first_threshold
    at = index.at(model, name, threshold) if threshold is not None else None
    return excess_at(part, at or report_pb2.ThresholdReport()).rate


def sweep(report: report_pb2.RunReport) -> Table | None:
    """One row per setting that was tried in retraining."""
    if not report.sweep.points:
        return None
    with_controls = any(point.HasField("control_flip_rate") for point in report.sweep.points)
    return Table(
        name="sweep",
        caption="Settings tried in retraining; below each mean the smallest and largest seen",
        groups=(),
        header=(
            "Setting",
            "Technique",
            "Loss",
            "Weight",
            "Seeds",
            "Calls a text",
            "Training, s",
            "Matched flip rate",
            *(("Control flips", "Excess, points") if with_controls else ()),
            "… held-out terms",
            "CTF gap",
            "AUC",
            "Positive rate",
            "Worst TPR gap",
            "Worst TNR gap",
        ),
        rows=tuple(_sweep_row(point, with_controls) for point in report.sweep.points),
    )


def _sweep_row(point: report_pb2.SweepPoint, with_controls: bool) -> tuple[Cell, ...]:
    marks = [
        word
        for word, holds in (
            ("chosen", point.chosen),
            ("on the front", point.on_pareto_front),
            ("collapsed", point.collapsed),
            ("control flips rose", point.controls_rose),
        )
        if holds
    ]
    of_controls: tuple[Cell, ...] = ()
    if with_controls:
        excess = numbers.estimate(point, "excess_flip_rate")
        of_controls = (
            rate_cell(numbers.estimate(point, "control_flip_rate")),
            Cell(numbers.points(excess.value), numbers.points_interval(excess)),
        )
    return (
        Cell(point.name, ", ".join(marks)),
        Cell(point.technique),
        Cell(point.loss),
        Cell(f"{point.loss_weight:g}"),
        Cell(numbers.count(point.num_seeds)),
        Cell(f"{point.calls_per_text or 1:.2f}"),
        Cell(f"{point.seconds:.1f}" if point.seconds else numbers.MISSING),
        rate_cell(numbers.estimate(point, "matched_flip_rate")),
        *of_controls,
        rate_cell(numbers.estimate(point, "held_out_matched_flip_rate")),
        decimal_cell(numbers.estimate(point, "ctf_gap")),
        decimal_cell(numbers.estimate(point, "auc")),
        rate_cell(numbers.estimate(point, "positive_rate")),
        rate_cell(numbers.estimate(point, "worst_tpr_gap")),
        rate_cell(numbers.estimate(point, "worst_tnr_gap")),
    )


def pair_audit(report: report_pb2.RunReport) -> tuple[tuple[str, str], ...]:
    """The audit of the pair set as (what, number), without counts that are not there."""
    pairing = report.pairing
    entries = (
        ("Records read", pairing.num_records_read, False),
        ("Originals", pairing.num_originals, True),
        ("Counterfactuals", pairing.num_counterfactuals, True),
        ("Pairs", pairing.num_pairs, True),
        ("Unmatched originals (no counterfactual)", pairing.num_unmatched_originals, True),
        ("Unmatched counterfactuals (no original)", pairing.num_unmatched_counterfactuals, True),
        ("Example IDs seen more than once", pairing.num_duplicate_ids, True),
        ("Counterfactual IDs seen more than once", pairing.num_duplicate_counterfactual_ids, False),
        ("Pairs with two equal sides, left out", pairing.num_identical_pairs, True),
        (
            "Pairs that differ beyond the identity term",
            pairing.num_differing_beyond_attribute,
            False,
        ),
        ("Pairs written elsewhere, examined", pairing.num_examined_pairs, False),
        ("Of these doubtful", pairing.num_doubtful_pairs, False),
        *(
            (f"Doubt: {columns.DOUBT_MEANINGS.get(one.doubt, one.doubt)}", one.num_pairs, False)
            for one in pairing.doubts
        ),
        ("Words of their originals", pairing.num_examined_words, False),
        ("Of these changed", pairing.num_changed_words, False),
        ("Pairs whose flip is legitimate", pairing.num_legitimate_flip_pairs, False),
        ("Controls", pairing.num_control_pairs, False),
        ("Pairs without a control", pairing.num_pairs_without_control, False),
    )
    return tuple(
        (title, numbers.count(number)) for title, number, always in entries if always or number
    )


_GAPS = (
    ("worst_true_positive_rate_gap", "Largest gap of the true positive rate between groups"),
    ("worst_false_positive_rate_gap", "Largest gap of the false positive rate between groups"),
)


def label_judgements(report: report_pb2.RunReport) -> Table | None:
    """How far scores are from shares of positives, and groups from everyone else.

    None where no run judged models by labels.
    """
    judged = list(report.label_judgements)
    if not judged:
        return None
    compared = {comparison.candidate: comparison for comparison in report.comparisons}
    changed = [one.model for one in judged if one.model in compared]
    rows = [
        (
            Cell("Calibration error (ECE)"),
            *(decimal_cell(numbers.estimate(one, "calibration_error")) for one in judged),
            *(_change(compared[name], "calibration_error") for name in changed),
        )
    ]
    for field, title in _GAPS:
        rows.append(
            (
                Cell(title),
                *(_gap(one, field) for one in judged),
                *(_change(compared[name], field) for name in changed),
            )
        )
    originals = numbers.count(judged[0].num_originals)
    return Table(
        name="labels",
        caption=(
            f"Against the labels of {originals} originals; rates of groups where each model says "
            "yes as often as the baseline"
        ),
        groups=(),
        header=(
            "",
            *(one.model for one in judged),
            *(f"{name}, change" if len(changed) > 1 else "Change" for name in changed),
        ),
        rows=tuple(rows),
    )


def _gap(judgement: report_pb2.LabelJudgement, field: str) -> Cell:
    if not judgement.HasField(field):
        return NOTHING
    gap: report_pb2.GroupGap = getattr(judgement, field)
    cell = decimal_cell(Estimate(gap.gap.value, gap.gap.lower, gap.gap.upper))
    inside, outside = numbers.count(gap.num_inside), numbers.count(gap.num_outside)
    return Cell(cell.text, f"{cell.note}\n{gap.group}: {inside} originals against {outside}")


def _change(comparison: report_pb2.Comparison, field: str) -> Cell:
    change = numbers.estimate(comparison, f"{field}_difference")
    note = ""
    if change.has_interval:
        note = f"{numbers.decimal(change.lower)} to {numbers.decimal(change.upper)}"
    return Cell(numbers.decimal(change.value), note)
