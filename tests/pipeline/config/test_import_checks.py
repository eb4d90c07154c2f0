"""Modules that a configuration names are found before anything starts, and not imported."""

from __future__ import annotations

import sys

import pytest

from fairflip.pipeline.config.checks import problems_of
from fairflip.pipeline.config.settings import with_defaults
from fairflip.protos.config_pb2 import PipelineConfig


def problems(tmp_path, function):
    (tmp_path / "a.csv").write_text("example_id,comment_text\n1,x\n")
    config = PipelineConfig(
        data={"examples": [str(tmp_path / "a.csv")]},
        models=[{"name": "m", "function": function}],
        output={"output_dir": str(tmp_path / "out")},
    )
    return problems_of(with_defaults(config), "evaluate")


def test_a_module_that_is_nowhere_is_named_with_the_cure(tmp_path):
    [problem] = problems(tmp_path, "no_such_module_here:score")
    assert problem.startswith("models[0].function: 'no_such_module_here:score' cannot be imported")
    assert "PYTHONPATH" in problem


def test_one_in_the_current_directory_is_said_to_lie_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lies_here.py").write_text("raise RuntimeError\n")
    [problem] = problems(tmp_path, "lies_here:score")
    assert "begin the command with PYTHONPATH=." in problem


@pytest.mark.parametrize("deeper", ["", ".deeper"])
def test_a_module_that_is_there_is_not_imported(tmp_path, monkeypatch, deeper):
    package = tmp_path / "breaks_when_imported"
    package.mkdir()
    for name in ("__init__.py", "deeper.py"):
        (package / name).write_text("raise RuntimeError\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert problems(tmp_path, f"breaks_when_imported{deeper}:score") == []
    assert "breaks_when_imported" not in sys.modules
    [problem] = problems(tmp_path, "breaks_when_imported.missing:score")
    assert "No module named 'breaks_when_imported.missing'" in problem
