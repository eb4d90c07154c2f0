"""A report has the fingerprints of what was read; a file that changes meanwhile stops the run."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib

import pytest

from fairflip.pipeline import cli
from fairflip.pipeline.evaluate import jobs
from fairflip.pipeline.run.read_inputs import ReadInputs
from fairflip.protos.config_pb2 import PipelineConfig
from fairflip.protos.errors import InputError

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

HEADER = "example_id,comment_text,counterfactual.comment_text,s,counterfactual.s\n"
OLD = HEADER + "1,she,he,0.2,0.7\n2,she is,he is,0.2,0.3\n"
NEW = HEADER + "1,she,he,0.2,0.7\n2,she is,he is,0.2,0.9\n"


def replace(path: pathlib.Path, content: str) -> None:
    """As careful writers do: another file takes the name."""
    other = path.with_name("other.tmp")
    other.write_text(content)
    os.replace(other, path)


def appended(path: pathlib.Path, content: str) -> None:
    with path.open("a") as file:
        file.write("3,she was,he was,0.9,0.1\n")


def in_place(path: pathlib.Path, content: str) -> None:
    """The same size and times; only the content is another."""
    entry = path.stat()
    path.write_text(content)
    os.utime(path, ns=(entry.st_atime_ns, entry.st_mtime_ns))


def removed(path: pathlib.Path, content: str) -> None:
    path.unlink()


def a_config(folder: pathlib.Path) -> PipelineConfig:
    config = PipelineConfig()
    config.data.pairs.append(str(folder / "*.csv"))
    config.data.train_examples.append(str(folder / "train" / "*.csv"))
    return config


@pytest.fixture
def files(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "t.csv").write_text(NEW)
    (tmp_path / "in.csv").write_text(OLD)
    return tmp_path


@pytest.mark.parametrize("change", [replace, appended, in_place, removed])
def test_a_file_that_changed_is_named(files, change):
    inputs = ReadInputs(a_config(files))
    inputs.refuse_changed(inputs.for_evaluation)
    change(files / "in.csv", NEW)
    with pytest.raises(InputError, match=r"in\.csv' changed while the run read it"):
        inputs.refuse_changed(inputs.for_evaluation)
    inputs.refuse_changed(inputs.for_training)
    wanted = {str(files / "in.csv"): OLD, str(files / "train" / "t.csv"): NEW}
    assert inputs.data == {
        path: hashlib.sha256(content.encode()).hexdigest() for path, content in wanted.items()
    }


def test_a_file_that_came_late_is_named(files):
    inputs = ReadInputs(a_config(files))
    (files / "late.csv").write_text(OLD)
    with pytest.raises(InputError, match=r"late\.csv' changed"):
        inputs.refuse_changed(inputs.for_evaluation)


def test_the_same_content_written_again_is_no_change(files):
    inputs = ReadInputs(a_config(files))
    replace(files / "in.csv", OLD)
    inputs.refuse_changed(inputs.for_evaluation)


def test_a_model_that_changed_is_named(files):
    config = a_config(files)
    model = files / "m.keras"
    model.write_bytes(b"one")
    config.models.add(name="m", path=str(model))
    inputs = ReadInputs(config)
    assert inputs.models == {"m": hashlib.sha256(b"one").hexdigest()}
    replace(model, "two")
    with pytest.raises(InputError, match=r"m\.keras' changed"):
        inputs.refuse_changed(inputs.for_evaluation)


@pytest.mark.parametrize("moment", ["before", "after"])
def test_an_input_replaced_during_a_run_stops_it_and_the_next_run_reads_it(
    files, capsys, monkeypatch, moment
):
    real = jobs.evaluate_files

    def interrupted(*arguments):
        if moment == "before":  # fingerprints are there, and nothing has been read
            replace(files / "in.csv", NEW)
        report = real(*arguments)
        if moment == "after":
            replace(files / "in.csv", NEW)
        return report

    out = files / "out"
    command = ["evaluate", f"--pairs={files / 'in.csv'}", "--score=m=s", "--quiet"]
    command.append(f"--output_dir={out}")
    monkeypatch.setattr(jobs, "evaluate_files", interrupted)
    assert cli.main(command) == 2
    assert "changed while the run read it" in capsys.readouterr().err
    assert not (out / "details" / "manifest.json").exists()
    monkeypatch.setattr(jobs, "evaluate_files", real)
    assert cli.main(command) == 0
    report = json.loads((out / "run_report.json").read_text())
    [fingerprint] = report["provenance"]["data_fingerprints"].values()
    assert fingerprint == hashlib.sha256(NEW.encode()).hexdigest()
    assert report["models"][0]["slices"][0]["thresholds"][0]["flip_count"] == 2
