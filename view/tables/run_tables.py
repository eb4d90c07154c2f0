"""Tables of a whole run as plain rows: its terms, its sweep, the audit of its pairs."""

from __future__ import annotations

from fairflip.protos import report_pb2
from fairflip.view.tables.cells import Cell, Table, decimal_cell, decimal_interval, rate_cell
from fairflip.view.words import numbers
from fairflip.view.words.report_index import ReportIndex


def terms(report: report_pb2.RunReport, index: ReportIndex) -> Table | None:
    """What was changed, how often, and how much each model reacts."""
    if not report.term_coverage:
        return None

    rows = []
    for term in report.term_coverage:
        row = [
            Cell(term.term),
            Cell(term.group),
            Cell(term.category),
            Cell(numbers.count(term.num_originals)),
            Cell(numbers.count(term.num_pairs)),
            Cell(numbers.count(term.num_rejected)),
        ]
        row += [rate_cell(numbers.in_map(term.flip_rate, model)) for model in index.models]
        for model in index.models:
            gap = numbers.in_map(term.ctf_gap, model)
            row.append(Cell(numbers.decimal(gap.value), decimal_interval(gap)))
        rows.append(tuple(row))
    return Table(
        name="terms",
        caption="Terms that were changed",
        groups=(
            ("", 6),
            ("flip rate", len(index.models)),
            ("score change (CTF gap)", len(index.models)),
        ),
        header=(
            "Term",
            "Group",
            "Category",
            "Originals",
            "Pairs",
            "Left out",
            *index.models,
            *index.models,
        ),
        rows=tuple(rows),
    )


def sweep(report: report_pb2.RunReport) -> Table | None:
    """One row per setting that was tried in retraining."""
    if not report.sweep.points:
        return None
    rows = []
    for point in report.sweep.points:
        marks = [
            word
            for word, holds in (
                ("chosen", point.chosen),
                ("on the front", point.on_pareto_front),
                ("collapsed", point.collapsed),
            )
            if holds
        ]
        rows.append(
            (
                Cell(point.name, ", ".join(marks)),
                Cell(point.technique),
                Cell(point.loss),
                Cell(f"{point.loss_weight:g}"),
                Cell(numbers.count(point.num_seeds)),
                rate_cell(numbers.estimate(point, "matched_flip_rate")),
                rate_cell(numbers.estimate(point, "held_out_matched_flip_rate")),
                decimal_cell(numbers.estimate(point, "ctf_gap")),
                decimal_cell(numbers.estimate(point, "auc")),
                rate_cell(numbers.estimate(point, "positive_rate")),
                rate_cell(numbers.estimate(point, "worst_tpr_gap")),
                rate_cell(numbers.estimate(point, "worst_tnr_gap")),
            )
        )
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
            "Matched flip rate",
            "… held-out terms",
            "CTF gap",
            "AUC",
            "Positive rate",
            "Worst TPR gap",
            "Worst TNR gap",
        ),
        rows=tuple(rows),
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
        ("Pairs whose flip is legitimate", pairing.num_legitimate_flip_pairs, False),
    )
    return tuple(
        (title, numbers.count(number)) for title, number, always in entries if always or number
    )
