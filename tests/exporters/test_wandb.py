"""A run of W&B's client without a network, read back from the file that it writes."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys

import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.export.run_numbers import metrics_of, params_of
from support.exporters.wandb_file import records_of


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_ERROR_REPORTING", "false")


def records(folder):
    [path] = folder.glob("wandb/offline-run-*/run-*.wandb")
    return list(records_of(path))


def test_the_file_holds_every_number(offline, run, report, tmp_path, capfd):
    arguments = ["export", str(run), "--to=wandb", "--project=moderation"]
    assert cli.main([*arguments, f"--output_dir={tmp_path}"]) == 0
    actual = records(tmp_path)
    [begun] = [one.run for one in actual if one.WhichOneof("record_type") == "run"]
    assert (begun.project, begun.display_name) == ("moderation", "june")
    config = {one.key: json.loads(one.value_json) for one in begun.config.update}
    assert params_of(report).items() <= config.items()
    summary = {}
    for one in actual:
        for item in one.summary.update:
            summary["/".join(item.nested_key) or item.key] = json.loads(item.value_json)
    expected = metrics_of(report)
    assert summary.pop("verdict") == (report.verdict.light or "none")
    assert {key: summary[key] for key in expected} == expected
    assert all(math.isfinite(value) for value in expected.values())
    files = {
        entry.path
        for one in actual
        if one.request.WhichOneof("request_type") == "log_artifact" or one.HasField("artifact")
        for entry in (
            one.artifact if one.HasField("artifact") else one.request.log_artifact.artifact
        ).manifest.contents
    }
    assert files == {"report.html", "run_report.json", "model_card.md"}
    # What is printed is the folder that `wandb sync` takes.
    printed = capfd.readouterr().out.strip()
    assert [path.parent for path in tmp_path.glob("wandb/offline-run-*/run-*.wandb")] == [
        type(tmp_path)(printed)
    ]


def test_nothing_of_the_machine_goes_along(offline, run, tmp_path, capfd):
    assert cli.main(["export", str(run), "--to=wandb", f"--output_dir={tmp_path}"]) == 0
    assert not [path for path in tmp_path.glob("wandb/offline-run-*/files/*") if path.is_file()]
    actual = records(tmp_path)
    assert not {one.WhichOneof("record_type") for one in actual} & {"stats", "output", "output_raw"}
    [begun] = [one.run for one in actual if one.WhichOneof("record_type") == "run"]
    assert begun.host == "not said"
    assert not begun.git.commit
    capfd.readouterr()


def test_without_a_key_the_cure_is_said(run, tmp_path):
    command = [sys.executable, "-m", "fairflip.pipeline.cli", "export", str(run), "--to=wandb"]
    # A process of its own: the client reads its settings once in each.
    done = subprocess.run(
        [*command, f"--output_dir={tmp_path}"],
        env={
            **os.environ,
            "WANDB_MODE": "online",
            "WANDB_API_KEY": "no key",
            "WANDB_BASE_URL": "http://127.0.0.1:9",
            "WANDB_ERROR_REPORTING": "false",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "WANDB_MODE=offline" in done.stderr
