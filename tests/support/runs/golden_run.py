"""One small evaluation whose outcome is kept: made-up comments, a plain function, all results.

    PYTHONPATH=tests python -m support.runs.golden_run    # keeps today's outcome

Run it where a change means to change the outcome, and read the difference of `KEPT` in the
commit. Times, versions, paths and addresses are left out.
"""

from __future__ import annotations

import json
import pathlib
import sys
import tempfile
import zlib
from typing import Any
from unittest import mock

from support import ROOT, TESTS

KEPT = TESTS / "end_to_end" / "golden_run.json"
NUM_COMMENTS = 400
#: What of a report is of a day, a machine or a folder.
PASSING = (
    *("versions", "data_fingerprints", "model_fingerprints", "config"),
    *("started", "seconds", "step_seconds"),
)


def score(texts: list[str]) -> list[float]:
    """A score for each text that any machine gives alike: a number of its words' bytes."""
    return [
        sum(zlib.crc32(word.encode()) % 101 for word in text.split())
        / (100.0 * max(1, len(text.split())))
        for text in texts
    ]


def outcome(folder: pathlib.Path) -> dict[str, Any]:
    """What the evaluation shows: report, files, the graphs' transforms, what TFMA reads."""
    import apache_beam as beam
    import pyarrow.parquet as pq
    import tensorflow_model_analysis as tfma

    from fairflip.pipeline import cli

    sys.path.insert(0, str(ROOT / "examples"))
    import make_demo_data

    comments, out = folder / "comments.parquet", folder / "out"
    pq.write_table(make_demo_data.make_comments(NUM_COMMENTS, seed=5), comments)
    graphs: list[list[str]] = []
    run = beam.Pipeline.run

    def remember(pipeline: Any, *arguments: Any, **options: Any) -> Any:
        parts = pipeline.to_runner_api().components.transforms.values()
        graphs.append(sorted(part.unique_name for part in parts))
        return run(pipeline, *arguments, **options)

    arguments = [
        "evaluate",
        f"--examples={comments}",
        # This module's name for the program too, whose own is `__main__`.
        "--model=m=py:support.runs.golden_run:score",
        "--slice=gender",
        "--threshold=0.45",
        "--num_example_ids=5",
        "--tfma_result=true",
        f"--output_dir={out}",
        "--quiet",
    ]
    with mock.patch.object(beam.Pipeline, "run", remember):
        code = cli.main(arguments)
    if code != 0:
        raise RuntimeError(f"fairflip {' '.join(arguments)}: exit code {code}")
    report = json.loads((out / "run_report.json").read_text())
    for field in PASSING:
        report["provenance"].pop(field, None)
    (result,) = [path.parent for path in out.rglob("eval_config.json")]
    slices = tfma.load_eval_result(str(result)).slicing_metrics
    return {
        "report": report,
        "files": sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()),
        "transforms": graphs,
        "tfma": {str(key): _rounded(values) for key, values in sorted(slices)},
    }


def _rounded(values: Any) -> Any:
    """Numbers to twelve digits, as a report has them; processors differ in the last ones."""
    if isinstance(values, dict):
        return {name: _rounded(value) for name, value in values.items()}
    return float(f"{values:.12g}") if isinstance(values, float) else values


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        text = json.dumps(outcome(pathlib.Path(name)), indent=1)
    KEPT.write_text(text + "\n")
    print(f"{KEPT}: {len(text):,} characters")
