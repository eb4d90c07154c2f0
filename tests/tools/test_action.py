"""The steps of action.yml and of the pre-commit hook run in a shell as their files say."""

from __future__ import annotations

import os
import pathlib
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest
import yaml

from support import ROOT
from support.runs import finished_runs

pytestmark = pytest.mark.system

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
_EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")
CONFIG = """
data { pairs: "pairs.parquet" text_feature: "comment_text" label_feature: "toxicity" }
models { name: "mine" score_feature: "mine" }
"""
LIMITS = """
limits { metric: "flip_rate" max: MAX slices: "Overall" }
limits { metric: "rejects.share" max: 0.01 }
"""


def workflow(folder: pathlib.Path, event: str = "pull_request", **inputs: str) -> dict:
    """Runs the action's steps; returns codes by step, outputs, and what `gh` was asked."""
    values = {
        f"inputs.{name}": str(one.get("default", "")) for name, one in ACTION["inputs"].items()
    }
    values |= {f"inputs.{name}": value for name, value in inputs.items()}
    values |= {
        "github.token": "a-token",
        "github.event_name": event,
        "github.event.pull_request.number": "7",
    }
    commands = folder / "bin"
    commands.mkdir()
    (commands / "gh").write_text(f'#!/bin/sh\necho "$@" > {folder}/gh_was_asked\n')
    (commands / "gh").chmod(0o755)
    environment = os.environ | {
        "PATH": f"{commands}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
    }
    codes: dict[str, int] = {}
    for step in ACTION["runs"]["steps"]:
        assert step["shell"] == "bash"
        assert not _EXPRESSION.search(step["run"]), "an input would become text of the script"
        if any(codes.values()) or not _holds(step.get("if", "true"), values):
            continue
        output = folder / f"output_{len(codes)}"
        output.touch()
        own = {
            name: _EXPRESSION.sub(lambda actual: values[actual[1]], str(value))
            for name, value in step.get("env", {}).items()
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=folder,
            env=environment | own | {"GITHUB_OUTPUT": str(output)},
            capture_output=True,
            text=True,
            check=False,
        )
        codes[step["name"]] = done.returncode
        for line in output.read_text().splitlines():
            name, _, value = line.partition("=")
            values[f"steps.{step['id']}.outputs.{name}"] = value
    asked = folder / "gh_was_asked"
    outputs = {
        name: _EXPRESSION.sub(lambda actual: values.get(actual[1], ""), one["value"])
        for name, one in ACTION["outputs"].items()
    }
    return {
        "codes": codes,
        "asked": shlex.split(asked.read_text()) if asked.exists() else [],
        "outputs": outputs,
    }


def _holds(condition: str, values: dict[str, str]) -> bool:
    """The only form of conditions that the action has: NAME == 'value' && ..."""
    if condition == "true":
        return True
    parts = [part.strip() for part in condition.split("&&")]
    return all(
        values[name.strip()] == value.strip().strip("'")
        for name, _, value in (part.partition("==") for part in parts)
    )


@pytest.fixture
def folder(tmp_path):
    import pyarrow.parquet as pq

    before = np.where(np.arange(200) // 2 % 3 == 0, 0.8, 0.2)
    after = before.copy()
    after[::10] = 1 - before[::10]
    table = finished_runs.pairs(200).append_column("mine", [before])
    table = table.append_column("counterfactual.mine", [after])
    pq.write_table(table.drop_columns(["counterfactual_index"]), tmp_path / "pairs.parquet")
    (tmp_path / "fairflip.textproto").write_text(CONFIG)
    for name, most in (("loose", "0.5"), ("strict", "0.01")):
        (tmp_path / f"{name}.textproto").write_text(LIMITS.replace("MAX", most))
    return tmp_path


def test_a_model_that_keeps_its_limits_passes_and_is_commented(folder):
    done = workflow(folder, config="fairflip.textproto", limits="loose.textproto", package="")
    assert done["codes"] == dict.fromkeys(("Install", "Evaluate", "Gate", "Comment", "Verdict"), 0)
    assert done["asked"][:3] == ["pr", "comment", "7"]
    comment = (folder / "fairflip_run" / "details" / "comment.md").read_text()
    assert "fairflip gate: passed" in comment
    assert "## " in comment
    assert (folder / "summary.md").read_text() == comment
    assert done["outputs"] == {"report": "fairflip_run/report.html", "passed": "true"}


def test_a_model_that_breaks_its_limits_is_commented_and_fails(folder):
    done = workflow(folder, config="fairflip.textproto", limits="strict.textproto", package="")
    assert done["codes"]["Verdict"] == 1
    assert done["codes"]["Comment"] == 0
    assert done["outputs"]["passed"] == "false"
    comment = (folder / "fairflip_run" / "details" / "comment.md").read_text()
    assert "fairflip gate: failed" in comment


def test_nothing_is_commented_where_nobody_asked(folder):
    done = workflow(folder, event="push", config="fairflip.textproto", package="")
    assert set(done["codes"]) == {"Install", "Evaluate", "Gate", "Verdict"}
    assert not any(done["codes"].values())
    assert done["asked"] == []


def test_mistakes_stop_the_job(folder):
    done = workflow(folder, config="missing.textproto", package="")
    assert done["codes"] == {"Install": 0, "Evaluate": 2}


def test_inputs_are_no_part_of_a_script(folder):
    done = workflow(folder, config='x"; touch broken; echo "', package="")
    assert done["codes"]["Evaluate"] == 2
    assert not (folder / "broken").exists()


def test_the_hook_runs_the_gate(tmp_path):
    [hook] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    before = np.where(np.arange(200) // 2 % 3 == 0, 0.8, 0.2)
    table = finished_runs.scored(finished_runs.pairs(200), "m", before, before)
    run = finished_runs.write_run(tmp_path / "run", table, ("m",))
    (tmp_path / "limits.textproto").write_text(LIMITS.split("\n")[1].replace("MAX", "0.5"))
    program = pathlib.Path(sys.executable).parent
    command = [*shlex.split(hook["entry"]), "--run", run, "--limits", "limits.textproto"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{program}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "all checks pass" in done.stdout
