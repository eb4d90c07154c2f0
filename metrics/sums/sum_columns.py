"""Sums of many slices side by side: of each field, the numbers of all of them in one array.

A sum is a dataclass of some forty arrays. Written, read, chosen and joined one by one they cost
more than counting where slices are thousands; as columns each is one operation. Numbers stand
in as few bytes as they need, since most cells of a small slice are empty.
"""

from __future__ import annotations

import abc
import dataclasses
import functools
import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from fairflip.metrics.sums import encoding
from fairflip.metrics.sums.column_makers import column_of, joined, read
from fairflip.metrics.sums.field_columns import Cases, Record

#: Where a sum holds the columns, or the bytes, that its fields are read from.
SOURCE = "_sent_as"


class Row(NamedTuple):
    """Where a sum stands among others.

    Attributes:
        columns: Theirs.
        number: Its number.
    """

    columns: SumColumns
    number: int


@functools.cache
def read_when_asked(kind: type) -> type:
    """Lets values of a dataclass hold where their fields are (`SOURCE`) until they are asked for.

    Raises:
        TypeError: A field has a default, or slots, so that it would not be missed.
    """
    if any(hasattr(kind, field.name) for field in dataclasses.fields(kind)):
        raise TypeError(f"{kind.__name__}: sums that travel have no defaults and no slots")
    # Python asks this of an object that lacks what it is asked for.
    setattr(kind, "__getattr__", _read_field)  # noqa: B010
    # A sum that stands in columns would be pickled with those of all other sums.
    setattr(kind, "__reduce__", _as_bytes)  # noqa: B010
    return kind


def _as_bytes(value: Any) -> tuple[Any, ...]:
    """How a sum is pickled, wherever its fields are."""
    return encoding.decode, (type(value), encoding.encode(value))


def _read_field(value: Any, name: str) -> Any:
    """A field of a sum that came as bytes, or stands in columns; it is there afterwards."""
    fields = vars(value)
    if name in fields:  # Another thread has just read them.
        return fields[name]
    if SOURCE not in fields or name not in type(value).__dataclass_fields__:
        raise AttributeError(f"{type(value).__name__!r} has no attribute {name!r}", name=name)
    # The source stays: arrays are pieces of it, and the sum may be handed on.
    source = fields[SOURCE]
    if isinstance(source, Row):
        fields[name] = source.columns.field(source.number, name)
    else:
        fields[name] = encoding.decode_field(type(value), source, name)
    return fields[name]


class SumColumns:
    """S sums of one dataclass, of the fields that `encoding.encode` takes."""

    def __init__(self, kind: type, record: Record):
        """Takes the class, and a column for each field."""
        self._kind, self._record, self.size = kind, record, record.size

    @classmethod
    def of(cls, kind: type, values: Sequence[Any], is_read_here: bool = False) -> SumColumns:
        """From sums, at least one; those that stand in columns already are not made for it.

        Args:
            kind: Their class.
            values: The sums.
            is_read_here: Whether only some fields are asked for, soon: of sums that stand in
                columns a field is then copied when it is asked for, and all columns are held.
        """
        rows = [vars(value).get(SOURCE) for value in values]
        sources: dict[int, SumColumns] = {
            id(row.columns): row.columns for row in rows if isinstance(row, Row)
        }
        firsts, size = {}, 0
        for number, source in sources.items():
            firsts[number], size = size, size + source.size
        others = [v for v, row in zip(values, rows, strict=True) if not isinstance(row, Row)]
        parts = list(sources.values())
        if others:
            parts.append(cls(kind, column_of(kind, others)))
        whole = cls.join(parts)
        if len(others) == len(values):
            return whole
        of_others = itertools.count(size)
        places = [
            firsts[id(row.columns)] + row.number if isinstance(row, Row) else next(of_others)
            for row in rows
        ]
        if places == list(range(whole.size)):
            return whole
        positions = np.array(places)
        return ChosenSums(whole, positions) if is_read_here else whole.take(positions)

    @classmethod
    def join(cls, parts: Sequence[SumColumns]) -> SumColumns:
        """The sums of several, one part behind the other."""
        if len(parts) == 1:
            return parts[0]
        kind = parts[0]._kind
        return cls(kind, joined([part._record for part in parts]))

    @classmethod
    def from_bytes(cls, kind: type, data: bytes) -> SumColumns:
        """The columns that `to_bytes` wrote."""
        return cls(kind, read(kind, encoding.unpack_arrays(data)))

    def to_bytes(self) -> bytes:
        """All columns as bytes."""
        return encoding.pack_arrays(list(self._record.arrays()))

    def take(self, positions: np.ndarray) -> SumColumns:
        """Some of the sums, in that order."""
        return SumColumns(self._kind, self._record.take(positions))

    def values(self) -> list[Any]:
        """The sums."""
        return [self.value(number) for number in range(self.size)]

    def value(self, number: int) -> Any:
        """One of the sums, of which a field is made when it is asked for."""
        value: Any = object.__new__(read_when_asked(self._kind))
        vars(value)[SOURCE] = Row(self, number)
        return value

    def field(self, number: int, name: str) -> Any:
        """One field of one of the sums."""
        return self._record.columns[_places(self._kind)[name]].value(number)

    def of_each(self, *names: str) -> list[Any]:
        """A field of a field … of each sum, of dataclasses; nothing else of them is made."""
        column = self._column(names)
        return [column.value(number) for number in range(self.size)]

    def stacked(self, *names: str) -> np.ndarray:
        """[S, ...] such a field of all sums, of which the shapes are the same."""
        column = self._column(names)
        return np.asarray((column.only() if isinstance(column, Cases) else column).stacked())

    def flat(self, *names: str) -> tuple[np.ndarray, np.ndarray]:
        """[N, ...] the entries of such a field, one sum behind the other, and [S] how many."""
        numbers, sizes = self._column(names).only().flat()
        return numbers, sizes

    def is_none(self, *names: str) -> bool:
        """Whether such a field is None in all sums."""
        return bool(self._column(names).is_none)

    def _column(self, names: Sequence[str]) -> Any:
        column: Any = self._record
        for name in names:
            column = column.part(name)
        return column

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        return self._record.nbytes


class ChosenSums(SumColumns):
    """Some of the sums of others, whose columns are taken one by one, when they are asked for."""

    def __init__(self, whole: SumColumns, positions: np.ndarray):
        """Takes the others, and which of them, in their order."""
        self._kind, self._whole, self._positions = whole._kind, whole, positions
        self.size = len(positions)
        self._taken: dict[tuple[str, ...], Any] = {}

    def __getattr__(self, name: str) -> Any:
        """All columns, where something needs them."""
        if name != "_record":
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        self._record = self._whole._record.take(self._positions)
        return self._record

    def value(self, number: int) -> Any:
        """One of the sums."""
        return self._whole.value(int(self._positions[number]))

    def _column(self, names: Sequence[str]) -> Any:
        column = self._taken.get(tuple(names))
        if column is None:
            column = self._taken[tuple(names)] = self._whole._column(names).take(self._positions)
        return column


def stands_in_columns(value: Any) -> bool:
    """Whether a sum is one of others that stand side by side."""
    return isinstance(vars(value).get(SOURCE), Row)


class InColumns(Mapping[Any, Any]):
    """Sums by key that stand in columns."""

    @abc.abstractmethod
    def of_each(self, *names: str) -> list[Any]:
        """`SumColumns.of_each`, in the order of the keys."""


def of_each(sums: Mapping[Any, Any], *names: str) -> list[Any]:
    """A field of a field … of each of some sums, in the order of their keys."""
    if isinstance(sums, InColumns):
        return sums.of_each(*names)
    of_columns: dict[int, list[Any]] = {}
    result = []
    for value in sums.values():
        row = vars(value).get(SOURCE)
        if isinstance(row, Row):
            number = id(row.columns)
            if number not in of_columns:
                of_columns[number] = row.columns.of_each(*names)
            result.append(of_columns[number][row.number])
        else:
            result.append(functools.reduce(getattr, names, value))
    return result


@functools.cache
def _places(kind: type) -> dict[str, int]:
    """By a field's name, where its column stands."""
    return {name: place for place, (name, _) in enumerate(encoding.fields_of(kind))}
