"""Per-step losses and final weights against TensorFlow Model Remediation 0.1.7.1.

The reference is recorded by benchmarks/remediation/parity_with_tfmr.py under legacy Keras.
"""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

pytestmark = pytest.mark.system

REFERENCE = json.loads(
    (pathlib.Path(__file__).parent / "tfmr_reference.json").read_text(encoding="utf-8")
)


def case_id(case):
    return "-".join([case["technique"], case["loss"], case.get("kernel", ""), case["layers"][0][0]])


def build(case):
    import keras

    text = case["layers"][0][0] == "embedding"
    layers = [keras.Input((4,), dtype="int64") if text else keras.Input((3,))]
    for kind, *sizes in case["layers"]:
        if kind == "embedding":
            layers.append(keras.layers.Embedding(*sizes))
        elif kind == "pool":
            layers.append(keras.layers.GlobalAveragePooling1D())
        else:
            layers.append(keras.layers.Dense(sizes[0], activation=sizes[1]))
    model = keras.Sequential(layers)
    model.set_weights([np.asarray(w, np.float32) for w in case["initial_weights"]])
    return model


def wrap(case, model):
    from fairflip.remediation import counterfactual, min_diff

    if case["technique"] == "clp":
        return counterfactual.keras.CounterfactualModel(model, case["loss"], case["weight"])
    kwargs = {"kernel": case["kernel"]} if "kernel" in case else {}
    loss = min_diff.losses.LOSSES[case["loss"]](**kwargs)
    return min_diff.keras.MinDiffModel(model, loss, case["weight"])


def batch_of(case, step):
    import tensorflow as tf

    from fairflip.remediation.counterfactual.keras.utils import CounterfactualPackedInputs
    from fairflip.remediation.min_diff.keras.utils import MinDiffPackedInputs

    dtype = "int64" if case["layers"][0][0] == "embedding" else "float32"
    x, pair_x = tf.constant(step["x"], dtype), tf.constant(step["pair_x"], dtype)
    y, weight = tf.constant(step["y"], tf.float32), tf.constant(step["pair_weight"], tf.float32)
    if case["technique"] == "clp":
        return CounterfactualPackedInputs(
            (x, y), (pair_x, tf.constant(step["pair_counterfactual"], dtype), weight)
        )
    return MinDiffPackedInputs(x, (pair_x, tf.constant(step["membership"]), weight)), y


@pytest.mark.parametrize("case", REFERENCE["cases"], ids=case_id)
def test_losses_and_weights_agree_to_1e_5(case):
    import keras
    import tensorflow as tf

    model = build(case)
    wrapped = wrap(case, model)
    loss = (
        "binary_crossentropy" if case["layers"][-1][1] == 1 else "sparse_categorical_crossentropy"
    )
    wrapped.compile(optimizer=keras.optimizers.SGD(case["learning_rate"]), loss=loss)
    wrapped.optimizer.build(wrapped.trainable_variables)
    step_function = tf.function(wrapped.train_step)
    term_name = "counterfactual_loss" if case["technique"] == "clp" else "min_diff_loss"
    assert len(case["recorded"]) == len(case["steps"])
    for step, expected in zip(case["steps"], case["recorded"], strict=True):
        wrapped.reset_metrics()
        logs = step_function(batch_of(case, step))
        np.testing.assert_allclose(float(logs["loss"]), expected["loss"], rtol=1e-5)
        # A discrepancy is a difference of means near 1, so float32 knows it to 1e-6.
        np.testing.assert_allclose(float(logs[term_name]), expected["term"], rtol=1e-5, atol=1e-6)
    for ours, theirs in zip(model.get_weights(), case["final_weights"], strict=True):
        np.testing.assert_allclose(ours, np.asarray(theirs), rtol=1e-5, atol=1e-6)


def test_the_reference_covers_what_is_promised():
    seen = {(c["technique"], c["loss"], c.get("kernel")) for c in REFERENCE["cases"]}
    assert {loss for technique, loss, _ in seen if technique == "clp"} == {
        "pairwise_mse_loss",
        "pairwise_absolute_difference_loss",
        "pairwise_cosine_loss",
    }
    assert {("min_diff", "mmd", "gaussian"), ("min_diff", "mmd", "laplacian")} <= seen
    assert REFERENCE["versions"]["tensorflow-model-remediation"] == "0.1.7.1"
