"""One small run of the whole road, shared by the end-to-end tests."""

from __future__ import annotations

import json
import pathlib
import sys

import pytest

from support import ROOT
from support.small_run import run_arguments, write_config

sys.path.insert(0, str(ROOT / "examples"))


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory) -> pathlib.Path:
    """A small set of the demo's made-up comments."""
    import make_demo_data

    folder = tmp_path_factory.mktemp("demo_data")
    make_demo_data.write_splits(make_demo_data.make_comments(4000, seed=3), folder)
    return folder


@pytest.fixture(scope="session")
def finished_run(demo_data, tmp_path_factory) -> pathlib.Path:
    """The output directory of `fairflip run` on the small data."""
    from fairflip.pipeline import cli

    folder = tmp_path_factory.mktemp("run")
    code = cli.main(run_arguments(demo_data, folder / "out", write_config(folder)))
    assert code == 0
    return folder / "out"


@pytest.fixture(scope="session")
def report(finished_run) -> dict:
    """run_report.json of that run."""
    return json.loads((finished_run / "run_report.json").read_text())
