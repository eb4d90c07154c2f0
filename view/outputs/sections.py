"""How the outputs of a run stand, and what a page shows of those that it is not about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairflip.view.outputs import class_tables
from fairflip.view.tables import excess_tables, run_tables, slice_tables
from fairflip.view.tables.cells import Cell, Table, rate_cell
from fairflip.view.words import findings, numbers
from fairflip.view.words.findings import Findings
from fairflip.view.words.report_index import ReportIndex


@dataclass(frozen=True)
class OutputSection:
    """What stands on the page of an output by which the run is not judged.

    Attributes:
      output: its name.
      prefix: of the identifiers of its tables.
      index: of the report of this output alone.
      findings: of that report.
      tables: flips beside those of controls, flips by direction, terms; those there are.
      transitions: of models that decide by argmax.
    """

    output: str
    prefix: str
    index: ReportIndex
    findings: Findings
    tables: tuple[Table, ...]
    transitions: tuple[class_tables.TransitionTable, ...]


def judged_first(indexes: Sequence[ReportIndex]) -> list[tuple[ReportIndex, Findings]]:
    """The outputs with what is found of each: first that by which the run is judged."""
    judged_outputs = [(index, findings.find(index.report, index)) for index in indexes]
    judged = findings.gravest([facts.judgement for _, facts in judged_outputs])
    return sorted(judged_outputs, key=lambda one: one[1].judgement is not judged)


def sections(judged_outputs: Sequence[tuple[ReportIndex, Findings]]) -> list[OutputSection]:
    """A section for each output but the first, from `judged_first`."""
    made = []
    for number, (index, facts) in enumerate(judged_outputs[1:], start=1):
        first = index.first_threshold
        tables = (
            (
                excess_tables.excess_by_slice(index, first),
                slice_tables.flips_by_direction(index, first),
                run_tables.terms(index.report, index),
            )
            if first is not None
            else ()
        )
        made.append(
            OutputSection(
                index.output,
                f"output-{number}-",
                index,
                facts,
                tuple(table for table in tables if table is not None),
                tuple(class_tables.transition_tables(index)),
            )
        )
    return made


def overview_table(judged_outputs: Sequence[tuple[ReportIndex, Findings]]) -> Table:
    """All outputs of all models over all pairs, from `judged_first`."""
    rows = []
    for index, facts in judged_outputs:
        for model in facts.models:
            rows.append(
                (
                    Cell(index.output),
                    Cell(model.name),
                    Cell(model.judgement.title),
                    Cell(numbers.count(model.num_pairs)),
                    Cell(numbers.count(model.flip_count)),
                    rate_cell(model.flip_rate),
                    rate_cell(model.excess.control_rate),
                    excess_tables.excess_cell(model.excess),
                    excess_tables.over_words_cell(model.excess),
                )
            )
    return Table(
        name="outputs",
        caption="All outputs over all pairs, at the first threshold",
        groups=(),
        header=(
            "Output",
            "Model",
            "Verdict",
            "Pairs",
            "Flips",
            "Flip rate",
            "Control flips",
            "Excess, points",
            "Over words",
        ),
        rows=tuple(rows),
        rows_are="output",
        leads_to=("", "", "", "pairs", "flips", "flips", "control_flips", "all_flips", ""),
    )
