"""ControlFlipRate and ExcessFlipRate against a recount, example by example."""

from __future__ import annotations

import numpy as np
import pytest
from tensorflow_model_analysis.metrics import metric_types

import fairflip.metrics
from fairflip.protos.errors import ConfigurationError
from support.metrics.controlled_pairs import controlled_pairs
from support.metrics.excess_recount import Rows, recount
from support.metrics.tfma_pipeline import accumulate, eval_config

THRESHOLDS = (0.5, 0.25)
KEY = "counterfactual.score.base"
CONFIG = 'model_specs { name: "base" example_weight_key: "weight" }'
WAYS = {"overall": "both", "negative_to_positive": "up", "positive_to_negative": "down"}


@pytest.fixture(scope="module")
def table():
    return controlled_pairs(80, ("base",), seed=2, weighted=True, legitimate=True, grid=20)


def metrics(**changes):
    arguments = {
        "counterfactual_prediction_key": KEY,
        "example_id_key": "example_id",
        "thresholds": THRESHOLDS,
        "flip_is_legitimate_key": "flip_is_legitimate",
        **changes,
    }
    return [
        fairflip.metrics.ControlFlipRate(**arguments),
        fairflip.metrics.ExcessFlipRate(**arguments),
    ]


def values(rows: list[dict], num_parts: int = 1, seed: int = 0) -> dict[str, float]:
    """Of examples in any order, accumulated in parts that are then merged."""
    order = np.random.default_rng(seed).permutation(len(rows))
    inputs = [example(rows[i]) for i in order]
    actual = {}
    for metric in metrics():
        computations = metric.computations(
            eval_config=eval_config(CONFIG), model_names=[""], example_weighted=True
        )
        actual.update(accumulate(computations, inputs, num_parts))
    return {key.name: value for key, value in actual.items() if not key.name.startswith("_")}


def example(row: dict) -> metric_types.StandardMetricInputs:
    features = {
        "example_id": np.array([row["example_id"].encode()]),
        "flip_is_legitimate": np.array([row["flip_is_legitimate"]]),
        KEY: np.array([row[KEY]]),
        "edit": np.array([row["edit"].encode()]),
        "counterfactual_index": np.array([row["counterfactual_index"]]),
    }
    if row["control_of"] is not None:
        features["control_of"] = np.array([row["control_of"]])
        features["control_kind"] = np.array([row["control_kind"].encode()])
    return metric_types.StandardMetricInputs(
        {
            "labels": None,
            "predictions": np.array([row["score.base"]]),
            "example_weights": np.array([row["weight"]]),
            "features": features,
        }
    )


@pytest.mark.system
@pytest.mark.parametrize(("num_parts", "seed"), [(1, 0), (7, 1), (40, 2)])
def test_values_equal_a_recount_in_any_order(table, num_parts, seed):
    rows = Rows(table.to_pandas(), "Overall", "weight")
    actual = values(table.to_pylist(), num_parts, seed)
    assert len(actual) == 2 * 3 * 2
    for threshold, suffix in zip(THRESHOLDS, ("@0.50", "@0.25"), strict=True):
        for name, way in WAYS.items():
            expected = recount(rows, *rows.decisions("base", threshold, way))
            control = actual[f"control_flip_rate/{name}{suffix}"]
            assert control == pytest.approx(expected["control"])
            excess = actual[f"excess_flip_rate/{name}{suffix}"]
            assert excess == pytest.approx(expected["excess"])


@pytest.mark.system
def test_without_controls_nothing_is_said(table):
    pairs = [row for row in table.to_pylist() if row["edit"] == "identity"]
    assert np.isnan(list(values(pairs).values())).all()


@pytest.mark.system
def test_swaps_within_a_group_are_no_controls(table):
    rows = [
        {**row, "control_kind": "same_group"} if row["edit"] == "control" else row
        for row in table.to_pylist()
    ]
    assert np.isnan(list(values(rows).values())).all()


@pytest.mark.system
def test_an_id_is_needed():
    for metric in metrics(example_id_key=None):
        with pytest.raises(ConfigurationError, match="example_id_key"):
            metric.computations(eval_config=eval_config(CONFIG), model_names=[""])
