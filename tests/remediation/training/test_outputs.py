"""Which numbers of a model are trained: where they are, what is refused, and what stays shared."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from fairflip.protos.errors import ConfigurationError
from fairflip.remediation.training import outputs
from fairflip.remediation.training.data import TrainedOutputs, TrainingData

pytestmark = pytest.mark.system

LAYERS = keras.layers
X = np.random.default_rng(0).normal(size=(9, 4)).astype(np.float32)


def heads(**layers) -> keras.Model:
    """A model with a named output for each (units, activation)."""
    keras.utils.set_random_seed(2)
    source = keras.Input((4,))
    return keras.Model(
        source, {name: LAYERS.Dense(*each, name=name)(source) for name, each in layers.items()}
    )


def one_layer(units: int, activation: str | None) -> keras.Model:
    source = keras.Input((4,))
    return keras.Model(source, LAYERS.Dense(units, activation, name="score")(source))


def test_probabilities_of_named_outputs_of_units_and_of_logits_in_the_order_of_the_names():
    model = heads(insult=(1, "sigmoid"), other=(3, "sigmoid"), threat=(1, None))
    chosen = TrainedOutputs(("threat", "other:2", "insult"))
    actual = np.asarray(outputs.trained_view(model, chosen)(X))
    given = {name: np.asarray(values) for name, values in model(X).items()}
    expected = [
        1 / (1 + np.exp(-given["threat"][:, 0])),
        given["other"][:, 2],
        given["insult"][:, 0],
    ]
    np.testing.assert_allclose(actual, np.stack(expected, axis=1), rtol=1e-6)


def test_the_view_shares_the_weights():
    model = one_layer(3, "sigmoid")
    view = outputs.trained_view(model, TrainedOutputs((":2", ":0")))
    model.layers[-1].bias.assign([5.0, 0.0, -5.0])
    np.testing.assert_allclose(np.asarray(view(X)), np.asarray(model(X))[:, [2, 0]])


def test_logits_stay_known_so_that_a_saturated_output_has_a_slope():
    import tensorflow as tf

    model = heads(a=(1, "sigmoid"), b=(1, None))
    model.get_layer("a").bias.assign([60.0])
    view = outputs.trained_view(model, TrainedOutputs(("a", "b")))
    with tf.GradientTape() as tape:
        predictions = view(tf.constant(X))
        loss = keras.losses.BinaryCrossentropy()(np.zeros((9, 2), np.float32), predictions)
    slope = np.asarray(tape.gradient(loss, model.get_layer("a").bias))
    assert predictions.numpy()[:, 0].min() == 1.0
    assert slope[0] == pytest.approx(0.5, rel=1e-3), "half of the mean over two outputs"


def test_classes_are_all_units_of_one_output_in_any_order():
    model = heads(emotion=(3, "softmax"), insult=(1, "sigmoid"))
    chosen = TrainedOutputs(("emotion:2", "emotion:0", "emotion:1"), are_classes=True)
    view = outputs.trained_view(model, chosen)
    np.testing.assert_array_equal(np.asarray(view(X)), np.asarray(model(X)["emotion"]))
    data = TrainingData(X, np.array([0, 1, 2, 0] + [1] * 5), outputs=chosen)
    assert outputs.with_class_numbers(data, model).labels.tolist() == [2, 0, 1, 2] + [0] * 5
    for names in (("emotion:0", "emotion:1"), ("emotion:0", "emotion:1", "emotion:2", "insult")):
        with pytest.raises(ConfigurationError, match="not all numbers of one output"):
            outputs.trained_view(model, TrainedOutputs(names, are_classes=True))


def test_what_cannot_be_trained_by_itself_is_refused_with_the_cure():
    model = heads(emotion=(3, "softmax"), insult=(1, "sigmoid"), size=(1, "relu"))
    with pytest.raises(ConfigurationError, match=r"has no output 'anger'; it has .*insult"):
        outputs.columns_of(model, ["anger"])
    with pytest.raises(ConfigurationError, match="--decision argmax"):
        outputs.trained_view(model, TrainedOutputs(("emotion:1",)))
    with pytest.raises(ConfigurationError, match="'relu'"):
        outputs.trained_view(model, TrainedOutputs(("size",)))


def test_one_score_of_several_numbers_is_trained_alone():
    data = TrainingData(X, np.array([0, 1] * 4 + [0]), validation=TrainingData(X[:1], np.ones(1)))
    model = heads(insult=(1, "sigmoid"), threat=(1, "sigmoid"))
    single = outputs.of_one_output(data, model, "threat")
    assert single.outputs == TrainedOutputs(("threat",))
    assert single.labels.shape == (9, 1)
    assert single.validation.labels.tolist() == [[1.0]]
    assert outputs.of_one_output(data, one_layer(1, "sigmoid"), ":0") is data
    assert outputs.of_one_output(data, one_layer(2, "softmax"), ":1") is data
    for units, name in ((2, ":0"), (4, ":1")):
        with pytest.raises(ConfigurationError, match="classes that exclude each other"):
            outputs.of_one_output(data, one_layer(units, "softmax"), name)
