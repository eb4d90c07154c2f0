"""Calls from Python with tables and models as objects: known by content, gone afterwards."""

from __future__ import annotations

import os
import pathlib
import stat
import tempfile

import pandas as pd
import pytest

import fairflip
from fairflip.pipeline.cli import commands
from fairflip.pipeline.run.inputs_in_memory import stable_name
from fairflip.pipeline.run.job import Outcome
from fairflip.pipeline.run.read_inputs import ReadInputs
from fairflip.pipeline.run.state import config_fingerprint
from fairflip.protos.errors import InputError
from fairflip.protos.report_pb2 import RunReport

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

NUM_ROWS = 30


def a_table(score: float = 0.9) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "example_id": [f"id{i}" for i in range(NUM_ROWS)],
            "comment_text": [f"she said {i}" for i in range(NUM_ROWS)],
            "counterfactual.comment_text": [f"he said {i}" for i in range(NUM_ROWS)],
            "toxicity": [i % 2 for i in range(NUM_ROWS)],
            "score": [score if i % 3 else 0.1 for i in range(NUM_ROWS)],
            "counterfactual.score": 0.2,
        }
    )


@pytest.fixture
def temporary(tmp_path, monkeypatch) -> pathlib.Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def known(monkeypatch, temporary):
    """What each call is known by, instead of what it finds."""
    seen = []

    def perform(command, config, beam_flags, quiet, stream):
        paths = [*config.data.pairs, *(m.path for m in config.models if m.path)]
        (folder,) = temporary.glob("fairflip-inputs-*")
        assert all(os.path.isfile(path) and path.startswith(str(folder)) for path in paths)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        seen.append((config_fingerprint(config), ReadInputs(config).data))
        return Outcome(RunReport())

    monkeypatch.setattr(commands, "perform", perform)
    return seen


def test_a_call_is_known_by_the_content_of_its_tables(known, temporary, tmp_path):
    for table in (a_table(), a_table(), a_table(score=0.8)):
        fairflip.evaluate(table, scores={"m": "score"}, output_dir=tmp_path / "out")
    assert known[0] == known[1]
    assert known[0][0] != known[2][0]
    ((name, _),) = known[0][1].items()
    assert name.startswith("in-memory/")
    assert name.endswith("/pairs.parquet")
    assert list(temporary.iterdir()) == [], "tables hold text"


@pytest.mark.system
def test_a_call_is_known_by_the_content_of_its_models(known, temporary, tmp_path):
    import keras

    def a_model(bias: float, rate: float = 0.1):
        dense = keras.layers.Dense(1, bias_initializer=keras.initializers.Constant(bias), name="d")
        model = keras.Sequential([keras.Input((2,), name="in"), dense], name="m")
        dense.kernel.assign([[1.0], [2.0]])
        model.compile(keras.optimizers.SGD(rate), "mse")
        return model

    for model in (a_model(0), a_model(0), a_model(1), a_model(0, rate=0.2)):
        fairflip.evaluate(a_table(), models={"m": model}, output_dir=tmp_path / "out")
    actual = [fingerprint for fingerprint, _ in known]
    assert actual[0] == actual[1]
    assert len(set(actual)) == 3


def test_paths_of_the_users_are_their_own_names():
    sha = "0" * 64
    for path in ("a/b.parquet", f"/tmp/{sha}/b", f"fairflip-inputs-x/{sha}/b", "gs://b/*.csv"):
        assert stable_name(path) == path
    assert stable_name(f"/t/fairflip-inputs-ab_12cd9/{sha}/b.keras") == f"in-memory/{sha}/b.keras"


def test_a_cell_runs_again_in_its_directory(temporary, tmp_path):
    """The same content: as a command given twice; another: refused, unless overwrite is given."""
    out = tmp_path / "out"

    def call(table, **fields):
        return fairflip.evaluate(table, scores={"m": "score"}, output_dir=str(out), **fields)

    def count(result):
        return result.report.models[0].slices[0].thresholds[0].flip_count

    first = call(a_table())
    again = call(a_table())
    assert count(first) == count(again) > 0
    assert "in-memory/" in again.report.provenance.config
    assert str(temporary) not in again.report.provenance.config
    with pytest.raises(InputError, match="--overwrite"):
        call(a_table(score=0.1))
    assert count(call(a_table(score=0.1), overwrite=True)) == 0
    assert list(temporary.glob("fairflip-inputs-*")) == []
