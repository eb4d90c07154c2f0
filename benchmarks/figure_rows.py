"""Rows of figures with their bounds, printed as they stand in docs/performance.md."""

from __future__ import annotations

import argparse
import json
import pathlib
from collections.abc import Callable
from typing import Any


def result(benchmark: str, label: str, value: float, bound: str | None) -> dict[str, Any]:
    """One row, "at most X" or "at least X"; without a bound it is there to be read."""
    holds = True
    if bound is not None:
        limit = float(bound.split()[-1])
        holds = value <= limit if bound.startswith("at most") else value >= limit
    rounded = float(f"{value:.3g}")
    return {"name": f"{benchmark}: {label}", "value": rounded, "bound": bound, "holds": bool(holds)}


def table(benchmark: str, rows: list[dict[str, Any]]) -> str:
    """The rows as Markdown."""
    lines = ["| figure | value | bound | holds |", "|---|---|---|---|"]
    for row in rows:
        holds = "" if row["bound"] is None else "yes" if row["holds"] else "**no**"
        label = row["name"].removeprefix(f"{benchmark}: ")
        lines.append(f"| {label} | {row['value']:g} | {row['bound'] or ''} | {holds} |")
    return "\n".join(lines)


def print_rows(
    benchmark: str, description: str, measure: Callable[[], list[dict[str, Any]]]
) -> None:
    """Measures and prints; `--output FILE` writes the rows as JSON, too."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--output", type=pathlib.Path, help="where to write the results as JSON")
    arguments = parser.parse_args()
    rows = measure()
    print(table(benchmark, rows))
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1) + "\n")
