"""A hundred million kept scored pairs on one machine: time beyond reading, and memory.

    python -m benchmarks.scale.kept_pairs [--pairs 100000000] [--folder SCRATCH] [--output F.json]

Writes the pairs in files of a million to a folder that is deleted in the end (some 3 GB), and a
tenth of them to another. *Metrics* is metrics alone as `benchmarks/speed/evaluator.py` measures
it: reading, counting at nine thresholds in ten slices, intervals, the report and TFMA's result
files; *reading* is reading the same columns of the same files and counting rows. Each runs once,
in a process of its own, after all imports. That no pair is lost is checked each time.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import figure_rows
from benchmarks.speed.evaluator_work import (
    BATCH_SIZE,
    SLICES,
    import_all,
    pair_columns,
    run_metrics,
)

NAME = "kept_pairs"
NUM_PAIRS = 100_000_000
PAIRS_A_FILE = 1_000_000
_PREFIX, _DIGITS = b"comment-", 8


class Took(NamedTuple):
    """What one piece of work took, imports left out of the seconds."""

    wall: float
    cpu: float
    peak_mib: float


def identifiers(numbers: np.ndarray) -> pa.Array:
    """comment-00000000 and so on, of [N] numbers below 10^8."""
    size = len(_PREFIX) + _DIGITS
    characters = np.empty((len(numbers), size), np.uint8)
    characters[:, : len(_PREFIX)] = np.frombuffer(_PREFIX, np.uint8)
    for place in range(_DIGITS):
        characters[:, size - 1 - place] = numbers // 10**place % 10 + ord("0")
    ends = np.arange(0, (len(numbers) + 1) * size, size, dtype=np.int32)
    return pa.StringArray.from_buffers(len(numbers), pa.py_buffer(ends), pa.py_buffer(characters))


def write_pairs(folder: pathlib.Path, num_pairs: int) -> None:
    """Scored pairs of one model, two an original on average, no original in two files."""
    rng = np.random.default_rng(0)
    size = min(PAIRS_A_FILE, num_pairs)
    columns, which = pair_columns(rng, 0, size)
    for number, first in enumerate(range(0, num_pairs, size)):
        score = rng.beta(0.6, 1.8, size).astype(np.float32).astype(np.float64)[which]
        moved = rng.normal(0, 0.08, size) * (rng.random(size) < 0.5)
        columns["example_id"] = identifiers(first + which)
        columns["score.baseline"] = score
        columns["counterfactual.score.baseline"] = np.clip(score + moved, 0, 1)
        table = pa.table(columns).slice(0, num_pairs - first)
        path = folder / f"scored-{number:05d}.parquet"
        pq.write_table(table, path, row_group_size=BATCH_SIZE * 8)


def run_reading(folder: pathlib.Path, num_pairs: int) -> None:
    """Reads what `evaluator_work.run_metrics` reads, and counts rows.

    Raises:
        RuntimeError: They are not `num_pairs`.
    """
    import apache_beam as beam
    from apache_beam.runners.portability.fn_api_runner import FnApiRunner

    from fairflip.metrics.flips.slicing import parse_slices
    from fairflip.metrics.statistics.spec import StatisticsSpec
    from fairflip.pipeline.storage.read_parquet import ReadWritten

    slices = parse_slices(SLICES[10])
    spec = StatisticsSpec(models=("baseline",), slices=slices, label_column="label")

    def check(counted: int) -> None:
        if counted != num_pairs:
            raise RuntimeError(f"{counted} pairs were read, not {num_pairs}")

    with beam.Pipeline(runner=FnApiRunner()) as pipeline:
        _ = (
            pipeline
            | beam.Create(sorted(str(path) for path in folder.glob("scored*.parquet")))
            | ReadWritten(spec.needed_columns)
            | "CountRows" >> beam.Map(lambda batch: batch.num_rows)
            | "AddRows" >> beam.CombineGlobally(sum)
            | "CheckRows" >> beam.Map(check)
        )


def work(kind: str, folder: str, num_pairs: int) -> None:
    """Runs one kind of work once, after all imports; prints seconds of the clock and of CPU."""
    import_all()
    run = {"reading": run_reading, "metrics": run_metrics}[kind]
    started = time.perf_counter(), time.process_time()
    run(pathlib.Path(folder), num_pairs=num_pairs)
    wall, cpu = time.perf_counter() - started[0], time.process_time() - started[1]
    # Of this program alone: other counters begin with what the one that started it held.
    status = pathlib.Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM:"))
    print(json.dumps({"wall": wall, "cpu": cpu, "peak_mib": peak}))


def took(kind: str, folder: str, num_pairs: int) -> Took:
    """The same in a process of its own."""
    arguments = f"({kind!r}, {folder!r}, {num_pairs})"
    command = f"from benchmarks.scale.kept_pairs import work; work{arguments}"
    done = subprocess.run(
        [sys.executable, "-c", command], check=True, stdout=subprocess.PIPE, text=True
    )
    return Took(**json.loads(done.stdout.splitlines()[-1]))


def measured(num_pairs: int, parent: str | None) -> list[dict[str, Any]]:
    """All measurements against their bounds: {name, value, bound, holds} each."""
    by_size: dict[int, dict[str, Took]] = {}
    for size in (num_pairs // 10, num_pairs):
        with tempfile.TemporaryDirectory(dir=parent) as folder:
            write_pairs(pathlib.Path(folder), size)
            by_size[size] = {kind: took(kind, folder, size) for kind in ("reading", "metrics")}
    few, many = by_size.values()
    reading, metrics = many["reading"], many["metrics"]
    beyond = metrics.cpu - reading.cpu
    further = beyond - (few["metrics"].cpu - few["reading"].cpu)
    rows = [
        ("pairs", num_pairs, None),
        ("metrics, seconds beyond reading", metrics.wall - reading.wall, "at most 90"),
        ("metrics, CPU seconds beyond reading", beyond, None),
        (
            "µs of CPU a further pair beyond reading",
            1e6 * further / (num_pairs - num_pairs // 10),
            None,
        ),
        ("reading alone, seconds", reading.wall, None),
        ("reading alone, CPU seconds", reading.cpu, None),
        ("metrics, peak MiB", metrics.peak_mib, None),
        (
            "metrics, peak memory / a tenth of the pairs",
            metrics.peak_mib / few["metrics"].peak_mib,
            "at most 1.1",
        ),
    ]
    return [figure_rows.result(NAME, *row) for row in rows]


def results() -> list[dict[str, Any]]:
    """The figures, for `run_all.py`."""
    return measured(NUM_PAIRS, None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=NUM_PAIRS)
    parser.add_argument("--folder", help="where to make the folder of pairs; default: a temporary")
    parser.add_argument("--output", type=pathlib.Path, help="where to write the results as JSON")
    arguments = parser.parse_args()
    rows = measured(arguments.pairs, arguments.folder)
    print(figure_rows.table(NAME, rows))
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
