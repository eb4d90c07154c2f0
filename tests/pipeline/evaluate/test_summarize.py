"""What a run says of controls is what its kept scored pairs say, on one worker and several."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pandas as pd
import pytest

import fairflip
from support.metrics.excess_recount import Rows, recount
from support.recount import read_folder, without_times

pytestmark = pytest.mark.system

SOME = [
    "river",
    "garden",
    "bread",
    "stone",
    "weather",
    "report",
    "green",
    "blue",
    "loud",
    "grey",
    "paper",
    "window",
]
WEIGHTS = {"she": 0.3, "woman": -0.2, "river": 0.3, "stone": -0.25, "gay": 0.2, "bread": 0.2}


TWO = ["--direct_running_mode=multi_processing", "--direct_num_workers=2"]


def a_table(size: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    texts = []
    for number in range(size):
        words = rng.choice(SOME, 7, replace=False).tolist()
        words.insert(int(rng.integers(7)), ["he", "she", "woman", "gay", "", "aunt"][number % 6])
        texts.append(" ".join(filter(None, words)))
    return pd.DataFrame(
        {
            "example_id": [f"e{i:04}" for i in range(size)],
            "comment_text": texts,
            "toxicity": rng.integers(0, 2, size),
            "weight": rng.choice([0.5, 1.0, 2.0], size),
            "gender": rng.choice(["female", "male"], size),
        }
    )


def score(texts) -> list[float]:
    return [
        float(np.clip(0.4 + sum(WEIGHTS.get(word, 0.01) for word in text.split()), 0, 1))
        for text in texts
    ]


def half(texts) -> list[float]:
    return [one / 2 + 0.2 for one in score(texts)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> pathlib.Path:
    output_dir = tmp_path_factory.mktemp("controls") / "out"
    fairflip.evaluate(
        a_table(300),
        models={"m": score, "half": half},
        slices=["gender", "counterfactual_term"],
        weight="weight",
        generator="ablation",
        controls=2,
        output_dir=str(output_dir),
    )
    return output_dir


@pytest.mark.parametrize("name", ["Overall", "gender:female"])
def test_excess_equals_a_recount_of_the_kept_pairs(folder, name):
    report = json.loads((folder / "run_report.json").read_text())
    scored = read_folder(folder / "scored_pairs", with_controls=True).to_pandas()
    rows = Rows(scored, name, "weight")
    for model in report["models"]:
        one = next(s for s in model["slices"] if s["slice"] == name)
        assert one["num_control_pairs"] == rows.num_controls > 100
        entry = one["thresholds"][0]
        expected = recount(rows, *rows.decisions(model["name"], 0.5))
        assert entry["control_flip_rate"]["value"] == pytest.approx(expected["control"])
        assert entry["excess_flip_rate"]["value"] == pytest.approx(expected["excess"])
        assert expected["events"] >= 10
        for field, bounds in (("excess_flip_rate", "a"), ("excess_over_words", "b")):
            actual = entry[field]["lower"], entry[field]["upper"]
            np.testing.assert_allclose(actual, expected[bounds], rtol=1e-6)


def test_two_workers_give_the_same_report(folder, tmp_path):
    """Each worker is a process of its own, and gets some batches of the pairs."""
    scored = read_folder(folder / "scored_pairs", with_controls=True).to_pandas()
    scored = scored.rename(columns=lambda name: name.replace("score.", "s_"))
    reports = []
    for number, flags in enumerate(([], TWO)):
        output_dir = tmp_path / str(number)
        fairflip.evaluate(
            scored,
            scores={"m": "s_m", "half": "s_half"},
            slices=["gender", "counterfactual_term"],
            weight="weight",
            batch_size=64,
            beam_flags=flags,
            output_dir=str(output_dir),
        )
        reports.append(without_times(json.loads((output_dir / "run_report.json").read_text())))
    assert reports[0]["models"][0]["slices"][0]["num_control_pairs"] > 100
    assert reports[0] == reports[1]
