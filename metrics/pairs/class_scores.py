"""Class scores of scored pairs: columns of K numbers in each row, as NumPy arrays.

A model that tells K classes apart has two kinds of columns (`fairflip.protos.columns`):
its score, one number, for everything that is decided at a threshold; and its classes, K
numbers, for changes of the top class. So both kinds of metrics can be asked for at once,
and N scores of N pairs are never taken for one pair's N classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns
from fairflip.protos.errors import InputError

_CURE = "give every pair, on both sides, one number for each class"


def class_scores(pairs: pa.RecordBatch | pa.Table, model: str) -> tuple[np.ndarray, np.ndarray]:
    """A model's class scores of originals and counterfactuals.

    Args:
        pairs: N scored pairs.
        model: The model's name.

    Returns:
        Two float64 arrays [N, K]; [0, 2] without pairs.

    Raises:
        InputError: A column is missing, holds no lists of numbers or a missing value,
            or its rows or the two sides differ in the number of classes.
    """
    original = _matrix(pairs, columns.classes(model), model)
    counterfactual = _matrix(pairs, columns.counterfactual_classes(model), model)
    if original.shape != counterfactual.shape:
        raise InputError(
            f"model {model!r} has {original.shape[1]} class scores in {columns.classes(model)!r} "
            f"and {counterfactual.shape[1]} in {columns.counterfactual_classes(model)!r}; {_CURE}"
        )
    return original, counterfactual


def original_class_scores(
    pairs: pa.RecordBatch | pa.Table, model: str, repeat: int = 1
) -> np.ndarray:
    """A model's class scores of originals, float64 [N, K], also without counterfactuals.

    Args:
        pairs: N scored records.
        model: The model's name.
        repeat: Which of its answers.

    Raises:
        InputError: As for `class_scores`.
    """
    return _matrix(pairs, columns.classes(model, repeat), model)


def refuse_unequal(num_classes: dict[str, int]) -> None:
    """Refuses to compare models of several numbers of classes.

    Args:
        num_classes: By the models' names.

    Raises:
        InputError: They differ.
    """
    if len(set(num_classes.values())) > 1:
        listed = ", ".join(f"{model!r} {number}" for model, number in num_classes.items())
        raise InputError(
            f"models tell different numbers of classes apart ({listed}) and are to be compared "
            "with a baseline; evaluate each model by itself, or, in an EvalConfig of your own for "
            "TFMA, take is_baseline from their ModelSpecs"
        )


def with_lists(
    pairs: pa.RecordBatch | pa.Table, models: Sequence[str]
) -> pa.RecordBatch | pa.Table:
    """The pairs with class columns of one type, however long the lists are.

    Args:
        pairs: Scored pairs.
        models: Names of models; those without class columns are left as they are.

    Returns:
        The pairs, whose batches can be joined.
    """
    for model in models:
        for name in (columns.classes(model), columns.counterfactual_classes(model)):
            position = pairs.schema.get_field_index(name)
            if position < 0:
                continue
            column = pairs.column(position)
            wanted = pa.list_(pa.float64())
            if _is_list(column.type) and column.type != wanted:
                pairs = pairs.set_column(position, name, _cast(column, wanted, name, model))
    return pairs


def to_column(scores: np.ndarray) -> pa.Array:
    """[N, K] class scores as a column of N lists."""
    flat = np.ascontiguousarray(scores, dtype=np.float64).reshape(-1)
    return pa.FixedSizeListArray.from_arrays(pa.array(flat), scores.shape[1])


def _is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _cast(column: Any, kind: pa.DataType, name: str, model: str) -> Any:
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise _no_lists(column, name, model) from error


def _no_lists(column: Any, name: str, model: str) -> InputError:
    return InputError(
        f"model {model!r}: column {name!r} is of type {column.type}; it must hold lists of "
        "numbers, one for each class"
    )


def _matrix(pairs: pa.RecordBatch | pa.Table, name: str, model: str) -> np.ndarray:
    position = pairs.schema.get_field_index(name)
    if position < 0:
        raise InputError(
            f"model {model!r}: column {name!r} is not in the scored pairs, and a metric over "
            "classes reads it; add the K class scores of each pair, or leave the metric out"
        )
    column = pairs.column(position)
    if not _is_list(column.type) and not pa.types.is_null(column.type):
        raise _no_lists(column, name, model)
    if column.null_count:
        raise InputError(
            f"model {model!r}: column {name!r} is missing in {column.null_count} of "
            f"{len(column)} rows; {_CURE}"
        )
    if not len(column):
        return np.empty((0, 2))
    lengths = pc.min_max(pc.list_value_length(column)).as_py()
    if lengths["min"] != lengths["max"]:
        raise InputError(
            f"model {model!r}: column {name!r} has {lengths['min']} class scores in some rows and "
            f"{lengths['max']} in others; {_CURE}"
        )
    if lengths["min"] < 2:
        raise InputError(
            f"model {model!r}: column {name!r} has {lengths['min']} class scores in each row; a "
            "top class needs at least 2"
        )
    flat = pc.list_flatten(column)
    if flat.null_count:
        raise InputError(
            f"model {model!r}: column {name!r} has {flat.null_count} missing numbers; {_CURE}"
        )
    values = _cast(flat, pa.float64(), name, model).to_numpy()
    return values.reshape(len(column), lengths["min"])
