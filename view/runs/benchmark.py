"""What a benchmark found, as a page."""

from __future__ import annotations

from fairflip.protos.benchmark_pb2 import BenchmarkReport, BenchmarkRow, BenchmarkSet
from fairflip.view.runs.pages import Page, Section
from fairflip.view.tables.cells import Cell, Table, decimal_cell, rate_cell
from fairflip.view.words import numbers


def page(report: BenchmarkReport, notes: tuple[str, ...] = ()) -> Page:
    """The page of a benchmark.

    Args:
        report: From `pipeline.benchmark`.
        notes: What was left out, and why.
    """
    return Page(
        kicker="Benchmark on public counterfactual sets",
        title=f"{_models(report)} on {', '.join(one.title for one in report.sets)}",
        lead=(
            "The same model on both texts of each pair. A set tells how a model treats the edits "
            "that its authors thought of, and nothing about other texts.",
        ),
        cautions=notes,
        sections=tuple(_section(one) for one in report.sets),
    )


def _models(report: BenchmarkReport) -> str:
    names = dict.fromkeys(
        row.model for one in report.sets for row in one.rows if not row.is_published
    )
    return ", ".join(names) if names else "Published predictions"


def _section(one: BenchmarkSet) -> Section:
    about = [
        f"{numbers.count_of(one.num_pairs, 'pair')} of "
        f"{numbers.count_of(one.num_originals, 'original')}"
        + (
            f" and {numbers.count_of(one.num_clusters, one.cluster)}; intervals take each "
            f"{one.cluster} as one draw."
            if one.cluster != "original"
            else "."
        )
    ]
    if one.flips_are_right:
        about.append(
            "Each counterfactual has the opposite label: a change of the decision is right here, "
            "and a model that never changes fails."
        )
    about.append(f"{one.citation}. Licence of the texts: {one.licence} ({one.address}).")
    return Section(one.title, tuple(about), (table(one),), tuple(row.cite for row in one.rows))


def table(one: BenchmarkSet) -> Table:
    """The models of a set, those that were asked first."""
    changes = "Changes, right here" if one.flips_are_right else "Flip rate"
    has_clusters = one.cluster != "original"
    header = ["Model", changes]
    header += [f"{one.cluster.capitalize()}s with any flip"] if has_clusters else []
    header += ["Score gap", "Positive rate", "AUC", "Accuracy"]
    header += ["Accuracy on counterfactuals"] if one.flips_are_right else []
    return Table(
        name=one.name,
        caption=f"{one.title}: {numbers.count_of(one.num_pairs, 'pair')}",
        groups=(),
        header=tuple(header),
        rows=tuple(_row(one, row, has_clusters) for row in one.rows),
    )


def _row(one: BenchmarkSet, row: BenchmarkRow, has_clusters: bool) -> tuple[Cell, ...]:
    cells = [
        Cell(row.model, "published predictions" if row.is_published else ""),
        rate_cell(numbers.estimate(row, "flip_rate")),
    ]
    if has_clusters:
        cells.append(rate_cell(numbers.estimate(row, "clusters_with_flip")))
    cells += [
        decimal_cell(numbers.estimate(row, "ctf_gap")),
        Cell(numbers.percent(row.positive_rate)),
        Cell(numbers.decimal(numbers.optional(row, "auc"))),
        Cell(numbers.percent(numbers.optional(row, "accuracy"))),
    ]
    if one.flips_are_right:
        cells.append(Cell(numbers.percent(numbers.optional(row, "counterfactual_accuracy"))))
    return tuple(cells)
