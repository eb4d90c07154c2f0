"""What a command costs that scores nothing: CPU and wall seconds from its start to its end.

    python -m benchmarks.speed.start        # prints its results

`evaluate` reads pairs whose scores are in the data, 20,000 and 600 of them, and writes all its
files; `gate` judges that run, `report` draws it anew. A mistake is a column that is not there. What
importing Beam takes of an evaluation stands beside. Medians of some rounds, in which the commands
take turns, each a process of its own; before them a round that does not count writes Python's
bytecode, which an installed package has too.
"""

from __future__ import annotations

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

ROUNDS = 5
MANY, FEW = 20_000, 600
#: Command -> the most CPU seconds, and the most wall seconds.
BOUNDS: dict[str, tuple[float | None, float | None]] = {
    "evaluate 20,000 scored pairs": (3.5, None),
    "evaluate 600 scored pairs": (None, 4.0),
    "a wrong column": (None, 1.0),
    "gate": (0.6, None),
    "report": (None, None),
    "--help": (0.5, None),
    "importing Beam, in such an evaluation": (None, None),
    "importing Beam whole": (None, None),
}
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
_COMMAND = "from fairflip.pipeline.cli import main; import sys; sys.exit(main(sys.argv[1:]))"
_IMPORT = """
from fairflip.pipeline.cli.spared_imports import spared_imports
with spared_imports(little=LITTLE):
    import apache_beam
"""


def write_pairs(path: pathlib.Path, num_pairs: int) -> None:
    """Pairs of comments of 30 words with a label, a group and both scores."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(5_000)], object)
    texts = [" ".join(row) for row in words[rng.integers(0, len(words), (num_pairs, 30))]]
    scores = rng.uniform(0, 1, num_pairs)
    table = {
        "example_id": [str(i) for i in range(num_pairs)],
        "comment_text": texts,
        "counterfactual.comment_text": [text.partition(" ")[2] for text in texts],
        "toxicity": rng.integers(0, 2, num_pairs).astype(float),
        "gender": [["female"] if i % 3 else ["male"] for i in range(num_pairs)],
        "risk": scores,
        "counterfactual.risk": np.clip(scores + rng.normal(0, 0.1, num_pairs), 0, 1),
    }
    pq.write_table(pa.table(table), path)


def measured(words: list[str], code: int, program: str = _COMMAND) -> tuple[float, float]:
    """CPU and wall seconds of one command, or another program, in a process of its own.

    Raises:
        RuntimeError: It ended with another exit code than `code`.
    """
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name != _NO_BYTECODE},
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if child.returncode != code:
        raise RuntimeError(f"fairflip {' '.join(words)}: exit code {child.returncode}")
    return usage.ru_utime + usage.ru_stime, wall


def results(rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """All commands against their bounds; one record for CPU and one for wall time of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        many, few, out = folder / "many.parquet", folder / "few.parquet", folder / "out"
        write_pairs(many, MANY)
        write_pairs(few, FEW)
        (folder / "limits.yaml").write_text("limits: [{metric: flip_rate, max: 0.5}]\n")

        def evaluate(pairs: pathlib.Path, column: str, target: pathlib.Path) -> list[str]:
            own = ["--slice=gender", f"--score=m={column}", f"--output_dir={target}"]
            return ["evaluate", f"--pairs={pairs}", *own, "--overwrite", "--quiet"]

        commands: dict[str, tuple[Any, ...]] = {
            "evaluate 20,000 scored pairs": (evaluate(many, "risk", out), 0),
            "evaluate 600 scored pairs": (evaluate(few, "risk", folder / "small"), 0),
            "a wrong column": (evaluate(many, "risc", folder / "none"), 2),
            "gate": (["gate", f"--run={out}", f"--limits={folder / 'limits.yaml'}"], 0),
            "report": (["report", f"--run={out}"], 0),
            "--help": (["--help"], 0),
            "importing Beam, in such an evaluation": ([], 0, _IMPORT.replace("LITTLE", "True")),
            "importing Beam whole": ([], 0, _IMPORT.replace("LITTLE", "False")),
        }
        seconds: dict[str, list[tuple[float, float]]] = {label: [] for label in commands}
        for turn in range(rounds + 1):
            for label, command in commands.items():
                taken = measured(*command)
                if turn:
                    seconds[label].append(taken)
    rows = []
    for label, of_rounds in seconds.items():
        for index, kind in enumerate(("CPU", "wall")):
            value = statistics.median(taken[index] for taken in of_rounds)
            bound = BOUNDS[label][index]
            rows.append(
                {
                    "name": f"start: {label}, {kind} seconds",
                    "value": round(value, 2),
                    "bound": bound,
                    "holds": bound is None or value <= bound,
                }
            )
    return rows


if __name__ == "__main__":
    print(json.dumps(results(), indent=1))
