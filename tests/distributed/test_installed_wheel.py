"""The wheel in an environment with nothing but the workers' lock: it is whole, and it evaluates."""

from __future__ import annotations

import subprocess
import zipfile

import pytest

from support.distributed.lonely_network import environment
from support.distributed.room_files import room_files
from support.distributed.small_evaluation import (
    THRESHOLDS,
    arguments,
    flips,
    read_parts,
    read_report,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_the_wheel_holds_every_file_of_every_folder(worker_bin):
    [wheel] = (worker_bin.parents[1] / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = room_files()
    assert "pipeline/read/files.py" in expected
    assert names == {f"fairflip/{name.removeprefix('api/')}" for name in expected}


def run(*words: object) -> str:
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", env=environment())
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_evaluation_runs_from_the_wheel_alone(worker_bin, data, tmp_path):
    code = (
        "from importlib.util import find_spec as f; print(*map(f, ('pytest', 'ruff', 'support')))"
    )
    assert run(worker_bin / "python", "-c", code) == "None None None\n"
    flags = arguments(str(data), str(tmp_path / "out"), models=("--score=given=given",))
    output = run(worker_bin / "fairflip", *flags)
    assert output.startswith("Counterfactuals came ready-made.")
    assert "Changing identity terms changes 41.1% of decisions; without controls " in output
    pairs = read_parts(tmp_path / "out" / "scored_pairs")
    [model] = read_report(tmp_path / "out")["models"]
    [overall] = [part for part in model["slices"] if part["slice"] == "Overall"]
    assert overall["num_pairs"] == pairs.num_rows > 800
    actual = [entry["flip_count"] for entry in overall["thresholds"]]
    assert actual == [flips(pairs, "given", threshold) for threshold in THRESHOLDS]
    assert min(actual) > 100
