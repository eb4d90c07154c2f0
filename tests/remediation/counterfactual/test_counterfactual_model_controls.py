"""Control pairs in CLP: a mean of their own beside that of identity pairs, by direct computation."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from fairflip.remediation.counterfactual.keras import CounterfactualModel
from fairflip.remediation.counterfactual.keras.paired_inputs import (
    AlignedInputs,
    ControlledInputs,
    PackedInputs,
)

ROWS = 12
LOSS_WEIGHT, CONTROL_WEIGHT = 3.0, 0.5


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(4)
    x, other, control = rng.random((3, ROWS, 4)).astype(np.float32)
    has_other = (np.arange(ROWS) % 3 == 0).astype(np.int32)
    has_control = (np.arange(ROWS) % 4 == 1).astype(np.int32)
    return x, other, has_other, control, has_control


def wrapped():
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])
    clp = CounterfactualModel(model, "pairwise_mse", LOSS_WEIGHT, CONTROL_WEIGHT)
    clp.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    return clp


def expected(model, data, packed):
    x, other, has_other, control, has_control = data
    kernel, bias = (np.asarray(w, np.float64) for w in model.original_model.get_weights())

    def score(rows):
        return 1 / (1 + np.exp(-(rows @ kernel + bias)))[:, 0]

    y = (np.arange(ROWS) % 2).astype(float)
    p = score(x)
    original = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    squares = (p - score(other)) ** 2
    pairs = squares.mean() if packed else squares[has_other > 0].mean()
    controls = ((p - score(control)) ** 2)[has_control > 0].mean()
    return original, pairs, controls


@pytest.mark.parametrize("packed", [False, True])
def test_the_loss_is_the_sum_of_three_means(data, packed):
    x, other, has_other, control, has_control = data
    weight = np.ones(ROWS, np.float32)
    paired = (
        PackedInputs(x, x, other, weight) if packed else AlignedInputs(x, other, has_other, weight)
    )
    clp = wrapped()
    y = (np.arange(ROWS) % 2).astype(np.float32)
    history = clp.fit(
        ControlledInputs(paired, control, has_control), y, batch_size=ROWS, shuffle=False, verbose=0
    ).history
    original, pairs, controls = expected(clp, data, packed)
    assert history["original_loss"][0] == pytest.approx(original, abs=1e-6)
    assert history["counterfactual_loss"][0] == pytest.approx(pairs, abs=1e-6)
    assert history["control_loss"][0] == pytest.approx(controls, abs=1e-6)
    total = original + LOSS_WEIGHT * (pairs + CONTROL_WEIGHT * controls)
    assert history["loss"][0] == pytest.approx(total, abs=1e-6)


def test_without_controls_there_is_no_loss_of_them(data):
    x, other, has_other, _, _ = data
    clp = wrapped()
    aligned = AlignedInputs(x, other, has_other, np.ones(ROWS, np.float32))
    y = np.zeros(ROWS, np.float32)
    history = clp.fit(aligned, y, batch_size=ROWS, verbose=0).history
    assert "control_loss" not in history
    assert CounterfactualModel.from_config(clp.get_config()).get_config()["control_weight"] == 0.5
    with pytest.raises(ValueError, match="0 or more"):
        CounterfactualModel(clp.original_model, "pairwise_mse", 1.0, -1.0)


def test_several_losses_count_in_their_proportion(data):
    x, other, has_other, control, has_control = data
    model = wrapped().original_model
    losses = {"a": "pairwise_mse", "b": "pairwise_absolute_difference"}
    clp = CounterfactualModel(model, losses, {"a": 1.0, "b": 3.0}, 2.0)
    clp.compile(keras.optimizers.SGD(0.0), "binary_crossentropy")
    inputs = ControlledInputs(
        AlignedInputs(x, other, has_other, np.ones(ROWS, np.float32)), control, has_control
    )
    history = clp.fit(inputs, np.zeros(ROWS, np.float32), batch_size=ROWS, verbose=0).history
    kernel, bias = (np.asarray(w, np.float64) for w in model.get_weights())

    def score(rows):
        return 1 / (1 + np.exp(-(rows @ kernel + bias)))[:, 0]

    gaps = np.abs(score(x) - score(control))[has_control > 0]
    mean = (1.0 * (gaps**2).mean() + 3.0 * gaps.mean()) / 4.0
    assert history["control_loss"][0] == pytest.approx(mean, abs=1e-6)
    parts = history["a_counterfactual_loss"][0] + 3 * history["b_counterfactual_loss"][0]
    total = history["original_loss"][0] + parts + 2.0 * 4.0 * mean
    assert history["loss"][0] == pytest.approx(total, abs=1e-5)
