"""Draws what `remedies` measured: flips of trained and of withheld terms against AUC.

    python -m benchmarks.remediation.plot [--dev] [--output FILE] [davidson cad edos]

Reads the figures that `python -m benchmarks.remediation.remedies` keeps in build/remedies/, the
means over their seeds, and writes a PNG or SVG by the file's ending: a row of panels a data set,
one for each kind of pairs, with the baseline's control flips as a line. docs/images/remedies.png
is of its making.
"""

from __future__ import annotations

import argparse
import json
import pathlib

import numpy as np

from benchmarks.real_text import ROOT
from benchmarks.remediation.remedies import WORK

#: Figures that are drawn, and what a panel calls them.
KINDS = {"trained": "known terms", "withheld": "withheld terms", "controls": "controls"}


def figures(folder: pathlib.Path) -> dict[str, dict[str, float]]:
    """The mean figures of each remedy of a data set, over the seeds that are there."""
    by_remedy: dict[str, list[dict[str, float]]] = {}
    for path in sorted(folder.glob("*_*.json")):
        remedy, _, _ = path.stem.rpartition("_")
        by_remedy.setdefault(remedy.replace("_", ", "), []).append(json.loads(path.read_text()))
    return {
        remedy: {key: float(np.mean([run[key] for run in runs])) for key in (*KINDS, "auc")}
        for remedy, runs in by_remedy.items()
    }


def draw(by_data: dict[str, dict[str, dict[str, float]]], output: pathlib.Path) -> None:
    """Writes the plot of the figures of each data set; a remedy has one number in all panels."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    figure = Figure(figsize=(4 * len(KINDS), 3.4 * len(by_data)), layout="constrained")
    panels = figure.subplots(len(by_data), len(KINDS), squeeze=False)
    known = sorted({name for remedies in by_data.values() for name in remedies})
    numbers = {name: n for n, name in enumerate(n for n in known if n != "baseline")}
    colours = matplotlib.colormaps["tab20"].colors
    handles = {}
    for row, (name, remedies) in zip(panels, by_data.items(), strict=True):
        for axes, (kind, title) in zip(row, KINDS.items(), strict=True):
            for remedy, one in remedies.items():
                is_baseline = remedy == "baseline"
                label = remedy if is_baseline else f"{numbers[remedy]} {remedy}"
                (handles[label],) = axes.plot(
                    one["auc"],
                    one[kind],
                    "s" if is_baseline else "o",
                    color="black" if is_baseline else colours[numbers[remedy]],
                )
                axes.annotate(
                    "" if is_baseline else str(numbers[remedy]),
                    (one["auc"], one[kind]),
                    xytext=(3, 3),
                    textcoords="offset points",
                )
            if "baseline" in remedies:
                axes.axhline(remedies["baseline"]["controls"], linestyle=":", color="black")
            axes.set_title(f"{name}: {title}")
            axes.set_xlabel("AUC")
            axes.xaxis.set_major_locator(MaxNLocator(4))
            axes.margins(0.1)
            axes.set_ylim(bottom=0)
            axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        row[0].set_ylabel("flips at the baseline's positive rate")
    labels = sorted(handles, key=lambda label: (label != "baseline", len(label.split()[0]), label))
    figure.legend([handles[label] for label in labels], labels, loc="outside lower center", ncols=4)
    output.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(output, dpi=80)


def main() -> None:
    """Draws the data sets of which figures are there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=["davidson", "cad", "edos"])
    parser.add_argument("--dev", action="store_true", help="of the development split")
    parser.add_argument("--output", default=ROOT / "build" / "remedies.png", type=pathlib.Path)
    flags = parser.parse_args()
    folder = WORK / ("dev" if flags.dev else "test")
    by_data = {name: figures(folder / name) for name in flags.names}
    by_data = {name: remedies for name, remedies in by_data.items() if remedies}
    if not by_data:
        print(f"{folder} holds no figures; run python -m benchmarks.remediation.remedies first")
        return
    draw(by_data, flags.output)
    print(flags.output)


if __name__ == "__main__":
    main()
