"""A small text classifier to start from, trained on strings.

Shaped as in the CLP tutorial (embedding, three convolutions with pooling, a dense
layer, a sigmoid) or with the mean of the word embeddings in place of the
convolutions, which learns more slowly and overfits less. Its `.keras` file holds
the vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf


def build_text_classifier(
    texts: Any,
    *,
    seed: int = 0,
    vocabulary_size: int = 10_000,
    sequence_length: int = 128,
    embedding_size: int = 64,
    filters: int = 64,
    learning_rate: float = 1e-3,
    text_feature: str = "comment_text",
    has_convolutions: bool = True,
) -> keras.Model:
    """A compiled, untrained classifier whose vocabulary comes from `texts`.

    Args:
        texts: Strings, an array or list `[rows]`.
        seed: Seeds the weights.
        vocabulary_size: Most frequent words kept, with two for padding and unknown.
        sequence_length: Words read of a text; the rest is cut off.
        embedding_size: Numbers per word.
        filters: Channels of each convolution, and units of the dense layer.
        learning_rate: Adam's.
        text_feature: The input's name.
        has_convolutions: Read words in order, by three convolutions; else their
            mean alone is read.

    Returns:
        A functional model from a string `[rows]` to a probability `[rows, 1]`.
    """
    keras.utils.set_random_seed(seed)
    vectorise = keras.layers.TextVectorization(
        max_tokens=vocabulary_size, output_sequence_length=sequence_length, name="words"
    )
    vectorise.adapt(tf.constant(np.asarray(texts, object)), batch_size=1024)
    text = keras.Input(shape=(), dtype="string", name=text_feature)
    x = keras.layers.Embedding(vocabulary_size, embedding_size, name="embedding")(vectorise(text))
    if has_convolutions:
        x = _convolutions(x, filters)
    else:
        x = keras.layers.GlobalAveragePooling1D(name="mean")(x)
    x = keras.layers.Dense(filters, activation="relu", name="dense")(x)
    score = keras.layers.Dense(1, activation="sigmoid", name="score")(x)
    model = keras.Model(text, score, name="text_classifier")
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate), loss=keras.losses.BinaryCrossentropy()
    )
    return model


def _convolutions(x: Any, filters: int) -> Any:
    """Three convolutions with pooling, from `[rows, words, numbers]` to `[rows, filters]`."""
    for number, pool in enumerate((5, 5), start=1):
        x = keras.layers.Conv1D(
            filters, 5, activation="relu", padding="same", name=f"convolution_{number}"
        )(x)
        x = keras.layers.MaxPooling1D(pool, padding="same", name=f"pool_{number}")(x)
    x = keras.layers.Conv1D(filters, 5, activation="relu", padding="same", name="convolution_3")(x)
    return keras.layers.GlobalMaxPooling1D(name="pool_3")(x)


def train_baseline(
    model: keras.Model,
    texts: Any,
    labels: Any,
    *,
    weights: Any = None,
    epochs: int = 2,
    batch_size: int = 128,
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> dict[str, list[float]]:
    """Trains a compiled text classifier in place, its texts vectorised once.

    Args:
        model: From `build_text_classifier`.
        texts: Strings `[rows]`.
        labels: 0 or 1 `[rows]`.
        weights: Example weights `[rows]`, or None.
        epochs: Passes over the data.
        batch_size: Rows per step.
        seed: Seeds the order.
        progress: Told the share done and a sentence.

    Returns:
        The history: numbers by epoch.
    """
    from fairflip.remediation.models import model_copies
    from fairflip.remediation.training import batches, model_inputs
    from fairflip.remediation.training.checkpoints import TrainingKeeper
    from fairflip.remediation.training.data import TrainingData
    from fairflip.remediation.training.technique import default_loss

    data = TrainingData(
        np.asarray(texts, object),
        np.asarray(labels, np.float32),
        None if weights is None else np.asarray(weights, np.float32),
    )
    split = model_inputs.split_text_model(model)
    trained = model if split is None else split[1]

    def prepare(inputs: Any) -> Any:
        tensors = tf.constant(model_inputs.conform_inputs(model, inputs))
        return tensors if split is None else model_inputs.vectorised(split[0], tensors)

    keras.utils.set_random_seed(seed)
    if trained is not model:
        loss = model.loss if model.compiled else default_loss(model)
        trained.compile(optimizer=model_copies.fresh_optimizer(model), loss=loss)
    steps = batches.steps_per_epoch(data, batch_size)
    keeper = TrainingKeeper(epochs=epochs, progress=progress, steps=steps)
    dataset = batches.labelled_batches(data, prepare, batch_size=batch_size, seed=seed)
    trained.fit(
        dataset,
        epochs=epochs,
        steps_per_epoch=steps,
        callbacks=[keeper],
        shuffle=False,
        verbose=0,
    )
    if trained is not model:
        model.compile(optimizer=trained.optimizer, loss=trained.loss)
    return keeper.history
