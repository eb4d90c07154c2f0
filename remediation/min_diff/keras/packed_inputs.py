"""The form in which a batch carries the examples of two groups beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras

from fairflip.remediation.models.datasets import repeated_to_any_length


class MinDiffPackedInputs(NamedTuple):
    """A batch's inputs beside the examples whose distributions are compared.

    Attributes:
        original_inputs: The model's inputs.
        min_diff_data: `(x, membership[, sample_weight])`, or a dict of such by
            application of MinDiff. Membership is 1 for the sensitive group.
    """

    original_inputs: Any
    min_diff_data: Any


def unpack_original_inputs(inputs: Any) -> Any:
    """The model's inputs, packed or plain."""
    return inputs.original_inputs if isinstance(inputs, MinDiffPackedInputs) else inputs


def unpack_min_diff_data(inputs: Any) -> Any:
    """The two groups' examples, or None where inputs are plain."""
    return inputs.min_diff_data if isinstance(inputs, MinDiffPackedInputs) else None


def _for_each(applications: Any, function: Callable[..., Any], *others: Any) -> Any:
    """`function` of one application, or of each in a dict."""
    if isinstance(applications, Mapping):
        return {k: function(v, *(o[k] for o in others)) for k, v in applications.items()}
    return function(applications, *others)


def _check_datasets(name: str, datasets: Any) -> None:
    import tensorflow as tf

    all_datasets = datasets.values() if isinstance(datasets, Mapping) else [datasets]
    if not all_datasets or not all(isinstance(d, tf.data.Dataset) for d in all_datasets):
        raise ValueError(
            f"`{name}` must be a batched tf.data.Dataset or a dict of them, not {type(datasets)!r}."
        )


def build_min_diff_dataset(sensitive_group_dataset: Any, nonsensitive_group_dataset: Any) -> Any:
    """Batches of both groups' examples with their membership.

    Args:
        sensitive_group_dataset: Batched `tf.data.Dataset` of `(x[, y[, sample_weight]])`,
            or a dict of such; labels are ignored.
        nonsensitive_group_dataset: The same for everyone else.

    Returns:
        A dataset of `(x, membership[, sample_weight])`; membership is float
        `[rows, 1]`. Or of dicts of such. It ends with the shorter group;
        `pack_min_diff_data` repeats groups before it joins them.

    Raises:
        ValueError: Not datasets, or different keys.
    """
    import tensorflow as tf

    _check_datasets("sensitive_group_dataset", sensitive_group_dataset)
    _check_datasets("nonsensitive_group_dataset", nonsensitive_group_dataset)
    keys = [
        set(d) if isinstance(d, Mapping) else None
        for d in (sensitive_group_dataset, nonsensitive_group_dataset)
    ]
    if keys[0] != keys[1]:
        raise ValueError(
            f"The sensitive and the nonsensitive group have different applications: {keys}."
        )

    def joined(sensitive: Any, nonsensitive: Any) -> Any:
        parts = [keras.utils.unpack_x_y_sample_weight(b) for b in (sensitive, nonsensitive)]
        sizes = [tf.shape(tf.nest.flatten(part[0])[0])[0] for part in parts]
        tf.nest.assert_same_structure(parts[0][0], parts[1][0])
        x = tf.nest.map_structure(_concatenated, parts[0][0], parts[1][0])
        membership = tf.concat([tf.ones([sizes[0], 1]), tf.zeros([sizes[1], 1])], axis=0)
        weights = [part[2] for part in parts]
        if weights[0] is None and weights[1] is None:
            return x, membership
        weights = [
            tf.ones([size, 1]) if w is None else tf.reshape(tf.cast(w, tf.float32), [-1, 1])
            for w, size in zip(weights, sizes, strict=True)
        ]
        return x, membership, tf.concat(weights, axis=0)

    both = tf.data.Dataset.zip((sensitive_group_dataset, nonsensitive_group_dataset))
    return both.map(lambda a, b: _for_each(a, joined, b))


def _concatenated(first: Any, second: Any) -> Any:
    """Rows of one tensor after those of the other, dense, ragged or sparse."""
    import tensorflow as tf

    if isinstance(first, tf.SparseTensor):
        return tf.sparse.concat(0, [first, second], expand_nonconcat_dims=True)
    return tf.concat([first, second], axis=0)


def pack_min_diff_data(
    original_dataset: Any,
    sensitive_group_dataset: Any = None,
    nonsensitive_group_dataset: Any = None,
    min_diff_dataset: Any = None,
) -> Any:
    """Puts examples of two groups beside each training batch.

    Give both group datasets, or a ready-made `min_diff_dataset`. All are batched
    before. The result is as long as `original_dataset`: a group is nearly always
    smaller than the training data, and is repeated as long as needed.

    Args:
        original_dataset: Batched `tf.data.Dataset` of `(x[, y[, sample_weight]])`.
        sensitive_group_dataset: See `build_min_diff_dataset`.
        nonsensitive_group_dataset: See `build_min_diff_dataset`.
        min_diff_dataset: Dataset of `(x, membership[, sample_weight])`, or a dict
            of such datasets by application.

    Returns:
        A dataset of `(MinDiffPackedInputs[, y[, sample_weight]])`.

    Raises:
        ValueError: Both or neither of the two ways were given, or a group is empty.
    """
    import tensorflow as tf

    groups = sensitive_group_dataset, nonsensitive_group_dataset
    num_groups = sum(group is not None for group in groups)
    if num_groups != (2 if min_diff_dataset is None else 0):
        raise ValueError(
            "Give both `sensitive_group_dataset` and `nonsensitive_group_dataset`, or "
            f"`min_diff_dataset` alone; got {num_groups} group datasets and "
            f"{'no' if min_diff_dataset is None else 'a'} min_diff_dataset."
        )
    if min_diff_dataset is None:
        names = "sensitive_group_dataset", "nonsensitive_group_dataset"
        for name, group in zip(names, groups, strict=True):
            _check_datasets(name, group)
        repeated = [
            _for_each(group, lambda each, name=name: repeated_to_any_length(each, name))
            for name, group in zip(names, groups, strict=True)
        ]
        min_diff_dataset = build_min_diff_dataset(*repeated)
    else:
        _check_datasets("min_diff_dataset", min_diff_dataset)
        min_diff_dataset = _for_each(
            min_diff_dataset, lambda each: repeated_to_any_length(each, "min_diff_dataset")
        )

    def pack(original: Any, min_diff: Any) -> Any:
        if not isinstance(original, tuple):
            return MinDiffPackedInputs(original, min_diff)
        x, *rest = original
        _for_each(min_diff, lambda batch: tf.nest.assert_same_structure(x, batch[0]))
        return (MinDiffPackedInputs(x, min_diff), *rest)

    return tf.data.Dataset.zip((original_dataset, min_diff_dataset)).map(pack)
