"""A job that outlives its launcher: `fairflip report` completes the run."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.run import submitted

pytestmark = pytest.mark.system


@pytest.fixture
def evaluated(tmp_path):
    """The output directory of a small evaluation of given scores."""
    rows = [
        {
            "example_id": f"id{number}",
            "comment_text": f"the woman sings {number}",
            "counterfactual.comment_text": f"the sings {number}",
            "toxicity": number % 2,
            "given": 0.1 + 0.02 * number,
            "counterfactual.given": 0.9 - 0.02 * number,
        }
        for number in range(40)
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "pairs.parquet")
    out = tmp_path / "out"
    code = cli.main(
        [
            "evaluate",
            f"--pairs={tmp_path / 'pairs.parquet'}",
            "--score=m=given",
            f"--output_dir={out}",
            "--quiet",
        ]
    )
    assert code == 0
    return out


def without_times(path):
    report = json.loads(path.read_text())
    for field in ("started", "seconds", "step_seconds"):
        report["provenance"].pop(field)
    return report


def test_report_completes_a_run_whose_launcher_is_gone(evaluated, capsys):
    expected = without_times(evaluated / "run_report.json")
    assert expected["models"][0]["slices"][0]["num_pairs"] == 40
    assert not submitted.is_waiting(str(evaluated))
    # As the job leaves it: the launcher never came to these.
    for name in ("run_report.json", "details/manifest.json", "report.html", "details/report.md"):
        (evaluated / name).unlink()
    assert submitted.is_waiting(str(evaluated))
    capsys.readouterr()
    assert cli.main(["report", f"--run={evaluated}"]) == 0
    assert "40 pairs" in capsys.readouterr().out
    assert without_times(evaluated / "run_report.json") == expected
    assert (evaluated / "report.html").is_file()
    assert (
        "run_report.json"
        in json.loads((evaluated / "details" / "manifest.json").read_text())["files"]
    )
    assert not submitted.is_waiting(str(evaluated))


def test_a_job_that_has_not_ended_is_no_run(evaluated, capsys):
    for name in ("run_report.json", "details/work/summary.binpb"):
        (evaluated / name).unlink()
    assert cli.main(["report", f"--run={evaluated}"]) == 2
    assert "has no run_report.json" in capsys.readouterr().err
