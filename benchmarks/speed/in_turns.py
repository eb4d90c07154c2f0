"""Metrics alone on 500,000 pairs, here and in another worktree, in turns.

    git worktree add ../before COMMIT && (cd ../before && make setup)
    python -m benchmarks.speed.in_turns ../before

Each worktree runs its own code in its own environment on the same files of scored pairs, so that
what other work does to the machine meets both. Prints CPU seconds and peak memory of each turn,
and the ratio of the medians, here / there.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
from typing import Any

HERE = pathlib.Path(__file__).resolve().parents[2]
NUM_PAIRS = 500_000


def work(tree: pathlib.Path, **given: Any) -> dict[str, Any]:
    """What the worktree's own `evaluator_work.py` prints last."""
    python = sys.executable if tree == HERE else str(tree / ".venv/bin/python")
    command = [python, "-m", "benchmarks.speed.evaluator_work", json.dumps(given)]
    output = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tree).stdout
    lines = output.strip().splitlines()
    return json.loads(lines[-1]) if lines else {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", type=pathlib.Path, help="a worktree with an environment")
    parser.add_argument("--turns", type=int, default=3)
    arguments = parser.parse_args()
    trees = (HERE, arguments.other.resolve())
    with tempfile.TemporaryDirectory() as folder:
        work(HERE, do="scored", folder=folder, num_pairs=NUM_PAIRS)
        metrics = {"kind": "metrics", "folder": folder}
        cases = {"all": metrics, "counting": metrics | {"write": False}}
        cpu: dict[str, dict[pathlib.Path, list[float]]] = {case: {} for case in cases}
        for _ in range(arguments.turns):
            for tree in trees:
                measured = work(tree, do="measure", cases=cases, rounds=2)
                shown = {
                    name: (round(v["cpu"], 2), round(v["peak"])) for name, v in measured.items()
                }
                print(tree.name, shown, flush=True)
                for case, value in measured.items():
                    cpu[case].setdefault(tree, []).append(value["cpu"])
    for case, by_tree in cpu.items():
        here, there = (statistics.median(by_tree[tree]) for tree in trees)
        print(f"{case}: {here / there:.2f}")


if __name__ == "__main__":
    main()
