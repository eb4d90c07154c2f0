"""Prints the README's table of finished runs: flips beside those of controls, as Markdown.

python tools/print_figures.py build/davidson_tweets build/edos_sexism

The baseline is read at its first threshold, the candidate where it says yes as often.
"""

from __future__ import annotations

import json
import pathlib
import sys
from typing import Any

SLICES = ("Overall", "counterfactual_group:female", "counterfactual_group:male")


def percent(interval: dict[str, float] | None) -> str:
    """A rate with its interval, such as "3.4 % (2.1–5.5)"."""
    if interval is None:
        return "–"
    value, lower, upper = (100 * interval[k] for k in ("value", "lower", "upper"))
    return f"{value:.2f} % ({lower:.2f}–{upper:.2f})"


def points(place: dict[str, Any]) -> str:
    """An excess with the interval that takes terms as a sample, such as "+1.2 (−0.4 to +2.8)"."""
    if "excess_flip_rate" not in place:
        return "–"
    bounds = place["excess_over_words"]
    ends = [100 * place["excess_flip_rate"]["value"], 100 * bounds["lower"], 100 * bounds["upper"]]
    value, lower, upper = (f"{end:+.2f}".replace("-", "−") for end in ends)
    return f"{value} ({lower} to {upper})"


def rows(folder: pathlib.Path) -> list[str]:
    """Two Markdown rows a slice, of a run with two models."""
    report = json.loads((folder / "run_report.json").read_text(encoding="utf-8"))
    table = []
    for name in SLICES:
        for number, model in enumerate(report["models"][:2]):
            part = next(s for s in model["slices"] if s["slice"] == name)
            whole = next(e for e in model["examples"] if e["slice"] == "Overall")
            place = part["matched"] if number else part["thresholds"][0]
            table.append(
                f"| {folder.name} | {name} | {part['num_pairs']:,} | {model['name']} "
                f"| {percent(place['flip_rate'])} | {percent(place.get('control_flip_rate'))} "
                f"| {points(place)} | {whole['auc']:.4f} |"
            )
    return table


def main() -> None:
    """Prints the table of the runs named on the command line."""
    print(
        "| run | slice | pairs | model | identity flips | control flips | excess, points "
        "| AUC, all test examples |\n|---|---|---|---|---|---|---|---|"
    )
    for folder in sys.argv[1:]:
        print("\n".join(rows(pathlib.Path(folder))))


if __name__ == "__main__":
    main()
