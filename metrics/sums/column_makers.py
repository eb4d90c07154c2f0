"""Columns by the annotations of a dataclass's fields: of values, of arrays read, and joined."""

from __future__ import annotations

import typing
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.metrics.sums import encoding
from fairflip.metrics.sums.field_columns import (
    Arrays,
    Cases,
    Column,
    Numbers,
    Record,
    Scalars,
    Texts,
)


def column_of(hint: Any, values: Sequence[Any]) -> Any:
    """The column of values of a field, at least one, by its annotation."""
    if hint is int or hint is bool:
        return Scalars(np.array(values, np.int64), hint)
    if hint is pa.Array:
        numbers = np.array([len(value) for value in values], np.int64)
        return Texts(pa.concat_arrays(values), numbers)
    if encoding.is_dataclass(hint):
        columns = [
            column_of(of_field, [getattr(value, name) for value in values])
            for name, of_field in encoding.fields_of(hint)
        ]
        return Record(hint, columns, len(values))
    by_sort: dict[Hashable, list[Any]] = {}
    sorts = [_sort(hint, value) for value in values]
    for sort, value in zip(sorts, values, strict=True):
        if value is not None:
            by_sort.setdefault(sort, []).append(value)
    number_of = {sort: number for number, sort in enumerate(by_sort)}
    which = np.array([number_of.get(sort, -1) for sort in sorts], np.int64)
    return Cases(which, [_of_sort(hint, some) for some in by_sort.values()])


def _sort(hint: Any, value: Any) -> Hashable:
    """Values of a field and one sort stand in one column."""
    if value is None:
        return None
    if hint is np.ndarray:
        return value.dtype, value.ndim
    return len(value) if typing.get_origin(hint) is tuple else 0


def _of_sort(hint: Any, values: Sequence[Any]) -> Column:
    if hint is np.ndarray:
        return Numbers.of(values)
    if typing.get_origin(hint) is tuple:
        item = typing.get_args(hint)[0]
        parts = [column_of(item, list(some)) for some in zip(*values, strict=True)]
        return Record(tuple, parts, len(values))
    column: Column = column_of(encoding.not_none(hint), values)
    return column


def read(hint: Any, arrays: Arrays) -> Any:
    """The column that gave these arrays."""
    if hint is int or hint is bool:
        return Scalars(next(arrays), hint)
    if hint is pa.Array:
        numbers = next(arrays)
        return Texts(encoding.texts_of(next(arrays), next(arrays)), numbers)
    if encoding.is_dataclass(hint):
        size, _ = next(arrays).tolist()
        columns = [read(of_field, arrays) for _, of_field in encoding.fields_of(hint)]
        return Record(hint, columns, size)
    num_columns, which = int(next(arrays)), next(arrays) - 1
    return Cases(which, [_read_sort(hint, arrays) for _ in range(num_columns)])


def _read_sort(hint: Any, arrays: Arrays) -> Column:
    if hint is np.ndarray:
        return Numbers.read(arrays)
    if typing.get_origin(hint) is tuple:
        size, length = next(arrays).tolist()
        item = typing.get_args(hint)[0]
        return Record(tuple, [read(item, arrays) for _ in range(length)], size)
    column: Column = read(encoding.not_none(hint), arrays)
    return column


def joined(columns: Sequence[Any]) -> Any:
    """The values of several columns of a field, one column behind the other."""
    first = columns[0]
    if isinstance(first, (Numbers, Scalars, Texts)):
        return first.join(columns)
    if isinstance(first, Record):
        parts = zip(*(one.columns for one in columns), strict=True)
        return first.joined([joined(part) for part in parts], sum(c.size for c in columns))
    by_sort: dict[Hashable, list[Column]] = {}
    for one in columns:
        for column in one.columns:
            by_sort.setdefault(column.sort, []).append(column)
    number_of = {sort: number for number, sort in enumerate(by_sort)}
    which = []
    for one in columns:
        # The last stands for None, whose number is -1.
        numbers = np.array([*(number_of[column.sort] for column in one.columns), -1], np.int64)
        which.append(numbers[one.which])
    return Cases(np.concatenate(which), [joined(some) for some in by_sort.values()])
