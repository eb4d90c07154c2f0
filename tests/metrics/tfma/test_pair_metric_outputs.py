"""The metrics with several outputs, several classes, and as those of the first library counted."""

from __future__ import annotations

import numpy as np
import pytest
from tensorflow_model_analysis.metrics import metric_types

import fairflip.metrics
from support.metrics.tfma_pipeline import accumulate, eval_config

# What TFMA 0.46 gave for these four examples, computed by hand at 0.3.
CLASSIC = [
    ([0.5], [0.7], 1.0, "id_1"),
    ([0.1, 0.7], [1.0, 0.1], 3.0, "id_2"),
    ([0.5, 0.2], [0.2, 0.4], 2.0, "id_3"),
    ([0.2, 0.1], [0.4, 0.5], 1.0, "id_4"),
]


@pytest.mark.parametrize("from_baseline", [False, True])
def test_drop_in_values_with_vectors_flattened_and_labels_absent(from_baseline):
    inputs = []
    for a, b, w, i in CLASSIC:
        extracts = {"labels": None, "example_weights": np.array([w])}
        if from_baseline:
            extracts["predictions"] = {"original": np.array(a), "counterfactual": np.array(b)}
            extracts["features"] = {"id": np.array([i])}
        else:
            extracts["predictions"] = np.array(a)
            extracts["features"] = {"cf": np.array(b), "id": np.array([i])}
        inputs.append(metric_types.StandardMetricInputs(extracts))
    key = None if from_baseline else "cf"
    config = (
        'model_specs { name: "original" } model_specs { name: "counterfactual" is_baseline: true }'
    )
    settings_ = {"example_weighted": True}
    if from_baseline:
        settings_ |= {
            "eval_config": eval_config(config),
            "model_names": ["original", "counterfactual"],
            "output_names": [""],
        }
    metrics = [
        cls(counterfactual_prediction_key=key, example_id_key="id", thresholds=[0.3])
        for cls in (fairflip.metrics.FlipCount, fairflip.metrics.FlipRate)
    ]
    got = accumulate([c for m in metrics for c in m.computations(**settings_)], inputs, 3)
    model = "original" if from_baseline else ""
    mine = {
        k.name: np.asarray(v).tolist()
        for k, v in got.items()
        if k == metric_types.MetricKey(k.name, model_name=model, example_weighted=True)
    }
    rises, falls = [["id_2"], ["id_3"], ["id_4"]], [["id_2"], ["id_3"]]
    assert mine == {
        "flip_count/negative_to_positive@0.3": 7.0,
        "flip_count/positive_to_negative@0.3": 5.0,
        "flip_count/negative_examples_count@0.3": 7.0,
        "flip_count/positive_examples_count@0.3": 6.0,
        "flip_count/negative_to_positive_examples_ids@0.3": rises,
        "flip_count/positive_to_negative_examples_ids@0.3": falls,
        "flip_rate/overall@0.3": 12 / 13,
        "flip_rate/negative_to_positive@0.3": 7 / 13,
        "flip_rate/positive_to_negative@0.3": 5 / 13,
        "flip_rate/negative_to_positive_examples_ids@0.3": rises,
        "flip_rate/positive_to_negative_examples_ids@0.3": falls,
        "flip_rate/sample_examples_ids@0.3": ["id_2", "id_3", "id_4"],
    }
    if from_baseline:  # The counterfactual model against itself, as before.
        assert (
            got[
                metric_types.MetricKey(
                    "flip_rate/overall@0.3", "counterfactual", "", None, None, True
                )
            ]
            == 0
        )


def test_several_outputs_and_values_keyed_by_model_and_output():
    inputs = [
        metric_types.StandardMetricInputs(
            predictions={"m": {"one": np.array([a]), "two": np.array([1 - a])}, "n": {"one": np.array([0.9]), "two": np.array([0.9])}},
            example_weights={"one": np.array([1.0]), "two": np.array([w])},
            features={
                "cf.m.one": np.array([b]), "cf.m.two": np.array([0.1]),
                "cf.n.one": np.array([0.1]), "cf.n.two": np.array([0.95]),
            },
        )
        for a, b, w in [(0.9, 0.1, 3.0), (0.1, 0.1, 1.0)]
    ]  # fmt: skip
    config = eval_config('model_specs { name: "m" } model_specs { name: "n" is_baseline: true }')
    got = accumulate(
        fairflip.metrics.FlipRate("cf.{model}.{output}").computations(
            eval_config=config,
            model_names=["m", "n"],
            output_names=["one", "two"],
            example_weighted=True,
        ),
        inputs,
    )
    overall = {
        (k.model_name, k.output_name): v
        for k, v in got.items()
        if k.name == "flip_rate/overall@0.5"
    }
    assert overall == {("m", "one"): 0.5, ("m", "two"): 0.25, ("n", "one"): 1.0, ("n", "two"): 0.0}
    nested = [
        metric_types.StandardMetricInputs(
            predictions={"m": np.array([0.9]), "n": np.array([0.9])},
            features={"cf": {"m": np.array([0.1]), "n": np.array([0.8])}},
        )
    ]
    values = accumulate(
        fairflip.metrics.FlipRate("cf").computations(eval_config=config, model_names=["m", "n"]),
        nested,
    )
    assert {k.model_name: v for k, v in values.items() if k.name == "flip_rate/overall@0.5"} == {
        "m": 1.0,
        "n": 0.0,
    }


def test_multiclass_flips_equal_a_direct_table():
    random = np.random.default_rng(0)
    before, after = random.integers(0, 5, (2, 300, 4)) / 4  # With ties for the top.
    weights = random.integers(1, 5, 300) / 2
    inputs = [
        metric_types.StandardMetricInputs(
            predictions=before[i], example_weights=np.array([weights[i]]), features={"cf": after[i]}
        )
        for i in range(280)
    ]
    inputs.append(  # Twenty at once.
        metric_types.StandardMetricInputs(
            predictions=before[280:],
            example_weights=weights[280:, None],
            features={"cf": after[280:]},
        )
    )
    got = accumulate(
        fairflip.metrics.MulticlassFlips("cf").computations(example_weighted=True), inputs, 6
    )
    table = np.zeros((4, 4))
    for a, b, w in zip(before, after, weights, strict=True):
        table[list(a).index(max(a)), list(b).index(max(b))] += w
    moved = table - np.diag(table.diagonal())
    expected = {
        "top_class_change_rate": moved.sum() / table.sum(),
        "transition_matrix": table,
        "class_gains": moved.sum(axis=0),
        "class_losses": moved.sum(axis=1),
        **{f"class_gain_rate@{c}": moved[:, c].sum() / table.sum() for c in range(4)},
        **{f"class_loss_rate@{c}": moved[c].sum() / table.sum() for c in range(4)},
    }
    assert {key.name for key in got} == {"multiclass_flips/" + name for name in expected}
    for key, value in got.items():
        np.testing.assert_allclose(
            value, expected[key.name.removeprefix("multiclass_flips/")], rtol=0, atol=1e-9
        )
