"""The same evaluation here and on a cluster, number by number: what a user with a cluster runs.

    make cluster FOLDER=gs://my-bucket/parity RUNNER="--runner=FlinkRunner --flink_master=HOST:8081"

Made-up comments are written to FOLDER, which workers must reach, and evaluated twice by
`fairflip evaluate`: in memory, and with the flags of the runner. Examples and counterfactuals are
joined by ID, some records are refused, scores come with the data, and `--model` adds models that
are asked. A table says whether counts, rates, records left out and the hash of the pairs are the
same; the exit code is 1 where they are not.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

from fairflip.pipeline.storage import filesystem

#: Rates may differ by the order in which floats are added up.
TOLERANCE = 1e-9
#: What two runs of one configuration do not share.
_OF_ONE_RUN = ("provenance", "gate", "verdict")
_GROUPS = ("female", "male", "older", "younger")


def write_data(folder: str, num_originals: int, seed: int = 0) -> None:
    """Made-up examples and two counterfactuals each as JSON Lines, a few of them damaged."""
    rng = random.Random(seed)
    examples, counterfactuals = [], []
    for number in range(num_originals):
        score = rng.betavariate(0.6, 1.8)
        group = rng.choice(_GROUPS)
        text = "" if number % 97 == 5 else f"a {group} person wrote comment {number}"
        example = {"example_id": f"id-{number:07d}", "comment_text": text, "score": score}
        # Some originals stand there twice, some counterfactuals have none.
        examples += [example] * (2 if number % 101 == 7 else 1)
        examples[-1] = {**example, "toxicity": number % 3 // 2, "topic": f"t{number % 5}"}
        for other in [other for other in _GROUPS if other != group][:2]:
            changed = min(max(score + rng.gauss(0, 0.2), 0.0), 1.0)
            owner = "nobody" if number % 103 == 11 else example["example_id"]
            counterfactuals.append(
                {
                    "example_id": owner,
                    "comment_text": text.replace(group, other) or "nothing",
                    "score": changed,
                }
            )
    for name, rows in (("examples", examples), ("counterfactuals", counterfactuals)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        filesystem.write_text(filesystem.join(folder, f"{name}.jsonl"), lines)


def evaluate(folder: str, name: str, flags: Sequence[str]) -> tuple[dict[str, Any], float]:
    """One evaluation: its report, and the seconds that it took."""
    output = filesystem.join(folder, name)
    command = [
        *(sys.executable, "-m", "fairflip", "evaluate", "--overwrite"),
        f"--examples={filesystem.join(folder, 'examples.jsonl')}",
        f"--counterfactuals={filesystem.join(folder, 'counterfactuals.jsonl')}",
        *("--score=given=score", "--slice=topic", "--threshold=0.5", "--threshold=0.2"),
        *("--max_rejects=0.5", "--controls=0", "--tfma_result=false"),
        f"--output_dir={output}",
        *flags,
    ]
    started = time.monotonic()
    # What it says on standard error is left to be read; the table is this script's.
    ended = subprocess.run(command, stdout=subprocess.DEVNULL)
    if ended.returncode:
        raise SystemExit(f"the evaluation {name!r} ended with exit code {ended.returncode}")
    with filesystem.open_raw(filesystem.join(output, "run_report.json")) as file:
        return json.loads(file.read()), time.monotonic() - started


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a report with its path, but for what is of one run alone."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if path or name not in _OF_ONE_RUN:
                yield from numbers(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from numbers(inner, f"{path}[{place}]")
    else:
        yield path, value


def compared(here: dict[str, Any], there: dict[str, Any]) -> list[tuple[str, int, int, float]]:
    """By part of the report: values, how many differ, and the largest difference of a number."""
    ours, theirs = dict(numbers(here)), dict(numbers(there))
    parts: dict[str, list[tuple[Any, Any]]] = {}
    for path in {**ours, **theirs}:
        part = path.split("[")[0].split(".")[0]
        parts.setdefault(part, []).append((ours.get(path), theirs.get(path)))
    rows = []
    for part, couples in parts.items():
        wrong, largest = 0, 0.0
        for one, other in couples:
            both = (one, other)
            if all(isinstance(v, float | int) and not isinstance(v, bool) for v in both):
                difference = abs(one - other)
                largest = max(largest, difference)
                exact = isinstance(one, int) and isinstance(other, int)
                limit = 0 if exact else TOLERANCE * max(1.0, abs(one))
                wrong += not (difference <= limit or math.isnan(difference))
            else:
                wrong += one != other
        rows.append((part, len(couples), wrong, largest))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs both evaluations and prints the table; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", required=True, help="where data and results go")
    parser.add_argument("--originals", type=int, default=2_000)
    flags, others = parser.parse_known_args(arguments)
    runner = [word for word in others if word != "--"]
    models = [word for word in runner if word.startswith("--model=")]
    if len(models) == len(runner):
        parser.error("give the flags of a runner, such as --runner=FlinkRunner")
    write_data(flags.folder, flags.originals)
    here, seconds_here = evaluate(flags.folder, "in_memory", models)
    there, seconds_there = evaluate(flags.folder, "on_the_cluster", runner)
    print("| part of the report | values | differ | largest difference |")
    print("|---|---:|---:|---:|")
    rows = compared(here, there)
    for part, count, wrong, largest in rows:
        print(f"| {part} | {count:,} | {wrong:,} | {largest:.1e} |")
    is_same = not any(wrong for _, _, wrong, _ in rows)
    print(
        f"\n{here['pairing']['num_pairs']:,} pairs; in memory {seconds_here:.0f} s, with "
        f"{' '.join(runner)} {seconds_there:.0f} s: {'the same' if is_same else 'NOT the same'}"
    )
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
