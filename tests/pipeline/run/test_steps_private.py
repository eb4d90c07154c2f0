"""The text that `fairflip run --no_text` keeps until both models are scored is its owner's."""

from __future__ import annotations

import os
import pathlib
import stat

import pytest

from fairflip.pipeline.evaluate import jobs
from fairflip.pipeline.evaluate.inputs import EvaluationInputs
from fairflip.pipeline.run.job import Job
from fairflip.pipeline.run.progress import Progress
from fairflip.pipeline.run.state import open_run
from fairflip.pipeline.run.steps import RunSteps
from fairflip.pipeline.storage.run_folder import make_private
from fairflip.protos.config_pb2 import PipelineConfig


class Killed(BaseException):
    """As if the process ended here."""


def modes_when_killed(tmp_path: pathlib.Path, monkeypatch, **output: bool) -> dict[str, int]:
    """The permissions of OUT and OUT/details/steps where a run dies in its first evaluation."""
    (tmp_path / "model.keras").write_bytes(b"weights")
    (tmp_path / "examples.csv").write_text("example_id,comment_text\n1,she sings\n")
    config = PipelineConfig()
    config.models.add(name="m", path=str(tmp_path / "model.keras"))
    config.remediation.model_name = "remediated"
    config.data.examples.append(str(tmp_path / "examples.csv"))
    config.output.output_dir = str(tmp_path / "out")
    for name, value in output.items():
        setattr(config.output, name, value)

    def die(config, inputs, options):
        os.makedirs(os.path.join(config.output.output_dir, "scored_pairs"))
        assert not config.output.no_text, "the candidate reads what is written here"
        raise Killed

    monkeypatch.setattr(jobs, "evaluate_files", die)
    before = os.umask(0o022)
    try:
        with pytest.raises(Killed), open_run(config, "run") as state:
            RunSteps(Job(config, [], Progress(quiet=True)), EvaluationInputs(), state).perform()
    finally:
        os.umask(before)
    folders = {"out": tmp_path / "out", "steps": tmp_path / "out" / "details" / "steps"}
    assert (folders["steps"] / "baseline" / "scored_pairs").is_dir()
    return {name: stat.S_IMODE(path.stat().st_mode) for name, path in folders.items()}


@pytest.mark.parametrize(("is_trained_here", "output_name"), [(False, ":1"), (True, "")])
def test_a_retrained_model_has_the_outputs_of_the_file_it_comes_from(
    tmp_path, is_trained_here, output_name
):
    config = PipelineConfig()
    model = config.models.add(name="m", path="model.keras", output_name=":1")
    if is_trained_here:  # With one unit, whatever the output was to be.
        model.train.SetInParent()
    config.remediation.model_name = "remediated"
    config.output.output_dir = str(tmp_path / "out")
    with open_run(config, "run") as state:
        steps = RunSteps(Job(config, [], Progress(quiet=True)), EvaluationInputs(), state)
        assert steps._baseline().output_name == steps._remediated().output_name == output_name


def test_without_text_nobody_else_reads_what_a_killed_run_leaves(tmp_path, monkeypatch):
    modes = modes_when_killed(tmp_path, monkeypatch, no_text=True)
    assert modes == {"out": 0o755, "steps": 0o700}


def test_where_text_is_kept_anyway_the_umask_decides(tmp_path, monkeypatch):
    assert modes_when_killed(tmp_path, monkeypatch) == {"out": 0o755, "steps": 0o755}


def test_a_folder_that_is_there_becomes_private_and_a_remote_one_is_left_alone(tmp_path):
    there = tmp_path / "there"
    there.mkdir(mode=0o755)
    make_private(str(there))
    assert stat.S_IMODE(there.stat().st_mode) == 0o700
    make_private("gs://bucket/steps")
    assert not list(tmp_path.glob("gs*"))
