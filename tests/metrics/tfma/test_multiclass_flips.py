"""Multi-class flips in TFMA's own pipeline, on one worker and on two, against a direct table."""

from __future__ import annotations

import numpy as np
import pytest

from support.metrics.tfma_pipeline import (
    MULTI_PROCESSING,
    eval_config,
    run_tfma,
    to_batch,
    values_of,
)

CONFIG = """
  model_specs { name: "m" prediction_key: "scores" label_key: "label" }
  slicing_specs {} slicing_specs { feature_keys: "gender" }
  metrics_specs { metrics { class_name: "MulticlassFlips" module: "fairflip.metrics"
    config: '{"counterfactual_prediction_key": "counterfactual.scores"}' } }
"""
NUM_CLASSES = 3


@pytest.fixture(scope="module")
def rows():
    random = np.random.default_rng(5)
    before, after = random.integers(0, 6, (2, 230, NUM_CLASSES)) / 8  # with ties for the top
    return before, after, random.choice(["female", "male"], 230)


def expected_of(rows):
    before, after, gender = rows
    expected = {}
    for name in ("Overall", "gender:female", "gender:male"):
        chosen = np.ones(230, bool) if name == "Overall" else gender == name.partition(":")[2]
        table = np.zeros((NUM_CLASSES, NUM_CLASSES))
        pairs = zip(before[chosen].argmax(axis=1), after[chosen].argmax(axis=1), strict=True)
        for first, second in pairs:
            table[first, second] += 1
        moved = table - np.diag(table.diagonal())
        expected[name] = {
            "top_class_change_rate": moved.sum() / table.sum(),
            "transition_matrix": table,
            "class_gains": moved.sum(axis=0),
            "class_losses": moved.sum(axis=1),
        }
    return expected


@pytest.mark.parametrize(
    "options",
    [
        pytest.param((), id="one worker"),
        pytest.param(MULTI_PROCESSING, id="two workers", marks=pytest.mark.slow),
    ],
)
@pytest.mark.timeout(600)
def test_written_values_equal_a_direct_table(rows, options, tmp_path):
    before, after, gender = rows
    batch = to_batch(
        {
            "scores": before.tolist(),
            "counterfactual.scores": after.tolist(),
            "gender": gender.tolist(),
            "label": [0.0] * 230,
        }
    )
    actual = values_of(run_tfma(batch, eval_config(CONFIG), tmp_path, *options, batch_size=30))
    compared = 0
    for name, values in expected_of(rows).items():
        for value_name, value in values.items():
            (got,) = [
                v
                for (s, _, n), v in actual.items()
                if (s, n) == (name, f"multiclass_flips/{value_name}")
            ]
            np.testing.assert_allclose(got, value, rtol=0, atol=1e-9, err_msg=value_name)
            compared += 1
    assert compared == 12
