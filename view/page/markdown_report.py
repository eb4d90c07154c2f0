"""The report in short, as Markdown for a pull request."""

from __future__ import annotations

import html
import re

from fairflip.protos import report_pb2
from fairflip.protos.errors import printable
from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.tables import (
    excess_tables,
    held_out_table,
    review_table,
    run_tables,
    slice_tables,
)
from fairflip.view.tables.cells import Cell, Table
from fairflip.view.words import findings, numbers, verdict
from fairflip.view.words.report_index import OVERALL, ReportIndex, indexes_by_output

_MAX_ROWS = 25


def render(
    report: report_pb2.RunReport,
    index: ReportIndex | None = None,
    facts: findings.Findings | None = None,
) -> str:
    """The verdict, the table at the first threshold and the audit as Markdown.

    Args:
      report: any run report.
      index: its index, if the caller has one.
      facts: its findings, if the caller has them.

    Returns:
      Markdown that GitHub and GitLab show as meant; text of data is escaped.
    """
    parts = indexes_by_output(report)
    if len(parts) > 1:
        return _of_outputs(parts)
    index = index or ReportIndex(report)
    facts = facts or findings.find(report, index)
    lines = [*_of_one(report, index, facts), "", *_audit(report)]
    return "\n".join(lines) + "\n"


def _of_outputs(parts: list[ReportIndex]) -> str:
    """How all outputs stand, then each by itself."""
    facts = {part.output: findings.find(part.report, part) for part in parts}
    judgements = {name: one.judgement for name, one in facts.items()}
    judged = findings.gravest(judgements.values())
    lines = [f"# {escape(judged.headline)}", "", escape(findings.overview(judgements)), ""]
    for part in parts:
        lines += [f"# {escape(part.output)}", ""]
        lines += [*_of_one(part.report, part, facts[part.output]), ""]
    return "\n".join([*lines, *_audit(parts[0].report)]) + "\n"


def _of_one(
    report: report_pb2.RunReport, index: ReportIndex, facts: findings.Findings
) -> list[str]:
    """The verdict and the tables of one output."""
    judged = facts.judgement
    lines = [f"## {escape(facts.headline)}", ""]
    lines += [
        f"**{judged.title.capitalize()}.** {escape(f'{judged.sentence} {judged.reason}')}",
        "",
    ]
    step = f" `{judged.command}`" if judged.command else ""
    lines += [f"Next: {escape(judged.next_step)}{step}", ""]
    if facts.change:
        lines += [escape(facts.change), ""]
    lines += [f"- {escape(sentence)}" for sentence in facts.sentences]
    if facts.cautions:
        lines += ["", "**Read with care**", ""]
        lines += [f"- {escape(caution)}" for caution in facts.cautions]
    if report.gate:
        lines += ["", "**Gate**", ""]
        lines += [
            f"- {escape(result.verdict.replace('_', ' '))}: "
            f"{escape(result.name or result.metric)} {escape(result.message)}".rstrip()
            for result in report.gate
        ]
    if index.first_threshold is not None:
        lines += ["", *_slice_table(index, index.first_threshold)]
        excess_table = excess_tables.excess_matched(index) or excess_tables.excess_by_slice(
            index, index.first_threshold
        )
        if excess_table is not None:
            lines += ["", f"**{escape(excess_table.caption)}**", "", *_rows_of(excess_table)]
        elif index.models:
            text, command = verdict.how_to_get_controls(edit_of(report))
            lines += ["", f"This run has no controls. {escape(text)} `{command}`"]
    withheld = held_out_table.held_out(index)
    if withheld is not None:
        lines += ["", f"**{escape(withheld.caption)}**", "", *_rows_of(withheld)]
    directions = excess_tables.group_directions(report)
    if directions is not None:
        lines += ["", f"**{escape(directions.caption)}**", "", *_rows_of(directions)]
    if report.review.reviewers:
        lines += ["", "**Review by people**", "", escape(review_table.sentence_of(report.review))]
        lines += ["", *_rows_of(review_table.corrected_rates(report.review))]
    return lines


def _audit(report: report_pb2.RunReport) -> list[str]:
    audit = ", ".join(
        f"{title.lower()} {number}" for title, number in run_tables.pair_audit(report)
    )
    lines = [f"Pair set: {audit}."]
    if report.pairing.pair_set_sha256:
        lines.append(f"SHA-256 `{_code(report.pairing.pair_set_sha256)}`.")
    lines += ["", "The same model on both texts of each pair; see report.html for all of it."]
    return lines


def _slice_table(index: ReportIndex, threshold: float) -> list[str]:
    table = slice_tables.flips_by_direction(index, threshold)
    width = 2 + len(index.models) + len(index.candidates)
    header = [
        *table.header[:2],
        *(f"{name} flips" for name in index.models),
        *table.header[2 + len(index.models) : width],
    ]
    ranked = sorted(
        table.rows,
        key=lambda row: (row[0].text != OVERALL, -_sort_value(index, row[0].text, threshold)),
    )
    lines = [
        "| " + " | ".join(escape(title) for title in header) + " |",
        "|" + " --- |" + " ---: |" * (width - 1),
    ]
    for row in ranked[:_MAX_ROWS]:
        lines.append("| " + " | ".join(map(_cell, row[:width])) + " |")
    if len(ranked) > _MAX_ROWS:
        more = numbers.count_of(len(ranked) - _MAX_ROWS, "more slice")
        lines += ["", f"… and {more} in report.html."]
    return lines


def first_rows(table: Table, max_rows: int) -> list[str]:
    """A table without groups of columns, its first rows, as Markdown lines."""
    return [
        "| " + " | ".join(escape(title) for title in table.header) + " |",
        "| --- |" + " ---: |" * (len(table.header) - 1),
        *("| " + " | ".join(map(_cell, row)) + " |" for row in table.rows[:max_rows]),
    ]


def _rows_of(table: Table) -> list[str]:
    lines = first_rows(table, _MAX_ROWS)
    if len(table.rows) > _MAX_ROWS:
        lines += ["", f"… and {len(table.rows) - _MAX_ROWS} more rows in report.html."]
    return lines


def _cell(cell: Cell) -> str:
    note = f" ({escape(cell.note.replace(chr(10), ' · '))})" if cell.note else ""
    return escape(cell.text) + note


def _sort_value(index: ReportIndex, name: str, threshold: float) -> float:
    best = -1.0
    for model in index.models:
        at = index.at(model, name, threshold)
        if at is not None:
            value = numbers.estimate(at, "flip_rate").value
            best = max(best, value if value == value else -1.0)
    return best


def escape(text: str) -> str:
    """Text of data as literal text in Markdown, tables included."""
    clean = html.escape(printable(text), quote=False)
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", clean).replace("@", "@&#8203;")


def as_code(text: str) -> str:
    """Text of data as code in Markdown; what could end the code is left out."""
    return "`" + re.sub(r"[`|\s]+", " ", printable(text)).strip() + "`"


def _code(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text)
