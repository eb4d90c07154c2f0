"""Memory where data are skewed: a hot original, and as many records to leave out as to count.

    python -m benchmarks.speed.skew [--size 1000000] [--output F.json]

Each case is `fairflip evaluate` in a process of its own on pairs that bring their scores, beside
the same number of pairs without skew:

* *a hot original* has all counterfactuals but a hundredth of them, and one shard of the join;
* *rejects*: every second record has no score.

*One file* is read alone, of 100,000 long pairs and of four times as many: a Parquet file of one row
group, and formats that cannot be entered in the middle.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import sys
import tempfile
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from benchmarks import figure_rows
from benchmarks.speed.own_process import Used, used_by

NAME = "skew"
SIZE = 1_000_000
EVEN, HOT, REJECTS = "even", "hot", "rejects"
ONE_FILE, TIMES, CHARACTERS = 100_000, 4, 500
_READ = """
import sys
from fairflip.pipeline.read.files import check_inputs, read_file
from fairflip.pipeline.read.layout import RecordLayout
from fairflip.protos.config_pb2 import DataSpec

data = DataSpec(id_feature="example_id", text_feature="comment_text")
layout = check_inputs(sys.argv[1:2], RecordLayout.from_data_spec(data, "pairs")).layout
number = sum(read.batch.num_rows for read in read_file(sys.argv[1], layout))
assert number == int(sys.argv[2]), number
"""


class Evaluated(NamedTuple):
    """What an evaluation took, and its report; empty where it failed."""

    used: Used
    num_rejects: int
    report: dict[str, Any]


def pairs(size: int, case: str, seed: int = 0) -> pa.Table:
    """Pairs of one model: two an original, or all but a hundredth of one."""
    rng = np.random.default_rng(seed)
    which = np.arange(size) // 2
    if case == HOT:
        which[size // 100 :] = size
    score = rng.beta(0.6, 1.8, size + 1)[which]
    changed = np.clip(score + rng.normal(0, 0.1, size), 0, 1)
    if case == REJECTS:
        changed[::2] = np.nan
    return pa.table(
        {
            "example_id": [f"comment-{i:08d}" for i in which],
            "comment_text": [f"text {i}" for i in which],
            "counterfactual.comment_text": [f"text {i}, {n}" for n, i in enumerate(which)],
            "score": score,
            "counterfactual.score": changed,
        }
    )


def evaluate(folder: pathlib.Path, case: str) -> Evaluated:
    """The evaluation of a file of pairs."""
    output = folder / f"{case}_out"
    command = [
        *(sys.executable, "-m", "fairflip", "evaluate", f"--pairs={folder / case}.parquet"),
        *("--score=m=score", "--controls=0", "--tfma_result=false", "--max_rejects=0.9"),
        *(f"--output_dir={output}", "--quiet"),
    ]

    used = used_by(command)
    num_rejects, report = 0, {}
    if not used.exit_code:
        report = json.loads((output / "run_report.json").read_text())
        num_rejects = sum(int(reject["count"]) for reject in report["rejects"])
    return Evaluated(used, num_rejects, report)


def measured(size: int) -> dict[str, Evaluated]:
    """All cases on so many pairs; "few" is the start."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        sizes = {"few": 1_000, EVEN: size, HOT: size, REJECTS: 2 * size}
        for case, number in sizes.items():
            pq.write_table(pairs(number, case), folder / f"{case}.parquet", row_group_size=8_192)
        evaluated = {case: evaluate(folder, case) for case in sizes}
        for case, (used, *_) in evaluated.items():
            if used.exit_code:
                raise RuntimeError(f"{case} ended with exit code {used.exit_code}: {used.errors}")
        return evaluated


def long_pairs(size: int, seed: int = 0) -> pa.Table:
    """Pairs whose texts share nothing, so that no encoding makes them small."""
    letters = np.random.default_rng(seed).integers(97, 123, (2, size, CHARACTERS), np.uint8)
    before, after = (side.view(f"S{CHARACTERS}").ravel().astype(str) for side in letters)
    return pa.table(
        {
            "example_id": [f"comment-{i:08d}" for i in range(size)],
            "comment_text": before,
            "counterfactual.comment_text": after,
        }
    )


def reading_peaks(size: int = ONE_FILE, times: int = TIMES) -> dict[str, tuple[float, float]]:
    """By format, MiB at the peak of reading one file of `size` pairs, and of `times` as many."""
    peaks: dict[str, list[float]] = {"parquet": [], "csv": [], "jsonl": []}
    with tempfile.TemporaryDirectory() as name:
        for number in (size, size * times):
            table = long_pairs(number)
            for ending, measured_peaks in peaks.items():
                path = pathlib.Path(name, f"one.{ending}")
                if ending == "parquet":
                    pq.write_table(table, path, row_group_size=number, use_dictionary=False)
                elif ending == "csv":
                    pa_csv.write_csv(table, path)
                else:
                    with path.open("w") as file:
                        for batch in table.to_batches(8_192):
                            file.writelines(json.dumps(row) + "\n" for row in batch.to_pylist())
                used = used_by([sys.executable, "-c", _READ, str(path), str(number)])
                if used.exit_code:
                    raise RuntimeError(f"reading {path.name}: {used.errors}")
                measured_peaks.append(used.peak_mib)
    return {ending: (one, many) for ending, (one, many) in peaks.items()}


def reading_rows(peaks: dict[str, tuple[float, float]]) -> list[dict[str, Any]]:
    """Figures of reading one file."""
    return [
        figure_rows.result(
            NAME,
            f"one {ending} file, peak memory of {TIMES} times the pairs / once",
            many / one,
            "at most 1.2",
        )
        for ending, (one, many) in peaks.items()
    ]


def rows_of(evaluated: dict[str, Evaluated], size: int) -> list[dict[str, Any]]:
    """Figures with their bounds."""
    few, even, hot, rejects = (evaluated[case].used for case in ("few", EVEN, HOT, REJECTS))
    rows = [
        ("even pairs, MiB beyond the start", even.peak_mib - few.peak_mib, None),
        (
            "hot original, bytes a counterfactual beyond the start",
            (hot.peak_mib - few.peak_mib) * 2**20 / size,
            "at most 2000",
        ),
        ("hot original / even pairs, CPU", hot.cpu_seconds / even.cpu_seconds, "at most 1.5"),
        ("records left out", evaluated[REJECTS].num_rejects, f"at least {size}"),
        (
            "as many records left out, peak memory / none",
            rejects.peak_mib / even.peak_mib,
            "at most 1.5",
        ),
    ]
    return [figure_rows.result(NAME, *row) for row in rows]


def results() -> list[dict[str, Any]]:
    """All measurements against their bounds: {name, value, bound, holds} each."""
    return rows_of(measured(SIZE), SIZE) + reading_rows(reading_peaks())


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size", type=int, default=SIZE, help="pairs of each case")
    parser.add_argument("--output", type=pathlib.Path, help="where to write the results as JSON")
    arguments = parser.parse_args()
    rows = rows_of(measured(arguments.size), arguments.size) + reading_rows(reading_peaks())
    print(figure_rows.table(NAME, rows))
    if arguments.output:
        arguments.output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
