"""`fairflip compare`: finished runs against the first of them, or a trend over many.

Writes a page, Markdown, JSON and the names of all changed pairs, prints a table, and gives the
exit code.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from fairflip.pipeline.compare.run_comparison import ComparedModels, compare_folders
from fairflip.pipeline.compare.trend import trend_of
from fairflip.pipeline.gate.limits import load_limits
from fairflip.pipeline.gate.output import to_lines
from fairflip.pipeline.gate.verdict import check_limits, exit_code
from fairflip.pipeline.storage import filesystem
from fairflip.protos.comparison_pb2 import CompareReport
from fairflip.protos.errors import ConfigurationError
from fairflip.protos.forms.json_form import comparison_to_json
from fairflip.protos.forms.messages import quote
from fairflip.protos.limits_pb2 import Limits
from fairflip.protos.report_pb2 import GateResult
from fairflip.view.runs import comparison as comparison_page
from fairflip.view.runs import comparison_tables, pages
from fairflip.view.runs import trend as trend_page

PAGE, MARKDOWN, JSON, CHANGED = (
    "compare.html",
    "compare.md",
    "compare_report.json",
    "changed_pairs.parquet",
)
TREND_PAGE, TREND_MARKDOWN, TREND_JSON = "trend.html", "trend.md", "trend_report.json"


@dataclasses.dataclass(frozen=True)
class CompareSettings:
    """What a comparison is to do.

    Attributes:
        folders: Of runs, the reference first.
        models: "NAME" or "NAME=REFERENCE_NAME".
        thresholds: Where scores become positive; empty: as in the reference.
        limits: A file of limits; "" without.
        output_dir: Where files go; "" writes none.
    """

    folders: Sequence[str]
    models: Sequence[str] = ()
    thresholds: Sequence[float] = ()
    limits: str = ""
    output_dir: str = ""


def compare(
    settings: CompareSettings, stream: TextIO | None = None
) -> tuple[CompareReport, list[ComparedModels], int]:
    """Compares, writes and prints.

    Args:
        settings: What to do.
        stream: Where lines go; standard output unless given.

    Returns:
        The report, what its page shows besides, and the exit code: 1 where a limit does not
        hold.

    Raises:
        ConfigurationError: Settings or limits are wrong.
        InputError: Runs cannot be compared.
    """
    stream = stream or sys.stdout
    limits = _limits_on_differences(settings.limits) if settings.limits else None
    report, compared = compare_folders(settings.folders, settings.models, settings.thresholds)
    if limits is not None:
        report.gate.extend(check_comparisons(report, limits))
    page = comparison_page.page(report, [one.texts for one in compared])
    if settings.output_dir:
        _write(settings.output_dir, report, compared, page)
    for one in report.comparisons:
        print(comparison_page.headline(one), file=stream)
        for sentence in [*comparison_page.sentences(one), *one.cautions]:
            print(f"  {sentence}", file=stream)
        print(file=stream)
        for line in pages.to_text(comparison_tables.slices_table(one)):
            print(line, file=stream)
        print(file=stream)
    for line in to_lines(report.gate):
        print(line, file=stream)
    if settings.output_dir:
        print(f"page: {filesystem.join(settings.output_dir, PAGE)}", file=stream)
        print(f"numbers: {filesystem.join(settings.output_dir, JSON)}", file=stream)
    return report, compared, exit_code(report.gate) if limits is not None else 0


def trend(folder: str, output_dir: str, stream: TextIO | None = None) -> int:
    """Lines up the runs of a folder, writes and prints; returns the exit code.

    Raises:
        ConfigurationError: The folder holds no run.
    """
    stream = stream or sys.stdout
    report = trend_of(folder)
    page = trend_page.page(report)
    filesystem.write_text(filesystem.join(output_dir, TREND_JSON), comparison_to_json(report))
    filesystem.write_text(filesystem.join(output_dir, TREND_PAGE), pages.to_html(page))
    filesystem.write_text(filesystem.join(output_dir, TREND_MARKDOWN), pages.to_markdown(page))
    print(page.title, file=stream)
    for caution in page.cautions:
        print(f"  {caution}", file=stream)
    print(file=stream)
    for line in pages.to_text(page.sections[0].tables[0]):
        print(line, file=stream)
    print(f"\npage: {filesystem.join(output_dir, TREND_PAGE)}", file=stream)
    return 0


def _limits_on_differences(path: str) -> Limits:
    """Reads limits; those on a run itself are refused: a comparison knows no rejects or marks."""
    limits = load_limits(path)
    problems = [
        f"{path}: limits[{index}]: {quote(limit.metric)} is limited in the run itself, which "
        "`compare` does not check; use `fairflip gate --reference`, or not_worse_by"
        for index, limit in enumerate(limits.limits)
        if not limit.HasField("not_worse_by")
        and not limit.relative_to_baseline
        and not limit.metric.startswith("comparisons")
    ]
    if problems:
        raise ConfigurationError(problems)
    return limits


def check_comparisons(report: CompareReport, limits: Limits) -> list[GateResult]:
    """Limits on differences, in every comparison of a report.

    Raises:
        ConfigurationError: A limit matches nothing in a comparison.
    """
    results: list[GateResult] = []
    for one in report.comparisons:
        name = f"{one.run}/{one.model}"
        own = Limits()
        own.CopyFrom(limits)
        del own.limits[:]
        for limit in limits.limits:
            if limit.models and one.model not in limit.models and name not in limit.models:
                continue
            own.limits.append(limit)
            del own.limits[-1].models[:]
        if own.limits:
            results += check_limits(one.report, own)
    if not results:
        names = ", ".join(sorted({one.model for one in report.comparisons}))
        raise ConfigurationError(
            f"limits: no limit is on a model that was compared ({names}); mend limits[].models"
        )
    return results


def results_against(folders: Sequence[str], limits: Limits) -> list[GateResult]:
    """The gate's results of limits on the differences of a run from a reference.

    Args:
        folders: The reference and the run.
        limits: Those with `not_worse_by`.

    Raises:
        InputError: The two cannot be compared.
    """
    report, _ = compare_folders(folders)
    return check_comparisons(report, limits)


def _write(
    output_dir: str, report: CompareReport, compared: Sequence[ComparedModels], page: pages.Page
) -> None:
    filesystem.write_text(filesystem.join(output_dir, JSON), comparison_to_json(report))
    filesystem.write_text(filesystem.join(output_dir, PAGE), pages.to_html(page))
    filesystem.write_text(filesystem.join(output_dir, MARKDOWN), pages.to_markdown(page))
    with filesystem.create_atomically(filesystem.join(output_dir, CHANGED)) as file:
        pq.write_table(changed_pairs(compared), file)


def changed_pairs(compared: Sequence[ComparedModels]) -> pa.Table:
    """Every changed pair of all comparisons, with the run and the model that it is of."""
    tables = []
    for one in compared:
        table, size = one.changed, one.changed.num_rows
        for name in ("model", "run"):
            values = pa.array([getattr(one.comparison, name)] * size, pa.string())
            table = table.add_column(0, name, values)
        tables.append(table)
    return pa.concat_tables(tables, promote_options="permissive")
