"""The forms in which a batch carries counterfactuals.

*Aligned*: each row comes with its own counterfactual, or none. The original's
prediction is then known from the main pass, so that a step costs one pass over
the batch and one over the rows that have a counterfactual.

*Packed*: the tutorials' form; a batch of pairs lies beside the training batch
and has nothing to do with its rows. It costs a third pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np

from fairflip.remediation.models.datasets import repeated_to_any_length
from fairflip.text.ablation import Ablation
from fairflip.text.terms import plain_terms


class AlignedInputs(NamedTuple):
    """A batch's inputs with each row's own counterfactual; use as `x` in `fit`.

    Attributes:
        original: The model's inputs: a tensor, or a dict or list of them, `[rows, ...]`.
        counterfactual: The same structure. Rows that have none may hold anything.
        has_counterfactual: `[rows]`, bool, or 0 and 1.
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


class ControlledInputs(NamedTuple):
    """Paired inputs of a batch, and beside them the control of each row, or none.

    A control is the same kind of edit made to words that name no identity: a model that is to
    stay calm on those learns from them as from pairs.

    Attributes:
        paired: `AlignedInputs` or `PackedInputs`.
        control: As the model's inputs, `[rows, ...]`. Rows that have none may hold anything.
        has_control: `[rows]`, 0 and 1.
    """

    paired: Any
    control: Any
    has_control: Any

    @property
    def original(self) -> Any:
        """The model's inputs."""
        return self.paired.original


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
    """Training data in a form that Keras can work with; what it can already is unchanged.

    A dataset of packed batches becomes one of `(x, y, sample_weight)`, so that Keras
    finds labels and weights where it looks for them, such as for class weights.
    The bool of aligned inputs becomes a number, since Keras adds up a first batch
    over the devices of a `MirroredStrategy`, and bools cannot be added.
    """
    if isinstance(data, AlignedInputs):
        return _without_bool(data, np.asarray) if _is_bool(data.has_counterfactual) else data
    spec = getattr(data, "element_spec", None)
    if isinstance(spec, CounterfactualPackedInputs):
        return data.map(as_keras_batch)
    first = spec[0] if isinstance(spec, tuple) and spec else None
    if isinstance(first, AlignedInputs) and hasattr(data, "map"):
        return data.map(_without_bools) if _is_bool(first.has_counterfactual) else data
    return data


def _is_bool(values: Any) -> bool:
    return keras.backend.standardize_dtype(values.dtype) == "bool"


def _without_bools(x: AlignedInputs, *rest: Any) -> Any:
    import tensorflow as tf

    return (_without_bool(x, tf.cast), *rest)


def _without_bool(x: AlignedInputs, cast: Callable[[Any, str], Any]) -> AlignedInputs:
    return x._replace(has_counterfactual=cast(x.has_counterfactual, "int32"))


def pack_counterfactual_data(original_input: Any, counterfactual_data: Any) -> Any:
    """Puts a batch of pairs beside each training batch.

    Args:
        original_input: Batched `tf.data.Dataset` of `(x, y[, sample_weight])`.
        counterfactual_data: Batched `tf.data.Dataset` of
            `(original_x, counterfactual_x[, weight])`; repeated as long as needed.

    Returns:
        A dataset of `CounterfactualPackedInputs`.

    Raises:
        ValueError: An argument is not a dataset, or there are no pairs.
    """
    import tensorflow as tf

    for name, value in (
        ("original_input", original_input),
        ("counterfactual_data", counterfactual_data),
    ):
        if not isinstance(value, tf.data.Dataset):
            raise ValueError(f"{name} must be a batched tf.data.Dataset, not {type(value)!r}.")
    pairs = repeated_to_any_length(counterfactual_data, "counterfactual_data")
    both = tf.data.Dataset.zip((original_input, pairs))
    return both.map(CounterfactualPackedInputs)


def build_counterfactual_data(
    original_input: Any,
    sensitive_terms_to_remove: Sequence[str] | None = None,
    custom_counterfactual_function: Callable[..., Any] | None = None,
) -> Any:
    """Pairs from a dataset of texts by removing terms, or by a function of one's own.

    Terms are found and removed as the pipeline's ablation does it
    (`fairflip.text.ablation`): whole words, in any case, taken literally, with
    the white space and punctuation around them repaired; line breaks stay.
    Exactly the texts that hold a term become pairs, whatever they were batched
    with. A text of nothing but terms becomes the empty text.

    Removal runs in Python as the dataset is read, so that a dataset made this
    way cannot be saved in a graph or read by another process.

    Args:
        original_input: Batched or unbatched `tf.data.Dataset` of `(x[, y[, sample_weight]])`.
            With terms, `x` is one string tensor.
        sensitive_terms_to_remove: Words or phrases to remove; equal ones count once.
        custom_counterfactual_function: Maps a batch `(x, y[, w])` to
            `(x, counterfactual_x[, weight])`. With terms, only texts holding one
            come to it.

    Returns:
        A dataset of `(x, counterfactual_x, weight)`, batched as the input was, or
        what the function returns. The weight is the sample's, or 1 without one.

    Raises:
        ValueError: Neither terms nor a function, a term without a letter, digit or
            symbol, or terms for inputs that are no text.
    """
    if custom_counterfactual_function is None and not sensitive_terms_to_remove:
        raise ValueError(
            "Give `sensitive_terms_to_remove` or `custom_counterfactual_function`; both are empty."
        )
    dataset = original_input
    if sensitive_terms_to_remove:
        keeps_rows = custom_counterfactual_function is not None
        dataset = _without_terms(dataset, sensitive_terms_to_remove, keeps_rows)
    if custom_counterfactual_function is not None:
        dataset = dataset.map(lambda *b: custom_counterfactual_function(b))
    return dataset


def _without_terms(dataset: Any, terms: Sequence[str], keeps_rows: bool) -> Any:
    """The rows that hold a term: as pairs, or as they are with `keeps_rows`."""
    import tensorflow as tf

    if isinstance(terms, str):
        raise ValueError(
            f"sensitive_terms_to_remove is the text {terms[:40]!r}; give a list of terms."
        )
    spec = dataset.element_spec
    text_spec = spec[0] if isinstance(spec, tuple) else spec
    if getattr(text_spec, "dtype", None) != tf.string:
        raise ValueError(
            "sensitive_terms_to_remove needs a dataset whose x is one string tensor, not "
            f"{text_spec}; give `custom_counterfactual_function` instead."
        )
    remove = _term_removal(terms)

    def rows(*batch: Any) -> Any:
        text, _, weight = keras.utils.unpack_x_y_sample_weight(batch)
        changed, has_term = tf.numpy_function(remove, [text], (tf.string, tf.bool), stateful=False)
        changed.set_shape(text.shape)
        has_term.set_shape(text.shape[:1])
        if weight is None:
            weight = tf.ones(tf.shape(text)[:1])
        parts = batch if keeps_rows else (text, changed, weight)
        return tf.nest.map_structure(lambda part: tf.boolean_mask(part, has_term), parts)

    if text_spec.shape.rank == 0:
        return dataset.batch(1024).map(rows).unbatch()
    first = next(iter(dataset.take(1)), None)
    batch_size = 1 if first is None else int(tf.shape(tf.nest.flatten(first)[0])[0])
    return dataset.map(rows).unbatch().batch(max(batch_size, 1))


def _term_removal(
    terms: Sequence[str],
) -> Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """A function of UTF-8 texts `[rows, ...]`: them without the terms; which rows hold one."""
    ablation = Ablation(plain_terms(terms, "sensitive_terms_to_remove"))

    def remove(texts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        changed = np.array(texts, dtype=object)
        has_term = np.zeros(texts.shape, bool)
        # Bytes that are not UTF-8 pass through as they are.
        flat = [text.decode("utf-8", "surrogateescape") for text in texts.flat]
        for position, made in enumerate(ablation.generate(flat)):
            if made:
                changed.flat[position] = made[0].text.encode("utf-8", "surrogateescape")
                has_term.flat[position] = True
        return changed, has_term.any(axis=tuple(range(1, has_term.ndim)))

    return remove
