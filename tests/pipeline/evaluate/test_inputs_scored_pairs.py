"""A run's scored pairs are pairs with scores: another run can read both from them."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fairflip.pipeline import cli

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system

ROWS = 120


@pytest.fixture(scope="module")
def first_run(tmp_path_factory) -> pathlib.Path:
    """The output of an evaluation of two models whose scores are in the data."""
    folder = tmp_path_factory.mktemp("first")
    random = np.random.default_rng(0)
    scores = {
        f"{side}{name}": random.random(ROWS)
        for name in ("s", "t")
        for side in ("", "counterfactual.")
    }
    table = {
        "example_id": [f"id{i}" for i in range(ROWS)],
        "comment_text": [f"she sings {i}" for i in range(ROWS)],
        "counterfactual.comment_text": [f"he sings {i}" for i in range(ROWS)],
        "toxicity": (random.random(ROWS) > 0.5).astype(float),
        "gender": random.choice(["female", "male"], ROWS),
        **scores,
    }
    pq.write_table(pa.table(table), folder / "pairs.parquet")
    common = [f"--pairs={folder / 'pairs.parquet'}", "--slice=gender", "--quiet"]
    out = folder / "out"
    assert cli.main(["evaluate", *common, "--score=m=s", "--score=n=t", f"--output_dir={out}"]) == 0
    return out


def evaluate(first_run: pathlib.Path, out: pathlib.Path, *flags: str) -> int:
    pairs = f"--pairs={first_run / 'scored_pairs' / '*.parquet'}"
    return cli.main(["evaluate", pairs, "--slice=gender", f"--output_dir={out}", "--quiet", *flags])


def models_of(out: pathlib.Path) -> dict:
    return {m["name"]: m for m in json.loads((out / "run_report.json").read_text())["models"]}


def test_scores_of_a_run_are_read_by_the_next(first_run, tmp_path):
    flags = ["--score=m=score.m", "--score=n=score.n", "--threshold=0.5", "--threshold=0.8"]
    assert evaluate(first_run, tmp_path, *flags) == 0
    before, after = models_of(first_run), models_of(tmp_path)
    assert set(before) == set(after) == {"m", "n"}
    for name in before:
        for old, new in zip(before[name]["slices"], after[name]["slices"], strict=True):
            assert old["slice"] == new["slice"]
            first, again = old["thresholds"][0], new["thresholds"][0]
            # Another threshold is another test of the family.
            for at in (first, again):
                del at["direction_p_value_adjusted"]
            assert first == again
            assert len(new["thresholds"]) == 2
    again = pq.read_table(tmp_path / "scored_pairs").sort_by("example_id")
    remaining = pq.read_table(first_run / "scored_pairs").sort_by("example_id")
    for column in ("score.m", "counterfactual.score.m", "score.n", "counterfactual.score.n"):
        assert again[column].equals(remaining[column])


def test_a_model_can_have_another_name_there(first_run, tmp_path):
    assert evaluate(first_run, tmp_path, "--score=renamed=score.n") == 0
    old, new = models_of(first_run)["n"], models_of(tmp_path)["renamed"]
    assert old["slices"][0]["thresholds"] == new["slices"][0]["thresholds"]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--score=n=score.m", "--score=m=score.n"], "is where the scores of the model 'm' go"),
        (["--score=m=score.other"], "no column 'score.other'"),
        (["--score=m=counterfactual.score.m"], "starts with 'counterfactual.'"),
    ],
)
def test_what_would_mix_up_scores_is_refused(first_run, tmp_path, capsys, flags, words):
    assert evaluate(first_run, tmp_path / "out", *flags) == 2
    assert words in capsys.readouterr().err


def test_scored_pairs_given_as_examples_name_the_cure(first_run, tmp_path, capsys):
    [path] = (first_run / "scored_pairs").glob("*.parquet")
    arguments = [f"--examples={path}", "--score=m=score.m", f"--output_dir={tmp_path / 'out'}"]
    assert cli.main(["evaluate", *arguments, "--quiet"]) == 2
    assert "read these with --pairs" in capsys.readouterr().err
