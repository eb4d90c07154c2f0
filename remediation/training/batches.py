"""Training batches as tf.data: a fresh order and fresh counterfactuals every epoch.

The order and the draw of epoch e follow from (seed, e) alone, so that a run
resumed at an epoch sees what an unbroken one would have seen.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from fairflip.remediation.counterfactual.keras.paired_inputs import (
    AlignedInputs,
    ControlledInputs,
    PackedInputs,
)
from fairflip.remediation.min_diff.keras.packed_inputs import MinDiffPackedInputs
from fairflip.remediation.training.data import (
    TrainingData,
    compared_rows,
    epoch_generator,
    map_inputs,
    members,
)

#: From a model's raw inputs to the tensors it is trained on.
Prepare = Callable[[Any], Any]


def gathered(tensors: Any, rows: tf.Tensor) -> Any:
    """The given rows of every tensor."""
    return keras.tree.map_structure(lambda t: tf.gather(t, rows), tensors)


def shuffled_rounds(num_rows: int, batch_size: int, seed: int, first_step: int) -> tf.data.Dataset:
    """Batches of row numbers, int64 `[batch_size]`, in shuffled rounds without end."""

    def generate() -> Iterator[np.ndarray]:
        current: tuple[int, np.ndarray] | None = None
        position = first_step * batch_size
        while True:
            rows = np.empty(batch_size, np.int64)
            filled = 0
            while filled < batch_size:
                number, offset = divmod(position, num_rows)
                if current is None or current[0] != number:
                    current = number, epoch_generator(seed, number).permutation(num_rows)
                part = current[1][offset : offset + batch_size - filled]
                rows[filled : filled + len(part)] = part
                filled += len(part)
                position += len(part)
            yield rows

    return tf.data.Dataset.from_generator(
        generate, output_signature=tf.TensorSpec([batch_size], tf.int64)
    )


def steps_per_epoch(data: TrainingData, batch_size: int) -> int:
    """Batches of an epoch; the last may be smaller."""
    return max(1, math.ceil(data.num_examples / batch_size))


def rows_by_epoch(
    data: TrainingData,
    batch_size: int,
    seed: int,
    first_epoch: int,
    epochs: int | None,
    aligned: bool,
    controlled: bool = False,
) -> tf.data.Dataset:
    """Batches of row numbers, of each row's counterfactual where aligned, and of its control.

    Without one, and where it is not asked for, the number is -1.
    """

    def generate() -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        numbers = itertools.count(first_epoch) if epochs is None else range(first_epoch, epochs)
        for epoch in numbers:
            generator = epoch_generator(seed, epoch)
            order = generator.permutation(data.num_examples)
            drawn = data.draw_counterfactuals(generator)[order] if aligned else order * 0 - 1
            controls = data.draw_controls(generator)[order] if controlled else order * 0 - 1
            for start in range(0, data.num_examples, batch_size):
                stop = start + batch_size
                yield order[start:stop], drawn[start:stop], controls[start:stop]

    spec = tf.TensorSpec([None], tf.int64)
    return tf.data.Dataset.from_generator(generate, output_signature=(spec, spec, spec))


def labelled_batches(
    data: TrainingData,
    prepare: Prepare,
    *,
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
    epochs: int | None = None,
    aligned: bool = False,
    controlled: bool = False,
) -> tf.data.Dataset:
    """Batches of `(x, y, weight)`; `x` is `AlignedInputs` or `ControlledInputs` where asked.

    Args:
        data: The training data.
        prepare: Takes raw inputs to tensors.
        batch_size: Rows per batch.
        seed: Seeds order and draw.
        first_epoch: Where to begin.
        epochs: Where to end; None: never.
        aligned: Give each row its counterfactual.
        controlled: Give each row its control too.
    """
    inputs = prepare(data.inputs)
    labels = tf.constant(np.asarray(data.labels))
    weights = None if data.weights is None else tf.constant(data.weights, tf.float32)
    pairs = prepare(data.counterfactual_inputs) if aligned and data.num_pairs else None
    controls = prepare(data.control_inputs) if controlled else None

    def batch(rows: tf.Tensor, drawn: tf.Tensor, drawn_controls: tf.Tensor) -> Any:
        x = gathered(inputs, rows)
        if aligned:
            has = drawn >= 0
            counterfactual = gathered(pairs, tf.maximum(drawn, 0)) if pairs is not None else x
            x = AlignedInputs(x, counterfactual, has, tf.ones_like(drawn, tf.float32))
        if controlled:
            if aligned:
                # As a number, which Keras can add up over devices.
                x = x._replace(has_counterfactual=tf.cast(x.has_counterfactual, tf.int32))
            control = gathered(controls, tf.maximum(drawn_controls, 0))
            x = ControlledInputs(x, control, tf.cast(drawn_controls >= 0, tf.int32))
        parts = (x, tf.gather(labels, rows))
        return parts if weights is None else (*parts, tf.gather(weights, rows))

    rows = rows_by_epoch(data, batch_size, seed, first_epoch, epochs, aligned, controlled)
    return rows.map(batch, num_parallel_calls=2).prefetch(4)


def packed_batches(
    data: TrainingData,
    prepare: Prepare,
    *,
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
    epochs: int | None = None,
    controlled: bool = False,
) -> tf.data.Dataset:
    """Batches beside which lie as many pairs, labelled and unlabelled, in their own order."""
    plain = labelled_batches(
        data,
        prepare,
        batch_size=batch_size,
        seed=seed,
        first_epoch=first_epoch,
        epochs=epochs,
        controlled=controlled,
    )
    sides: list[tuple[Any, Any]] = []
    if data.num_pairs:
        rows = np.asarray(data.counterfactual_rows)
        sides.append(
            (map_inputs(lambda v: np.asarray(v)[rows], data.inputs), data.counterfactual_inputs)
        )
    if data.num_unlabelled_pairs:
        sides.append((data.unlabelled_originals, data.unlabelled_counterfactuals))
    prepared = [(prepare(a), prepare(b)) for a, b in sides]
    originals, counterfactuals = (
        keras.tree.map_structure(lambda *parts: tf.concat(parts, axis=0), *side)
        for side in zip(*prepared, strict=True)
    )
    num_pairs = data.num_pairs + data.num_unlabelled_pairs
    first_step = first_epoch * steps_per_epoch(data, batch_size)
    order = shuffled_rounds(num_pairs, min(batch_size, num_pairs), seed + 1, first_step)

    def pack(batch: Any, rows: tf.Tensor) -> Any:
        x, *rest = batch
        pairs = gathered(originals, rows), gathered(counterfactuals, rows)
        weight = tf.ones_like(rows, tf.float32)
        if controlled:
            return (x._replace(paired=PackedInputs(x.paired, *pairs, weight)), *rest)
        return (PackedInputs(x, *pairs, weight), *rest)

    return tf.data.Dataset.zip((plain, order)).map(pack, num_parallel_calls=2).prefetch(4)


def min_diff_batches(
    data: TrainingData,
    prepare: Prepare,
    group: str,
    *,
    batch_size: int,
    seed: int,
    first_epoch: int = 0,
    epochs: int | None = None,
) -> tf.data.Dataset:
    """Batches beside which lie half a batch of each group's negatives.

    Of several outputs, rows that are negative for any; of classes, rows of all that both groups
    have. What each row weighs (`compared_rows`) lies beside it then.

    Args:
        data: The training data.
        prepare: Takes raw inputs to tensors.
        group: The sensitive group, "FEATURE:GROUP".
        batch_size: Rows per batch.
        seed: Seeds the orders.
        first_epoch: Where to begin.
        epochs: Where to end; None: never.
    """
    plain = labelled_batches(
        data, prepare, batch_size=batch_size, seed=seed, first_epoch=first_epoch, epochs=epochs
    )
    inputs = prepare(data.inputs)
    member, weights = members(data, group), compared_rows(data, group)
    counts = weights.reshape(len(weights), -1).max(axis=1) > 0
    is_weighed = data.outputs is not None
    row_weights = tf.constant(weights)
    half = max(1, batch_size // 2)
    first_step = first_epoch * steps_per_epoch(data, batch_size)
    orders = []
    for offset, mask in enumerate((member & counts, ~member & counts)):
        rows = tf.constant(np.flatnonzero(mask))
        order = shuffled_rounds(len(rows), min(half, len(rows)), seed + 1 + offset, first_step)
        orders.append(order.map(lambda at, rows=rows: tf.gather(rows, at)))

    def pack(batch: Any, sensitive: tf.Tensor, others: tf.Tensor) -> Any:
        x, *rest = batch
        chosen = tf.concat([sensitive, others], axis=0)
        pair = gathered(inputs, chosen)
        membership = tf.concat(
            [tf.ones_like(sensitive, tf.float32), tf.zeros_like(others, tf.float32)], axis=0
        )
        beside: tuple[Any, ...] = (pair, membership[:, None])
        if is_weighed:
            beside = (*beside, tf.gather(row_weights, chosen))
        return (MinDiffPackedInputs(x, beside), *rest)

    return tf.data.Dataset.zip((plain, *orders)).map(pack, num_parallel_calls=2).prefetch(4)


def validation_batches(
    data: TrainingData, prepare: Prepare, batch_size: int, aligned: bool
) -> tf.data.Dataset:
    """The validation data in its order, with the first draw of counterfactuals."""
    batches = labelled_batches(
        data, prepare, batch_size=batch_size, seed=0, epochs=1, aligned=aligned
    )
    count = steps_per_epoch(data, batch_size)
    return batches.apply(tf.data.experimental.assert_cardinality(count)).cache()
