"""Pairs whose scores are saturated: which losses still move them, alone and in `fit`."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from fairflip.remediation.counterfactual import losses  # noqa: E402
from fairflip.remediation.counterfactual.keras import CounterfactualModel, align  # noqa: E402
from fairflip.remediation.counterfactual.keras.utils import (  # noqa: E402
    pack_counterfactual_data,
)

#: Logits of a pair: in float32 their sigmoids are 1 and 1e-11.
Z, W = np.float32([[25.0]]), np.float32([[-25.0]])
MOVED = (
    "pairwise_mse_on_logits",
    "pairwise_absolute_difference_on_logits",
    "pairwise_symmetric_kl",
)


def slope(name: str, activation) -> float:
    """The slope of a loss of one saturated pair in the original's logit."""
    z = tf.Variable(Z)
    with tf.GradientTape() as tape:
        loss = losses.get(name)(activation(z), activation(tf.constant(W)))
    return float(tf.convert_to_tensor(tape.gradient(loss, z))[0, 0])


@pytest.mark.parametrize("name", ["pairwise_mse", "pairwise_absolute_difference"])
def test_losses_on_outputs_have_no_slope_at_saturated_scores(name):
    assert abs(slope(name, keras.activations.sigmoid)) < 1e-6


@pytest.mark.parametrize("name", MOVED)
def test_losses_that_read_the_logits_behind_the_scores_have_one(name):
    expected = {
        "pairwise_mse_on_logits": 2 * 50.0,
        "pairwise_absolute_difference_on_logits": 1.0,
        "pairwise_symmetric_kl": 1.0,
    }[name]
    np.testing.assert_allclose(slope(name, keras.activations.sigmoid), expected, rtol=1e-5)
    assert slope(name, tf.math.sigmoid) == 0.0, "no logits are remembered, so none can be read"


def test_logits_of_several_columns_are_compared_up_to_a_constant():
    z, w = np.float32([[60.0, 0.0, -60.0]]), np.float32([[-60.0, 0.0, 60.0]])
    sides = [keras.activations.softmax(tf.constant(side)) for side in (z, w + 7.0)]
    np.testing.assert_allclose(
        float(losses.get("pairwise_mse_on_logits")(*sides)), np.mean((z - w) ** 2), rtol=1e-5
    )
    np.testing.assert_allclose(float(losses.get("pairwise_symmetric_kl")(*sides)), 240.0, rtol=1e-5)


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", [*MOVED, "pairwise_mse"])
def test_fit_moves_saturated_pairs_by_losses_that_read_logits(name, packed):
    x = np.float32([[1.0, 1.0], [1.0, -1.0]])
    counterfactual_x, y = x * np.float32([1, -1]), np.float32([1, 0])
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(1, "sigmoid")(inputs))
    model.set_weights([np.float32([[0.0], [25.0]]), np.zeros(1, np.float32)])
    wrapped = CounterfactualModel(model, name, 1.0)
    wrapped.compile(keras.optimizers.SGD(0.01), loss="binary_crossentropy")
    if packed:
        rows = tf.data.Dataset.from_tensor_slices((x, y)).batch(2)
        pairs = tf.data.Dataset.from_tensor_slices((x, counterfactual_x)).batch(2)
        wrapped.fit(pack_counterfactual_data(rows, pairs), verbose=0)
    else:
        wrapped.fit(align(x, counterfactual_x, np.array([True, True])), y, verbose=0)
    moved = abs(float(model.get_weights()[0][1, 0]) - 25.0)
    assert (moved > 1e-3) == (name in MOVED), moved
