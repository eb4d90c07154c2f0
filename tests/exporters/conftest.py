"""A finished run for all tests of this folder, written once."""

from __future__ import annotations

import pathlib

import numpy as np
import pytest

from fairflip.pipeline.compare.finished_runs import open_run
from support.runs import finished_runs


@pytest.fixture(scope="session")
def run(tmp_path_factory) -> pathlib.Path:
    """A run of one model with a space in its name, a page and a model card."""
    before = np.where(np.arange(200) // 2 % 3 == 0, 0.8, 0.2)
    after = before.copy()
    after[::9] = 1 - before[::9]
    table = finished_runs.scored(finished_runs.pairs(200), "my model", before, after)
    folder = tmp_path_factory.mktemp("runs") / "june"
    finished_runs.write_run(folder, table, ("my model",))
    (folder / "report.html").write_text("<p>the page</p>")
    (folder / "details" / "model_card.md").write_text("# the card\n")
    return folder


@pytest.fixture(scope="session")
def report(run):
    return open_run(str(run)).report


@pytest.fixture
def limits(tmp_path) -> str:
    """Limits of which one holds and one does not."""
    path = tmp_path / "limits.textproto"
    path.write_text(
        'limits { name: "flips" metric: "flip_rate" slices: "Overall" max: 0.5 }\n'
        'limits { name: "none" metric: "flip_rate" slices: "Overall" max: 0.001 }\n'
    )
    return f"--limits={path}"
