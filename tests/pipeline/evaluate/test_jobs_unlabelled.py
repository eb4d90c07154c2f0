"""A pair without a label is in the flip rate; only what needs a label is over labelled pairs."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from fairflip.pipeline import cli

# Whole evaluations, one after the other.
pytestmark = pytest.mark.system


def some_pairs(seed: int, unlabelled: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    number = 150
    return pd.DataFrame(
        {
            "example_id": [f"e{n}" for n in range(number)],
            "comment_text": [f"she {n}" for n in range(number)],
            "counterfactual.comment_text": [f"he {n}" for n in range(number)],
            "toxicity": np.where(
                rng.random(number) < unlabelled, np.nan, rng.integers(0, 2, number)
            ),
            "s": rng.integers(0, 1000, number) / 1000,
            "counterfactual.s": rng.integers(0, 1000, number) / 1000,
        }
    )


def area(frame: pd.DataFrame) -> float:
    """The share of pairs of a positive and a negative in which the positive scores higher."""
    positive = frame["s"][frame["toxicity"] == 1].to_numpy()[:, None]
    negative = frame["s"][frame["toxicity"] == 0].to_numpy()
    return float(((positive > negative) + (positive == negative) / 2).mean())


@pytest.mark.parametrize(
    ("seed", "unlabelled", "extension"),
    [(1, 0.3, "csv"), (2, 0.9, "parquet"), (3, 1.0, "jsonl")],
)
def test_flips_are_over_all_pairs_and_auc_over_labelled_ones(tmp_path, seed, unlabelled, extension):
    frame = some_pairs(seed, unlabelled)
    path = tmp_path / f"in.{extension}"
    if extension == "csv":
        frame.to_csv(path, index=False)
    elif extension == "parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    out = tmp_path / "out"
    command = ["evaluate", "--pairs", str(path), "--score", "m=s", "--quiet"]
    assert cli.main([*command, "--max_rejects=0", "--output_dir", str(out)]) == 0
    report = json.loads((out / "run_report.json").read_text())
    [actual] = report["models"][0]["slices"]
    flips = int(((frame["s"] > 0.5) != (frame["counterfactual.s"] > 0.5)).sum())
    assert actual["num_pairs"] == len(frame)
    assert actual["thresholds"][0]["flip_count"] == flips
    assert actual["thresholds"][0]["flip_rate"]["value"] == pytest.approx(flips / len(frame))
    labelled = frame.dropna()
    if not len(labelled):
        assert "auc" not in actual
        assert "accuracy" not in actual
        return
    assert actual["auc"] == pytest.approx(area(labelled))
    right = (labelled["s"] > 0.5) == (labelled["toxicity"] == 1)
    assert actual["accuracy"] == pytest.approx(right.mean())
    remaining = pd.read_parquet(out / "scored_pairs").set_index("example_id")
    assert remaining["toxicity"].isna().sum() == len(frame) - len(labelled)
