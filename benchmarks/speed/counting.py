"""What counting a pair costs, at few slices and at ten thousand, and a whole evaluation of scores.

    python -m benchmarks.speed.counting                  # prints the table of docs/performance.md
    python -m benchmarks.speed.counting --output F.json  # and writes the list of results

*Counting* is from Arrow batches in memory to merged sums, without Beam: medians of rounds in
which the cases follow each other. *Evaluate* is the command on a Parquet file of scored pairs, in
a process of its own; what 1,000 pairs cost (imports, the graph, figures) is its start. CPU
seconds are those of all threads. *Limits* are what the same pairs cost at least: reading their
columns, and Arrow's group-by of flips, gaps and 100 buckets, which are given to it.
"""

from __future__ import annotations

import pathlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import figure_rows, limits
from benchmarks.speed.own_process import used_by
from fairflip.metrics.batches.bundle_sums import ROWS_PER_CHUNK
from fairflip.metrics.batches.pair_counting import accumulate
from fairflip.metrics.flips.slicing import parse_slices
from fairflip.metrics.statistics.kept_rows import within_budget
from fairflip.metrics.statistics.spec import StatisticsSpec

NAME = "counting"

ROUNDS = 3
NUM_PAIRS, FEW, MANY_SLICES = 500_000, 1_000, 10_000
BATCH_SIZE = 8_192
#: Values of each slicing feature: Overall and eight slices, Overall and 44.
FEATURES = {"a": 5, "b": 3, "c": 36}
SLICES = {8: ["a", "b"], 44: ["a", "b", "c"]}
THRESHOLDS = {
    1: (0.5,),
    9: tuple(i / 10 for i in range(1, 10)),
    100: tuple(i / 101 for i in range(1, 101)),
}


def scored_pairs(num_pairs: int, seed: int = 0) -> pa.Table:
    """Pairs of one model, two an original on average, each in one slice of every feature."""
    rng = np.random.default_rng(seed)
    which = np.repeat(np.arange(num_pairs), rng.integers(1, 4, num_pairs))[:num_pairs]
    score = rng.beta(0.6, 1.8, num_pairs)[which]
    moved = rng.normal(0, 0.08, num_pairs) * (rng.random(num_pairs) < 0.5)
    sizes = FEATURES | {"author": MANY_SLICES}
    groups = {
        name: pa.array([f"{name}{i}" for i in range(size)]).take(
            pa.array(rng.integers(0, size, num_pairs)[which])
        )
        for name, size in sizes.items()
    }
    return pa.table(
        {
            "example_id": [f"comment-{i:08d}" for i in which],
            "comment_text": [f"text {i}" for i in which],
            "counterfactual.comment_text": [f"text {i}, {n}" for n, i in enumerate(which)],
            "label": rng.integers(0, 2, num_pairs)[which].astype(np.float32),
            "score.m": score,
            "counterfactual.score.m": np.clip(score + moved, 0, 1),
            **groups,
        }
    )


def count(chunks: list[list[pa.RecordBatch]], spec: StatisticsSpec) -> None:
    """All sums, as a worker adds them up."""
    sums: dict[Any, Any] = {}
    for chunk in chunks:
        for key, value in accumulate(chunk, spec, must_be_together=True).items():
            sums[key] = sums[key] + value if key in sums else value
        sums = within_budget(sums)


def counting_microseconds() -> dict[tuple[int, int], float]:
    """CPU microseconds a pair by (thresholds, slices)."""
    batches = scored_pairs(NUM_PAIRS).to_batches(max_chunksize=BATCH_SIZE)
    step = ROWS_PER_CHUNK // BATCH_SIZE
    chunks = [batches[i : i + step] for i in range(0, len(batches), step)]
    cases: dict[tuple[int, int], list[float]] = {
        case: [] for case in ((1, 8), (9, 8), (100, 8), (9, 44))
    }
    for _ in range(ROUNDS + 1):
        for (thresholds, slices), seconds in cases.items():
            spec = StatisticsSpec(
                models=("m",),
                thresholds=THRESHOLDS[thresholds],
                slices=parse_slices(SLICES[slices]),
                label_column="label",
            )
            started = time.process_time()
            count(chunks, spec)
            seconds.append(time.process_time() - started)
    return {case: 1e6 * statistics.median(s[1:]) / NUM_PAIRS for case, s in cases.items()}


def microseconds(work: Callable[[], Any]) -> float:
    """CPU microseconds a pair of work on `NUM_PAIRS` pairs: the median of rounds."""
    seconds = []
    for _ in range(ROUNDS + 1):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return 1e6 * statistics.median(seconds[1:]) / NUM_PAIRS


def evaluate(pairs: pathlib.Path, *words: str) -> tuple[float, float]:
    """CPU seconds and peak MiB of the command on scored pairs."""
    with tempfile.TemporaryDirectory() as output:
        command = [
            *(sys.executable, "-m", "fairflip", "evaluate", f"--pairs={pairs}"),
            *("--score=m=score.m", "--label_feature=label", "--controls=0"),
            *("--tfma_result=false", f"--output_dir={output}/out", "--quiet", *words),
        ]
        used = used_by(command)
    if used.exit_code:
        raise RuntimeError(f"{' '.join(command)} ended with {used.exit_code}: {used.errors}")
    return used.cpu_seconds, used.peak_mib


def results() -> list[dict[str, Any]]:
    """All measurements against their bounds: {name, value, bound, holds} each."""
    cost = counting_microseconds()
    with tempfile.TemporaryDirectory() as name:
        few, many = pathlib.Path(name, "few.parquet"), pathlib.Path(name, "many.parquet")
        for path, size in ((few, FEW), (many, NUM_PAIRS)):
            pq.write_table(scored_pairs(size), path, row_group_size=BATCH_SIZE)
        groups = ("--slice=a", "--slice=b")
        start, start_peak = evaluate(few, *groups)
        whole, _ = evaluate(many, *groups)
        sliced, sliced_peak = evaluate(many, "--slice=author")
        reading = microseconds(lambda: limits.read_columns([many]))
    table = limits.with_buckets(scored_pairs(NUM_PAIRS))
    grouping = microseconds(lambda: limits.group_by(table, SLICES[8]))
    rows = [
        ("µs of CPU a pair, Overall and 8 slices, one threshold", cost[1, 8], "at most 0.4"),
        ("µs of CPU a pair, Overall and 8 slices, nine thresholds", cost[9, 8], None),
        ("100 / 9 thresholds", cost[100, 8] / cost[9, 8], None),
        ("44 / 8 slices, each pair in 3 / 2 of them", cost[9, 44] / cost[9, 8], "at most 1.5"),
        (
            "evaluate: µs of CPU a further pair of scores",
            1e6 * (whole - start) / (NUM_PAIRS - FEW),
            "at most 4",
        ),
        ("evaluate: 10,000 slices, CPU seconds beyond the start", sliced - start, "at most 15"),
        ("evaluate: 10,000 slices, MiB beyond the start", sliced_peak - start_peak, "at most 500"),
        ("limit: Arrow's group-by of Overall and 8 slices, µs a pair", grouping, None),
        ("limit: reading all columns of these pairs, µs a pair", reading, None),
        ("evaluate: start, CPU seconds", start, None),
        ("evaluate: 500,000 pairs of scores, CPU seconds", whole, None),
    ]
    return [figure_rows.result(NAME, *row) for row in rows]


if __name__ == "__main__":
    figure_rows.print_rows(NAME, __doc__.splitlines()[0], results)
