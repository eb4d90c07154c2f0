"""Prints the README's table of a finished run: gender slices before and after, as Markdown.

python tools/print_figures.py build/davidson_tweets build/edos_sexism
"""

from __future__ import annotations

import json
import pathlib
import sys

SLICES = ("Overall", "gender:female", "gender:male")


def percent(interval: dict[str, float]) -> str:
    """A rate with its interval, such as "3.4 % (2.1-5.5)"."""
    value, lower, upper = (100 * interval[k] for k in ("value", "lower", "upper"))
    return f"{value:.2f} % ({lower:.2f}–{upper:.2f})"


def rows(folder: pathlib.Path) -> list[str]:
    """One Markdown row per slice of a run with two models."""
    report = json.loads((folder / "run_report.json").read_text(encoding="utf-8"))
    before, after = report["models"][:2]
    table = []
    for name in SLICES:
        old, new = (
            next(s for s in model["slices"] if s["slice"] == name) for model in (before, after)
        )
        auc = [
            next(e for e in m["examples"] if e["slice"] == "Overall")["auc"]
            for m in (before, after)
        ]
        table.append(
            f"| {folder.name} | {name} | {old['num_pairs']:,} "
            f"| {percent(old['matched']['flip_rate'])} | {percent(new['matched']['flip_rate'])} "
            f"| {auc[0]:.4f} → {auc[1]:.4f} |"
        )
    return table


def main() -> None:
    """Prints the table of the runs named on the command line."""
    print(
        "| run | slice | pairs | baseline flips | CLP, matched flips | AUC, all test examples |\n"
        "|---|---|---|---|---|---|"
    )
    for folder in sys.argv[1:]:
        print("\n".join(rows(pathlib.Path(folder))))


if __name__ == "__main__":
    main()
