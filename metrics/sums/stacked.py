"""Columns of sums whose numbers stand side by side already, as one operation counted them.

A stand-in is written like the sum itself, with what all S sums have in the place of what one
has: `even`, `ragged` or `Each` of S values, or a value that all of them share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from fairflip.metrics.sums import encoding
from fairflip.metrics.sums.column_makers import column_of
from fairflip.metrics.sums.field_columns import Cases, Column, Numbers, Record
from fairflip.metrics.sums.sum_columns import SumColumns


@dataclasses.dataclass(frozen=True)
class Each:
    """S values, one of each sum."""

    values: Sequence[Any]


def each(values: Sequence[Any]) -> Any:
    """Any S values, in the place of one."""
    return Each(values)


def even(numbers: np.ndarray) -> Any:
    """[S, ...] arrays of one shape, in the place of one."""
    shapes = np.zeros((0, numbers.ndim - 1), np.int64)
    return Numbers(encoding.narrowed(np.ascontiguousarray(numbers)), numbers.dtype, shapes)


def ragged(numbers: np.ndarray, sizes: np.ndarray) -> Any:
    """Arrays one behind the other, in the place of one.

    Args:
        numbers: [N, ...] entries of all sums.
        sizes: [S] how many are of each.
    """
    shapes = np.empty((len(sizes), numbers.ndim), np.int64)
    shapes[:, 0], shapes[:, 1:] = sizes, numbers.shape[1:]
    return Numbers(encoding.narrowed(numbers.reshape(-1)), numbers.dtype, shapes)


def stacked(stand_in: Any, size: int) -> SumColumns:
    """Columns of sums.

    Args:
        stand_in: A sum of the class, with what `even`, `ragged` and `each` give in its fields.
        size: S.
    """
    with np.errstate(invalid="ignore"):
        return SumColumns(type(stand_in), _column(type(stand_in), stand_in, size))


def _column(hint: Any, value: Any, size: int) -> Any:
    if isinstance(value, Each):
        return column_of(hint, value.values)
    if isinstance(value, Column):
        column = value
    elif encoding.is_dataclass(hint):
        columns = [
            _column(of_field, getattr(value, name), size)
            for name, of_field in encoding.fields_of(hint)
        ]
        return Record(hint, columns, size)
    elif encoding.is_dataclass(type(value)):  # Of a field that may be None.
        column = _column(type(value), value, size)
    else:
        return column_of(hint, [value]).take(np.zeros(size, np.int64))
    # Of an array, and of an array that may be None.
    for _ in range(1 if hint is np.ndarray or encoding.is_dataclass(type(value)) else 2):
        column = Cases(np.zeros(size, np.int64), [column])
    return column
