"""Columns of class scores of models that decide by argmax: their numbers and their top class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos.errors import InputError


def class_matrix(column: pa.Array, num_classes: int, name: str) -> tuple[np.ndarray, np.ndarray]:
    """The class scores of n records.

    Args:
        column: A list of numbers in each row, null where there is none.
        num_classes: How many each list holds, K.
        name: The column's.

    Returns:
        float64 [n, K], NaN in rows without a list; and bool [n], which these are, or lack a
        number.

    Raises:
        InputError: A list is of another length.
    """
    is_missing = column.is_null().to_numpy(zero_copy_only=False)
    scores = np.full((len(column), num_classes), np.nan)
    if is_missing.all():
        return scores, is_missing
    there = column.drop_null()
    lengths = pc.list_value_length(there).to_numpy(zero_copy_only=False)
    wrong = lengths[lengths != num_classes]
    if len(wrong):
        raise InputError(
            f"{name!r} holds {wrong[0]} class scores in a record, and the classes are "
            f"{num_classes}; give one number for each class in every record"
        )
    flat = pc.list_flatten(there)
    scores[~is_missing] = (
        flat.cast(pa.float64()).to_numpy(zero_copy_only=False).reshape(-1, num_classes)
    )
    if flat.null_count:
        lacks = flat.is_null().to_numpy(zero_copy_only=False).reshape(-1, num_classes).any(axis=1)
        is_missing[np.flatnonzero(~is_missing)[lacks]] = True
    return scores, is_missing


def class_column(scores: np.ndarray, is_missing: np.ndarray | None = None) -> pa.Array:
    """[n, K] class scores as a column of n lists, null where `is_missing` [n] says so."""
    num_rows, num_classes = scores.shape
    flat = pa.array(np.ascontiguousarray(scores, np.float64).reshape(-1))
    offsets = np.arange(0, (num_rows + 1) * num_classes, num_classes or 1, dtype=np.int32)
    mask = None if is_missing is None or not is_missing.any() else pa.array(is_missing)
    return pa.ListArray.from_arrays(pa.array(offsets[: num_rows + 1]), flat, mask=mask)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of finite logits [n, K]."""
    from scipy.special import softmax as scipy_softmax

    return np.asarray(scipy_softmax(logits, axis=1), np.float64)


def top_class_names(scores: np.ndarray, classes: Sequence[str]) -> pa.Array:
    """The class with the greatest score of each row of [n, K]; of several the first."""
    if not len(scores):
        return pa.array([], pa.string())
    return pa.array(list(classes), pa.string()).take(pa.array(scores.argmax(axis=1)))
