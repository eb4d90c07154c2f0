"""The tutorial's code, models of another Keras, and counterfactuals by a function."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from fairflip.remediation import counterfactual  # noqa: E402
from fairflip.remediation.counterfactual.keras import CounterfactualModel  # noqa: E402

keras = pytest.importorskip("keras")


def test_models_of_another_keras_are_refused():
    with pytest.raises(TypeError, match="Keras 3"):
        CounterfactualModel(object())


def test_the_tutorials_code_runs_with_the_import_changed(tmp_path):
    texts = tf.constant(["the man ran", "a theme park", "Man\nand woman", "nothing here"] * 4)
    labels = tf.constant([1.0, 0.0, 1.0, 0.0] * 4)
    train = tf.data.Dataset.from_tensor_slices((texts, labels)).batch(4)
    pairs = counterfactual.keras.utils.build_counterfactual_data(
        original_input=train, sensitive_terms_to_remove=["man", "woman", "the"]
    )
    originals, changed, weights = next(iter(pairs))
    actual = dict(zip(originals.numpy().tolist(), changed.numpy().tolist(), strict=True))
    assert actual == {b"the man ran": b"ran", b"Man\nand woman": b"\nand"}
    assert weights.shape == (4,)
    packed = counterfactual.keras.utils.pack_counterfactual_data(train, pairs)
    vectorise = keras.layers.TextVectorization(output_sequence_length=4)
    vectorise.adapt(texts)
    model = keras.Sequential(
        [
            keras.Input((), dtype="string"),
            vectorise,
            keras.layers.Embedding(20, 4),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    wrapped = counterfactual.keras.CounterfactualModel(
        model, loss=counterfactual.losses.PairwiseMSELoss(), loss_weight=1.0
    )
    wrapped.compile(
        loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"]
    )
    history = wrapped.fit(packed, epochs=2, verbose=0).history
    assert np.isfinite(history["counterfactual_loss"]).all()
    wrapped.save_original_model(str(tmp_path / "saved"), save_format="tf")
    assert (tmp_path / "saved" / "saved_model.pb").exists()


def test_a_custom_function_makes_the_counterfactuals():
    train = tf.data.Dataset.from_tensor_slices((["a b", "b c"], [1, 0])).batch(2)

    def swap(batch):
        return batch[0], tf.strings.regex_replace(batch[0], "b", "d")

    pairs = counterfactual.keras.utils.build_counterfactual_data(
        train, custom_counterfactual_function=swap
    )
    ((originals, changed),) = list(pairs)
    assert originals.numpy().tolist() == [b"a b", b"b c"]
    assert changed.numpy().tolist() == [b"a d", b"d c"]
    with pytest.raises(ValueError, match="both are empty"):
        counterfactual.keras.utils.build_counterfactual_data(train)
