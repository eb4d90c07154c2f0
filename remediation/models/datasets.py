"""Datasets that stand beside the training data, whatever their length."""

from __future__ import annotations

from typing import Any


def repeated_to_any_length(dataset: Any, name: str) -> Any:
    """A dataset that never ends, from one that has at least one element.

    Args:
        dataset: A `tf.data.Dataset`.
        name: The argument that it was given as.

    Raises:
        ValueError: It is empty, so that nothing would be trained.
    """
    import tensorflow as tf

    if tf.executing_eagerly() and _is_empty(dataset):
        raise ValueError(
            f"`{name}` is empty, so nothing would be trained; check the filter or the terms that "
            "it was made with."
        )
    return dataset.repeat()


def _is_empty(dataset: Any) -> bool:
    import tensorflow as tf

    known = int(dataset.cardinality())
    if known == tf.data.UNKNOWN_CARDINALITY:
        # A filter tells only by being read.
        return next(iter(dataset.take(1)), None) is None
    return known == 0
