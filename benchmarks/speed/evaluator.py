"""What evaluation costs beside inference: CPU seconds and peak memory, as ratios.

    python -m benchmarks.speed.evaluator                  # prints the table of docs/performance.md
    python -m benchmarks.speed.evaluator --output F.json  # and writes the list of results

It takes a quarter of an hour on 2 cores, and says on stderr what it measures.

Figures are medians: of five rounds; of three for whole evaluations of 100,000 pairs; those of
500,000 pairs are measured once. Rounds are in one process, in which the things that are compared
follow each other after a first round that does not count; peak memory and start-up are of
processes of their own. CPU seconds are those of all threads; imports are left out but where
start-up is measured. Absolute times depend on the machine; the bounds are on ratios within one run.

"Metrics" is reading kept scored pairs, slicing, counting, intervals, the report and TFMA's result
files. "Whole" is `fairflip.evaluate` on pairs of texts in Parquet, without controls, with every
file it writes. "Scoring" is reading these and scoring both sides with the demo's classifier, each
text of a batch once; with two controls, of the pairs and the controls that the run drew. "A
script's loop" reads the pairs and calls the same classifier on both sides of every pair, in calls
of the same size. The peer is TFMA's own path: the same scored pairs one by one through TFMA's
evaluator, with this package's FlipRate and FlipCount as ordinary metrics, AUC, ExampleCount and
FairnessIndicators. It is linear in the number of pairs, so it is measured on few and its cost per
further pair is taken.
"""

from __future__ import annotations

import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
from typing import Any

from benchmarks import figure_rows

NAME = "evaluator"

REPEATS = 5
REPEATS_OF_WHOLE = 3
#: Pairs: of a start; of metrics, and of the whole evaluation's memory before it grows; of
#: metrics' growth, of the whole evaluation, and of its growth.
FEW = 1_000
SMALL, LARGE, WHOLE, WHOLE_LARGE = 50_000, 500_000, 100_000, 500_000


def work(**given: Any) -> Any:
    """Runs `evaluator_work.py` in a process of its own; what it prints last, if anything."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.speed.evaluator_work", json.dumps(given)],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None


def measured(cases: dict[str, dict[str, Any]], rounds: int = REPEATS) -> dict[str, float]:
    """Median CPU seconds of each case, all in one process."""
    print(f"measures {', '.join(cases)} ...", file=sys.stderr, flush=True)
    of_cases = work(do="measure", cases=cases, rounds=rounds)
    return {name: result["cpu"] for name, result in of_cases.items()}


def peak(kind: str, folder: pathlib.Path, repeats: int = REPEATS) -> float:
    """Median peak memory of a kind of work, each time in a process of its own, in MiB."""
    print(f"measures the peak memory of {kind} ...", file=sys.stderr, flush=True)
    case = {"kind": kind, "folder": str(folder)}
    return statistics.median(
        work(do="measure", cases={"one": case}, rounds=0)["one"]["peak"] for _ in range(repeats)
    )


def help_seconds() -> float:
    """Median CPU seconds of `fairflip --help`."""
    seconds = []
    for _ in range(REPEATS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, "-m", "fairflip", "--help"],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return statistics.median(seconds)


def results() -> list[dict[str, Any]]:
    """All measurements against their bounds.

    Returns:
        One {name, value, bound, holds} for each; `bound` says which side.
    """
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        names = ("few", "small", "large", "some", "texts", "many")
        few, small, large, some, texts, many = (root / part for part in names)
        for folder, kind, size in (
            (few, "pairs", FEW),
            (small, "scored", SMALL),
            (large, "scored", LARGE),
            (some, "pairs", SMALL),
            (texts, "pairs", WHOLE),
            (many, "pairs", WHOLE_LARGE),
        ):
            folder.mkdir()
            work(do=kind, folder=str(folder), num_pairs=size)
        metrics = {"kind": "metrics", "folder": str(small)}
        cpu = measured(
            {
                "base": metrics,
                "thresholds 100": metrics | {"thresholds": 100},
                "slices 8": metrics | {"slices": 8},
                "slices 44": metrics | {"slices": 44},
                "models 2": metrics | {"models": 2},
                "no intervals": metrics | {"intervals": False},
                "large": metrics | {"folder": str(large)},
                "counting": metrics | {"folder": str(large), "write": False},
                "reading": metrics
                | {"folder": str(large), "kind": "reading", "files": "scored*.parquet"},
            }
        )
        whole = {"kind": "whole", "folder": str(texts)}
        full = measured(
            {
                "base": whole,
                "scoring": whole | {"kind": "scoring"},
                "loop": whole | {"kind": "loop"},
                "reading": whole | {"kind": "reading"},
                "thresholds 100": whole | {"thresholds": 100},
                "slices 8": whole | {"slices": 8},
                "slices 44": whole | {"slices": 44},
                "models 2": whole | {"models": 2},
            },
            rounds=REPEATS_OF_WHOLE,
        )
        # Once: it takes a minute, and nothing of it is small.
        large = {"folder": str(many)}
        grown = measured(
            {
                "base": whole,
                "large": whole | large,
                "scoring": whole | large | {"kind": "scoring"},
            },
            rounds=1,
        )
        controlled = {"base": whole | {"controls": 2, "keep_pairs": "controls.parquet"}}
        controlled["scoring"] = {**whole, "kind": "scoring", "pairs": "controls.parquet"}
        with_controls = measured(controlled, rounds=2)
        peer = measured(
            {str(n): {"kind": "peer", "folder": str(small), "num_pairs": n} for n in (500, 2_000)}
        )
        peaks = [peak("metrics", folder) for folder in (small, large)]
        whole_peaks = [peak("whole", some), peak("whole", many, repeats=1)]
        kinds = ("start", "load", "load_beam")
        rounds = [{kind: work(do=kind, folder=str(few)) for kind in kinds} for _ in range(REPEATS)]
        starts = {kind: statistics.median(of_round[kind] for of_round in rounds) for kind in kinds}
    of_peer = (peer["2000"] - peer["500"]) / 1_500 * SMALL
    of_scoring = full["scoring"] / WHOLE * SMALL
    rows = [
        ("metrics / scoring, 50k pairs", cpu["base"] / of_scoring, "at most 0.3"),
        ("whole / scoring, 100k pairs", full["base"] / full["scoring"], "at most 1.35"),
        ("whole / scoring, 500k pairs", grown["large"] / grown["scoring"], "at most 1.35"),
        ("whole / a script's loop, 100k pairs", full["base"] / full["loop"], None),
        (
            "two controls: whole / scoring of all texts, 100k pairs",
            with_controls["base"] / with_controls["scoring"],
            "at most 1.35",
        ),
        ("peer / metrics, 50k pairs", of_peer / cpu["base"], "at least 10"),
        ("whole: 100 / 9 thresholds", full["thresholds 100"] / full["base"], "at most 1.2"),
        ("whole: 44 / 8 slices", full["slices 44"] / full["slices 8"], "at most 1.5"),
        ("whole: 2 models / 1", full["models 2"] / full["base"], "at most 2.1"),
        ("metrics: 100 / 9 thresholds", cpu["thresholds 100"] / cpu["base"], "at most 1.2"),
        ("metrics: 44 / 8 slices", cpu["slices 44"] / cpu["slices 8"], "at most 1.5"),
        ("metrics: 2 models / 1", cpu["models 2"] / cpu["base"], "at most 2.1"),
        ("metrics: intervals / none", cpu["base"] / cpu["no intervals"], "at most 1.5"),
        (
            "whole: cost per pair, 500k / 100k",
            grown["large"] / WHOLE_LARGE / (grown["base"] / WHOLE),
            "at most 1.15",
        ),
        (
            "metrics: cost per pair, 500k / 50k",
            cpu["large"] / LARGE / (cpu["base"] / SMALL),
            "at most 1.15",
        ),
        ("whole: peak memory, 500k / 50k", whole_peaks[1] / whole_peaks[0], "at most 1.2"),
        ("metrics: peak memory, 500k / 50k", peaks[1] / peaks[0], "at most 1.2"),
        (
            "pairs a second on 2 cores, metrics alone",
            2 * LARGE / cpu["counting"],
            "at least 300000",
        ),
        ("fairflip --help, CPU seconds", help_seconds(), "at most 0.5"),
        (
            "start to first scored batch / importing TensorFlow and loading the model",
            starts["start"] / starts["load"],
            "at most 1",
        ),
        (
            "start to first scored batch / importing TensorFlow and Beam and loading the model",
            starts["start"] / starts["load_beam"],
            None,
        ),
        ("metrics at 50k pairs, CPU seconds", cpu["base"], None),
        ("metrics at 500k pairs, CPU seconds", cpu["large"], None),
        ("limit: reading 500k scored pairs, CPU seconds", cpu["reading"], None),
        ("scoring 50k pairs, CPU seconds", of_scoring, None),
        ("whole evaluation of 100k pairs, CPU seconds", full["base"], None),
        ("limit: reading 100k pairs of texts, CPU seconds", full["reading"], None),
        ("limit: scoring 100k pairs, CPU seconds", full["scoring"], None),
        ("whole evaluation of 500k pairs, CPU seconds", grown["large"], None),
        ("peer at 50k pairs, CPU seconds", of_peer, None),
        ("metrics at 500k pairs, peak MiB", peaks[1], None),
        ("whole evaluation of 500k pairs, peak MiB", whole_peaks[1], None),
    ]
    return [figure_rows.result(NAME, *row) for row in rows]


if __name__ == "__main__":
    figure_rows.print_rows(NAME, __doc__.splitlines()[0], results)
