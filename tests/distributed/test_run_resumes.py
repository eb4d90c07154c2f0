"""`fairflip run` on several processes: two jobs with training between, killed after each step.

The steps are the same whatever runs the jobs: evaluate the baseline, retrain in the
launcher (here by a trainer of one's own), evaluate both.
"""

from __future__ import annotations

import json
import pathlib
import signal
import time

import pytest

from support import TESTS
from support.distributed.portable_service import stop
from support.distributed.small_evaluation import (
    THRESHOLDS,
    assert_same_report,
    flips,
    read_parts,
    read_report,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

TWO_PROCESSES = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")


def run(data: pathlib.Path, model: pathlib.Path, out: pathlib.Path, *flags: str) -> list[str]:
    return [
        "run",
        f"--examples={data}/examples.parquet",
        f"--train_examples={data}/examples.parquet",
        f"--counterfactuals={data}/counterfactuals.parquet",
        f"--model=keras={model}",
        "--trainer=support.distributed.own_trainer:halve",
        *(f"--threshold={t}" for t in THRESHOLDS),
        "--slice=gender",
        f"--output_dir={out}",
        "--quiet",
        *flags,
    ]


def marker(out: pathlib.Path, step: str) -> pathlib.Path:
    return out / "details" / "state" / "steps" / f"{step}.json"


def test_a_run_goes_on_after_each_step(launcher, data, tmp_path):
    out, model = tmp_path / "out", tmp_path / "model.keras"
    command = run(data, model, out, *TWO_PROCESSES)
    variables = {"PYTHONPATH": str(TESTS), "TRAINER_MARK": str(tmp_path / "mark")}

    # The trainer kills the launcher, after the first job.
    process, _ = launcher.start([command], model, **variables)
    try:
        assert process.wait(timeout=600) in (-signal.SIGKILL, 128 + signal.SIGKILL)
    finally:
        stop(process)
    assert marker(out, "evaluate-baseline").exists()
    assert not marker(out, "remediate").exists()
    first = marker(out, "evaluate-baseline").stat().st_mtime_ns
    assert not (out / "details" / "manifest.json").exists()

    # Killed again in the second job.
    process, _ = launcher.start([command], **variables)
    try:
        deadline = time.monotonic() + 600
        while not marker(out, "remediate").exists():
            assert process.poll() is None, "the run ended before it was killed"
            assert time.monotonic() < deadline
            time.sleep(0.1)
        time.sleep(3)
        assert not marker(out, "evaluate-both").exists()
    finally:
        stop(process)
    assert marker(out, "evaluate-baseline").stat().st_mtime_ns == first
    trained = marker(out, "remediate").stat().st_mtime_ns

    # Goes to the end; and the same run in memory, uninterrupted.
    whole = tmp_path / "whole"
    ended = launcher.run([command, run(data, model, whole)], **variables)
    assert [one.code for one in ended] == [0, 0], [one.stderr for one in ended]
    assert marker(out, "evaluate-baseline").stat().st_mtime_ns == first
    assert marker(out, "remediate").stat().st_mtime_ns == trained
    assert json.loads((out / "details" / "manifest.json").read_text())["files"]
    report = read_report(out)
    assert [m["name"] for m in report["models"]] == ["keras", "remediated"]
    assert assert_same_report(report, read_report(whole)) > 500
    table = read_parts(out / "scored_pairs")
    for one in report["models"]:
        [overall] = [s for s in one["slices"] if s["slice"] == "Overall"]
        for threshold, at in zip(THRESHOLDS, overall["thresholds"], strict=True):
            assert at["flip_count"] == flips(table, one["name"], threshold)
