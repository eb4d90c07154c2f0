"""A small text classifier to start from, trained on strings.

Shaped as in the CLP tutorial (embedding, three convolutions with pooling, a dense
layer, a sigmoid) or with the mean of the word embeddings in place of the
convolutions, which learns more slowly and overfits less. Its `.keras` file holds
the vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from fairflip.metrics.flips.ranking import roc_auc
from fairflip.remediation.training.checkpoints import assign_values, variable_values

#: An AUC that gains less has not gained.
LEAST_GAIN = 0.001
#: Below it a model has not begun to learn, and is waited for.
LEAST_AUC = 0.6
#: Steps, and epochs at least and at most, without a gain before training stops. Small data
#: learn late, in many epochs of few steps; large data cost much an epoch.
PATIENT_STEPS, LEAST_PATIENCE, MOST_PATIENCE = 300, 2, 8
#: Over fewer rows of either label an AUC says little.
LEAST_OF_A_CLASS = 10
_ROWS_TO_RANK = 2048


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


def patience_for(num_examples: int, batch_size: int) -> int:
    """Epochs to wait for a better AUC before training stops."""
    steps = max(1, math.ceil(num_examples / batch_size))
    return min(max(math.ceil(PATIENT_STEPS / steps), LEAST_PATIENCE), MOST_PATIENCE)


class StopsWhenLearnt(keras.callbacks.Callback):
    """Ends training when the model has ranked no better for a while, and keeps the best.

    Args:
        inputs: What the model reads, prepared, `[rows]`.
        labels: 0 or 1 `[rows]`, both of them.
        patience: Epochs without a better AUC after which training stops.

    Attributes:
        aucs: The area under the ROC curve after each epoch.
        best_epoch: Number from 0 of the epoch whose weights stay.
    """

    def __init__(self, inputs: Any, labels: np.ndarray, patience: int):
        super().__init__()
        self._inputs, self._labels, self._patience = inputs, labels, patience
        self.aucs: list[float] = []
        self.best_epoch = -1
        self._best: dict[str, np.ndarray] = {}

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Ranks the rows; keeps the weights, or counts towards the end."""
        scores = self.model.predict(self._inputs, batch_size=_ROWS_TO_RANK, verbose=0)
        # A model whose weights are no numbers ranks nothing.
        scores = np.nan_to_num(np.asarray(scores, np.float64).reshape(-1))
        self.aucs.append(roc_auc(scores, self._labels))
        if self.best_epoch < 0 or self.aucs[-1] > self.aucs[self.best_epoch] + LEAST_GAIN:
            self.best_epoch = epoch
            self._best = variable_values(self.model.variables)
        elif epoch - self.best_epoch >= self._patience and self.aucs[self.best_epoch] > LEAST_AUC:
            self.model.stop_training = True

    def account(self, epochs: int, kind: str) -> str:
        """What was kept of at most so many epochs, judged by examples of a kind, in a sentence."""
        num_epochs = len(self.aucs)
        is_cut = num_epochs == epochs and self.best_epoch == epochs - 1
        more = "; it still gained: allow more epochs" if is_cut and epochs > 1 else ""
        return (
            f"kept epoch {self.best_epoch + 1} of {num_epochs} (at most {epochs}): AUC "
            f"{self.aucs[self.best_epoch]:.3f} on {len(self._labels):,} {kind} examples{more}"
        )

    def on_train_end(self, logs: Any = None) -> None:
        """Puts the best epoch's weights back."""
        assign_values(self.model.variables, self._best)


def enough_to_rank(labels: Any) -> bool:
    """Whether an AUC over rows with these labels says when to stop."""
    positive = np.asarray(labels) > 0
    return bool(min(positive.sum(), (~positive).sum()) >= LEAST_OF_A_CLASS)


def train_baseline(
    model: keras.Model,
    texts: Any,
    labels: Any,
    *,
    weights: Any = None,
    validation: tuple[Any, Any] | None = None,
    epochs: int = 2,
    patience: int = 0,
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
        validation: Texts and labels that are not trained on, to tell by when the model has
            learnt. None, or too few of either label (`enough_to_rank`): the rows trained on
            tell it, which stops later.
        epochs: At most so many passes over the data.
        patience: Epochs in which the AUC gains less than `LEAST_GAIN` before training stops,
            once it is above `LEAST_AUC`; the best epoch's weights stay. 0: all epochs.
        batch_size: Rows per step.
        seed: Seeds the order.
        progress: Told the share done and a sentence.

    Returns:
        The history: numbers by epoch; with patience also "auc".
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
        # Text is looked up once, before the epochs: what trains is the model behind the look-up,
        # with the loss of the whole.
        loss = model.loss if model.compiled else default_loss(model)
        trained.compile(optimizer=model_copies.fresh_optimizer(model), loss=loss)
    steps = batches.steps_per_epoch(data, batch_size)
    keeper = TrainingKeeper(epochs=epochs, progress=progress, steps=steps)
    callbacks: list[keras.callbacks.Callback] = [keeper]
    judge = None
    if patience:
        ranked, truth = data.inputs, data.labels
        if validation is not None and enough_to_rank(validation[1]):
            ranked, truth = np.asarray(validation[0], object), np.asarray(validation[1])
        if enough_to_rank(truth):
            judge = StopsWhenLearnt(prepare(ranked), truth, patience)
            callbacks.append(judge)
    dataset = batches.labelled_batches(data, prepare, batch_size=batch_size, seed=seed)
    trained.fit(
        dataset,
        epochs=epochs,
        steps_per_epoch=steps,
        callbacks=callbacks,
        shuffle=False,
        verbose=0,
    )
    if trained is not model:
        model.compile(optimizer=trained.optimizer, loss=trained.loss)
    if judge is None:
        return keeper.history
    if progress is not None:
        progress(1.0, judge.account(epochs, "training" if ranked is data.inputs else "validation"))
    return {**keeper.history, "auc": judge.aucs}
