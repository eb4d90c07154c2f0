"""The report in short, as Markdown for a pull request."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2

from fairflip.protos import report_pb2
from fairflip.protos.errors import printable
from fairflip.protos.forms.run_edits import edit_of
from fairflip.view.page.embedding import TEMPLATES
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


@dataclass(frozen=True)
class _Part:
    """A table, or a sentence in its place, or one above it.

    Attributes:
      caption: above all; "" for none.
      text: Markdown.
      header: names of the columns; empty without a table.
      unit: of what there are more rows.
    """

    caption: str = ""
    text: str = ""
    header: Sequence[str] = ()
    rows: Sequence[Sequence[Cell]] = ()
    unit: str = "row"


def render(
    report: report_pb2.RunReport,
    index: ReportIndex | None = None,
    facts_of_all: findings.Findings | None = None,
) -> str:
    """The verdict, the table at the first threshold and the audit as Markdown.

    Args:
      report: any run report; of several outputs each stands by itself below how all stand.
      index: of a report of one output, if the caller has it.
      facts_of_all: its findings, if the caller has them.

    Returns:
      Markdown that GitHub and GitLab show as meant; text of data is escaped.
    """
    parts = [index] if index is not None else indexes_by_output(report)
    facts = {part.output: facts_of_all or findings.find(part.report, part) for part in parts}
    judgements = {name: one.judgement for name, one in facts.items()}
    several = len(parts) > 1
    audited = parts[0].report
    audit = (f"{title.lower()} {number}" for title, number in run_tables.pair_audit(audited))
    return (
        _environment()
        .get_template("report.md.j2")
        .render(
            headline=findings.gravest(judgements.values()).headline if several else "",
            overview=findings.overview(judgements) if several else "",
            outputs=[_of_one(part, facts[part.output]) for part in parts],
            most_rows=_MAX_ROWS,
            count_of=numbers.count_of,
            audit=", ".join(audit),
            pair_set=_code(audited.pairing.pair_set_sha256),
        )
    )


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=False,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        optimized=False,  # as in `embedding.environment`
    )
    made.filters["md"] = escape
    made.filters["cell"] = _cell
    return made


def _of_one(index: ReportIndex, facts: findings.Findings) -> dict[str, Any]:
    """The verdict and the tables of one output."""
    report = index.report
    return {
        "output": index.output,
        "facts": facts,
        "gate": [
            f"{escape(result.verdict.replace('_', ' '))}: "
            f"{escape(result.name or result.metric)} {escape(result.message)}".rstrip()
            for result in report.gate
        ],
        "tables": list(_parts(index)),
    }


def _parts(index: ReportIndex) -> Iterator[_Part]:
    report, first = index.report, index.first_threshold
    if first is not None:
        yield _slice_table(index, first)
        table = excess_tables.excess_matched(index) or excess_tables.excess_by_slice(index, first)
        if table is not None:
            yield _Part(table.caption, "", table.header, table.rows)
        elif index.models:
            text, command = verdict.how_to_get_controls(edit_of(report))
            yield _Part(text=f"This run has no controls. {escape(text)} `{command}`")
    for table in (
        run_tables.label_judgements(report),
        held_out_table.held_out(index),
        excess_tables.group_directions(report),
    ):
        if table is not None:
            yield _Part(table.caption, "", table.header, table.rows)
    if report.review.reviewers:
        table = review_table.corrected_rates(report.review)
        sentence = escape(review_table.sentence_of(report.review))
        yield _Part("Review by people", sentence, table.header, table.rows)


def _slice_table(index: ReportIndex, threshold: float) -> _Part:
    table = slice_tables.flips_by_direction(index, threshold)
    width = 2 + len(index.models) + len(index.candidates)
    header = [
        *table.header[:2],
        *(f"{name} flips" for name in index.models),
        *table.header[2 + len(index.models) : width],
    ]
    first = len(index.with_undamaged([OVERALL]))
    ranked = [
        *table.rows[:first],
        *sorted(table.rows[first:], key=lambda row: -_sort_value(index, row[0].text, threshold)),
    ]
    return _Part("", "", header, [row[:width] for row in ranked], "slice")


def first_rows(table: Table, max_rows: int) -> list[str]:
    """A table without groups of columns, its first rows, as Markdown lines."""
    return [
        "| " + " | ".join(escape(title) for title in table.header) + " |",
        "| --- |" + " ---: |" * (len(table.header) - 1),
        *("| " + " | ".join(map(_cell, row)) + " |" for row in table.rows[:max_rows]),
    ]


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
