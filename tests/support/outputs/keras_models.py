"""Small Keras models of several outputs, which have learnt what the words of a text say."""

from __future__ import annotations

import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from support.outputs.models import ATTRIBUTES, _sums, class_logits


def _body(texts: list[str]):
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(1)
    vectorise = keras.layers.TextVectorization(max_tokens=200, output_sequence_length=12)
    vectorise.adapt(tf.constant(texts))
    text = keras.Input(shape=(), dtype="string", name="comment_text")
    x = keras.layers.Embedding(200, 16)(vectorise(text))
    return text, keras.layers.GlobalAveragePooling1D()(x)


def _fitted(model, texts: list[str], labels, loss, path: pathlib.Path) -> pathlib.Path:
    import keras
    import tensorflow as tf

    model.compile(keras.optimizers.Adam(0.03), loss=loss)
    model.fit(tf.constant(texts), labels, epochs=40, batch_size=64, verbose=0)
    model.save(path)
    return path


def write_labelled(folder: pathlib.Path, texts: list[str]) -> pathlib.Path:
    """Examples with a class ("0" to "4") and a label of each attribute, some unknown."""
    attributes = _sums(texts, len(ATTRIBUTES), "attribute") > 0
    unknown = np.random.default_rng(5).random(attributes.shape) < 0.1
    table = pa.table(
        {
            "example_id": [f"t{i}" for i in range(len(texts))],
            "comment_text": texts,
            "emotion": [str(n) for n in class_logits(texts).argmax(axis=1)],
            "gender": ["female" if " woman" in f" {t}" or "she" in t else "male" for t in texts],
            **{
                name: pa.array(attributes[:, k].astype(float), mask=unknown[:, k])
                for k, name in enumerate(ATTRIBUTES)
            },
        }
    )
    path = folder / "labelled.parquet"
    pq.write_table(table, path)
    return path


def five_classes(folder: pathlib.Path, texts: list[str]) -> pathlib.Path:
    """A softmax over five classes."""
    import keras

    text, x = _body(texts)
    model = keras.Model(text, keras.layers.Dense(5, activation="softmax", name="emotion")(x))
    labels = class_logits(texts).argmax(axis=1)
    path = folder / "five.keras"
    return _fitted(model, texts, labels, "sparse_categorical_crossentropy", path)


def seven_attributes(folder: pathlib.Path, texts: list[str]) -> pathlib.Path:
    """Seven named outputs, each a probability."""
    import keras

    text, x = _body(texts)
    outputs = {
        name: keras.layers.Dense(1, activation="sigmoid", name=name)(x) for name in ATTRIBUTES
    }
    labels = (_sums(texts, len(ATTRIBUTES), "attribute") > 0).astype(np.float32)
    losses = dict.fromkeys(ATTRIBUTES, "binary_crossentropy")
    by_name = {name: labels[:, k] for k, name in enumerate(ATTRIBUTES)}
    return _fitted(keras.Model(text, outputs), texts, by_name, losses, folder / "seven.keras")
