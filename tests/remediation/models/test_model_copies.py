"""Copies of a model: equal to it, and no way for a file to run code."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from fairflip.remediation.models import model_copies

X = np.linspace(-1.0, 1.0, 8, dtype=np.float32).reshape(4, 2)


def a_model(with_code: bool = False) -> keras.Model:
    inputs = keras.Input((2,))
    hidden = keras.layers.Dense(3, activation="tanh")(inputs)
    if with_code:
        hidden = keras.layers.Lambda(lambda x: x * 2, output_shape=(3,))(hidden)
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(hidden))
    model.compile("sgd", "binary_crossentropy")
    return model


@pytest.mark.parametrize("with_code", [False, True])
def test_a_copy_gives_the_same_and_trains_apart(with_code):
    model = a_model(with_code)
    before = model(X).numpy()
    copy = model_copies.copy_model(model)
    np.testing.assert_array_equal(copy(X).numpy(), before)
    copy.compile("sgd", "binary_crossentropy")
    copy.fit(X, np.ones(4), verbose=0)
    np.testing.assert_array_equal(model(X).numpy(), before)
    assert not np.array_equal(copy(X).numpy(), before)


def test_code_is_seen_wherever_a_model_holds_it():
    assert not model_copies.holds_code(a_model())
    assert model_copies.holds_code(a_model(with_code=True))
    inner = keras.Sequential([keras.Input((2,)), a_model(with_code=True)])
    assert model_copies.holds_code(inner)


def test_a_file_with_code_in_the_place_of_a_copy_is_not_run(tmp_path):
    """Such as one that somebody put where a sweep keeps its models."""
    path = tmp_path / "clp_1.keras"
    a_model(with_code=True).save(path)
    with pytest.raises(ValueError, match="Lambda"):
        model_copies.load_copy(path, a_model())
    loaded = model_copies.load_copy(path, a_model(with_code=True))
    assert loaded(X).shape == (4, 1)


@pytest.mark.parametrize("with_code", [False, True])
def test_weights_drawn_anew(with_code):
    model = a_model(with_code)
    fresh = model_copies.reset_model(model)
    assert [w.shape for w in fresh.weights] == [w.shape for w in model.weights]
    assert not np.array_equal(fresh.weights[0], model.weights[0])
