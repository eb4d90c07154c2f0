"""The forms in which a batch carries counterfactuals.

*Aligned*: each row comes with its own counterfactual, or none. The original's
prediction is then known from the main pass, so that a step costs one pass over
the batch and one over the rows that have a counterfactual.

*Packed*: the tutorials' form; a batch of pairs lies beside the training batch
and has nothing to do with its rows. It costs a third pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np


class AlignedInputs(NamedTuple):
    """A batch's inputs with each row's own counterfactual; use as `x` in `fit`.

    Attributes:
        original: The model's inputs: a tensor, or a dict or list of them, `[rows, ...]`.
        counterfactual: The same structure. Rows that have none may hold anything.
        has_counterfactual: Bool `[rows]`.
        pair_weight: Weight of each row's pair, float `[rows]`.
    """

    original: Any
    counterfactual: Any
    has_counterfactual: Any
    pair_weight: Any


class PackedInputs(NamedTuple):
    """A batch's inputs beside a batch of pairs that are independent of its rows."""

    original: Any
    pair_original: Any
    pair_counterfactual: Any
    pair_weight: Any


class CounterfactualPackedInputs(NamedTuple):
    """What `pack_counterfactual_data` yields.

    Attributes:
        original_input: `(x, y)` or `(x, y, sample_weight)`.
        counterfactual_data: `(original_x, counterfactual_x)` or with a weight.
    """

    original_input: Any
    counterfactual_data: Any


def align(
    original: Any, counterfactual: Any, has_counterfactual: Any = None, pair_weight: Any = None
) -> AlignedInputs:
    """`AlignedInputs` from arrays; every row has a counterfactual of weight 1 unless said.

    Args:
        original: The model's inputs, arrays `[rows, ...]`.
        counterfactual: The same structure.
        has_counterfactual: Bool `[rows]`; None: all.
        pair_weight: Float `[rows]`; None: 1.
    """
    num_rows = len(keras.tree.flatten(original)[0])
    if has_counterfactual is None:
        has_counterfactual = np.ones(num_rows, bool)
    if pair_weight is None:
        pair_weight = np.ones(num_rows, np.float32)
    return AlignedInputs(
        original,
        counterfactual,
        np.asarray(has_counterfactual, bool),
        np.asarray(pair_weight, np.float32),
    )


def as_keras_batch(data: Any) -> Any:
    """A packed batch as the `(x, y, sample_weight)` that Keras works with."""
    if not isinstance(data, CounterfactualPackedInputs):
        return data
    import tensorflow as tf

    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data.original_input)
    pair_x, pair_cf, pair_weight = keras.utils.unpack_x_y_sample_weight(data.counterfactual_data)
    if pair_weight is None:
        pair_weight = tf.ones(tf.shape(keras.tree.flatten(pair_x)[0])[0])
    packed = PackedInputs(x, pair_x, pair_cf, pair_weight)
    return (packed, y) if sample_weight is None else (packed, y, sample_weight)


def as_keras_dataset(data: Any) -> Any:
    """A dataset of packed batches as one of `(x, y, sample_weight)`; others unchanged.

    Keras then finds labels and weights where it looks for them, such as for
    class weights.
    """
    spec = getattr(data, "element_spec", None)
    if isinstance(spec, CounterfactualPackedInputs):
        return data.map(as_keras_batch)
    return data


def pack_counterfactual_data(original_input: Any, counterfactual_data: Any) -> Any:
    """Puts a batch of pairs beside each training batch.

    Args:
        original_input: Batched `tf.data.Dataset` of `(x, y[, sample_weight])`.
        counterfactual_data: Batched `tf.data.Dataset` of
            `(original_x, counterfactual_x[, weight])`; repeated as long as needed.

    Returns:
        A dataset of `CounterfactualPackedInputs`.

    Raises:
        ValueError: An argument is not a dataset.
    """
    import tensorflow as tf

    for name, value in (
        ("original_input", original_input),
        ("counterfactual_data", counterfactual_data),
    ):
        if not isinstance(value, tf.data.Dataset):
            raise ValueError(f"{name} must be a batched tf.data.Dataset, not {type(value)!r}.")
    both = tf.data.Dataset.zip((original_input, counterfactual_data.repeat()))
    return both.map(CounterfactualPackedInputs)


def build_counterfactual_data(
    original_input: Any,
    sensitive_terms_to_remove: Sequence[str] | None = None,
    custom_counterfactual_function: Callable[..., Any] | None = None,
) -> Any:
    """Pairs from a dataset of texts by removing terms, or by a function of one's own.

    Terms match whole words, in any case, and are taken literally. Batches are
    taken apart and put together again, so that exactly the texts that hold a
    term become pairs, whatever they were batched with; the space that a removed
    term leaves is removed too.

    Args:
        original_input: Batched or unbatched `tf.data.Dataset` of `(x, ...)` with string `x`.
        sensitive_terms_to_remove: Words to remove.
        custom_counterfactual_function: Maps a batch `(x, y[, w])` to
            `(x, counterfactual_x[, weight])`. With terms, only texts holding one
            come to it.

    Returns:
        A dataset of `(x, counterfactual_x, weight)`, batched as the input was, or
        what the function returns.

    Raises:
        ValueError: Neither terms nor a function.
    """
    import tensorflow as tf

    if custom_counterfactual_function is None and not sensitive_terms_to_remove:
        raise ValueError(
            "Give `sensitive_terms_to_remove` or `custom_counterfactual_function`; both are empty."
        )
    dataset = original_input
    if sensitive_terms_to_remove:
        words = sorted(sensitive_terms_to_remove, key=len, reverse=True)
        # RE2's \b knows ASCII only: a term ends where no letter, digit or mark follows.
        pattern = (
            r"(?i)(^|[^\pL\pN\pM_])(?:" + "|".join(re.escape(w) for w in words) + r")"
            r"($|[^\pL\pN\pM_])"
        )

        def removed(text: tf.Tensor) -> tf.Tensor:
            # A boundary is consumed by a match, so neighbours need a second round.
            for _ in range(2):
                text = tf.strings.regex_replace(text, pattern, r"\1\2")
            return tf.strings.strip(tf.strings.regex_replace(text, r"([ \t])[ \t]+", r"\1"))

        def holds_term(batch: Any) -> Any:
            text = keras.utils.unpack_x_y_sample_weight(batch)[0]
            found = tf.strings.regex_full_match(text, r"(?s).*" + pattern + r"(?s:.*)")
            return tf.nest.map_structure(lambda part: tf.boolean_mask(part, found), batch)

        def pairs(batch: Any) -> Any:
            text = keras.utils.unpack_x_y_sample_weight(batch)[0]
            return text, removed(text), tf.ones(tf.shape(text)[:1])

        batch_size = None
        shape = tf.nest.flatten(dataset.element_spec)[0].shape
        if shape.rank == 0:
            dataset = dataset.batch(1024)
            batch_size = 0
        first = next(iter(dataset.take(1)), None)
        if batch_size is None and first is not None:
            batch_size = int(tf.shape(tf.nest.flatten(first)[0])[0])
        dataset = dataset.map(lambda *b: holds_term(b)).unbatch()
        dataset = dataset.batch(batch_size or 1)
        if custom_counterfactual_function is None:
            dataset = dataset.map(lambda *b: pairs(b))
        if batch_size == 0:
            dataset = dataset.unbatch()
    if custom_counterfactual_function is not None:
        dataset = dataset.map(lambda *b: custom_counterfactual_function(b))
    return dataset
