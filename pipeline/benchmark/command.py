"""The files of a benchmark, and what is printed of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from fairflip._version import __version__
from fairflip.pipeline.benchmark.sets import PublicSet
from fairflip.pipeline.storage import filesystem
from fairflip.protos.benchmark_pb2 import BenchmarkReport, BenchmarkSet
from fairflip.protos.forms.json_form import comparison_to_json
from fairflip.view.runs import benchmark as benchmark_page
from fairflip.view.runs import pages

PAGE, MARKDOWN, JSON = "benchmark.html", "benchmark.md", "benchmark_report.json"


def write_pairs(one: PublicSet, pairs: pa.Table, output_dir: str) -> str:
    """Writes the pairs of a set where an evaluation reads them; returns the path."""
    path = os.path.join(output_dir, "sets", f"{one.name}.parquet")
    with filesystem.create_atomically(path) as file:
        pq.write_table(pairs, file)
    return path


def write(
    sets: Sequence[BenchmarkSet],
    notes: Sequence[str],
    output_dir: str,
    stream: TextIO | None = None,
) -> BenchmarkReport:
    """Writes the page, Markdown and JSON of a benchmark, and prints its tables.

    Args:
        sets: What was measured.
        notes: What was left out, and why.
        output_dir: Where the files go.
        stream: Where lines go; standard output unless given.
    """
    stream = stream or sys.stdout
    report = BenchmarkReport(sets=sets, versions={"fairflip": __version__})
    page = benchmark_page.page(report, tuple(notes))
    filesystem.write_text(filesystem.join(output_dir, JSON), comparison_to_json(report))
    filesystem.write_text(filesystem.join(output_dir, PAGE), pages.to_html(page))
    filesystem.write_text(filesystem.join(output_dir, MARKDOWN), pages.to_markdown(page))
    for one in report.sets:
        table = benchmark_page.table(one)
        print(table.caption, file=stream)
        for line in pages.to_text(table):
            print(line, file=stream)
        print(f"{one.citation}. Licence of the texts: {one.licence}.\n", file=stream)
    for note in notes:
        print(note, file=stream)
    print(f"page: {filesystem.join(output_dir, PAGE)}", file=stream)
    print(f"numbers, with a line to cite: {filesystem.join(output_dir, JSON)}", file=stream)
    return report
