"""Columns: the values that many sums have in one field, side by side.

Numbers stand in as few bytes as they need, since most cells of a small slice are empty.
"""

from __future__ import annotations

import abc
import functools
import itertools
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from fairflip.metrics.sums import encoding

Arrays = Iterator[np.ndarray]


class Column(abc.ABC):
    """One value for each of S sums."""

    size: int

    @abc.abstractmethod
    def value(self, number: int) -> Any:
        """The value of one of the sums."""

    @abc.abstractmethod
    def take(self, positions: np.ndarray) -> Any:
        """The values of some of the sums, in that order."""

    @abc.abstractmethod
    def arrays(self) -> Arrays:
        """All that reading it needs."""

    @property
    @abc.abstractmethod
    def nbytes(self) -> int:
        """Bytes of all arrays."""

    @property
    def sort(self) -> Hashable:
        """Columns of one field and sort can be joined."""
        return None


class _Bounds:
    """Where the entries of each of S values stand among those of all."""

    def __init__(self, sizes: np.ndarray):
        self._sizes = sizes

    def of(self, number: int) -> slice:
        """The entries of one value."""
        start, end = self._as_list[number : number + 2]
        return slice(start, end)

    def within(self, positions: np.ndarray) -> np.ndarray:
        """Where the entries of some values stand, one value behind the other."""
        starts, sizes = self._starts[positions], self._sizes[positions]
        return np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())

    @functools.cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum(self._sizes) - self._sizes

    @functools.cached_property
    def _as_list(self) -> list[int]:
        return [0, *np.cumsum(self._sizes).tolist()]


class Numbers(Column):
    """Arrays of one type and number of axes, one behind the other.

    Those of one shape are one array of one more axis.
    """

    def __init__(self, numbers: np.ndarray, dtype: np.dtype, shapes: np.ndarray):
        """Takes what it holds.

        Args:
            numbers: [S, ...] of one shape, or all of them, flat; perhaps of a narrower type.
            dtype: Of the values.
            shapes: [S, axes] of each value; [0, axes] where all have one.
        """
        # Those that are left of several shapes may have one.
        if len(shapes) and (shapes == shapes[0]).all():
            numbers, shapes = numbers.reshape(len(shapes), *shapes[0]), shapes[:0]
        self._numbers, self._dtype, self._shapes = numbers, dtype, shapes
        self._is_even = not len(shapes) and numbers.ndim == shapes.shape[1] + 1
        self.size = len(numbers) if self._is_even else len(shapes)
        self._bounds = _Bounds(shapes.prod(axis=1))

    @classmethod
    def of(cls, values: Sequence[np.ndarray]) -> Numbers:
        """From values of one type and number of axes."""
        first = values[0]
        if all(value.shape == first.shape for value in values):
            numbers, shapes = np.stack(values), np.zeros((0, first.ndim), np.int64)
        else:
            numbers = np.concatenate([value.reshape(-1) for value in values])
            shapes = np.array([value.shape for value in values], np.int64)
        # What does not fit a narrow type becomes another number, and is found to differ.
        with np.errstate(invalid="ignore"):
            return cls(encoding.narrowed(numbers), first.dtype, shapes)

    @classmethod
    def read(cls, arrays: Arrays) -> Numbers:
        """What `arrays` gave."""
        dtype, shapes, numbers = itertools.islice(arrays, 3)
        return cls(numbers, encoding.TYPES[int(dtype)], shapes)

    @classmethod
    def join(cls, columns: Sequence[Numbers]) -> Numbers:
        """The values of several, one column behind the other."""
        first = columns[0]
        of_one = {one._numbers.shape[1:] if one._is_even else None for one in columns}
        if len(of_one) == 1 and first._is_even:
            numbers, shapes = np.concatenate([one._numbers for one in columns]), first._shapes
        else:
            numbers = np.concatenate([one._numbers.reshape(-1) for one in columns])
            shapes = np.concatenate([one._all_shapes() for one in columns])
        return cls(numbers, first._dtype, shapes)

    @property
    def sort(self) -> Hashable:
        """The type and the number of axes."""
        return self._dtype, self._shapes.shape[1]

    def value(self, number: int) -> np.ndarray:
        """The array of one of the sums."""
        if self._is_even:
            piece = self._numbers[number]
        else:
            piece = self._numbers[self._bounds.of(number)]
            if self._shapes.shape[1] != 1:
                piece = piece.reshape(self._shapes[number])
        return np.asarray(piece, self._dtype)

    def stacked(self) -> np.ndarray:
        """[S, ...] arrays, all of one shape."""
        if not self._is_even:
            raise ValueError("arrays of several shapes cannot be stacked")
        return self._numbers.astype(self._dtype, copy=False)

    def flat(self) -> tuple[np.ndarray, np.ndarray]:
        """[N, ...] the entries of all arrays, which differ in their number alone, and [S] these."""
        shapes = self._all_shapes()
        if (shapes[1:, 1:] != shapes[:-1, 1:]).any():
            raise ValueError("arrays that differ in more than their length have no entries")
        numbers = self._numbers.reshape(-1, *shapes[0, 1:]).astype(self._dtype, copy=False)
        return numbers, shapes[:, 0]

    def take(self, positions: np.ndarray) -> Numbers:
        """The arrays of some of the sums."""
        if self._is_even:
            return Numbers(self._numbers[positions], self._dtype, self._shapes)
        shapes = self._shapes[positions]
        places = self._bounds.within(positions)
        return Numbers(self._numbers[places], self._dtype, shapes)

    def arrays(self) -> Arrays:
        """The type, the shapes and the numbers."""
        yield np.array(encoding.TYPES.index(self._dtype))
        yield self._shapes
        yield self._numbers

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers and shapes."""
        return int(self._numbers.nbytes + self._shapes.nbytes)

    def _all_shapes(self) -> np.ndarray:
        if not self._is_even:
            return self._shapes
        return np.broadcast_to(
            np.array(self._numbers.shape[1:], np.int64), (self.size, self._shapes.shape[1])
        )


class Scalars(Column):
    """Whole numbers, or truth values."""

    def __init__(self, numbers: np.ndarray, make: Callable[[Any], Any]):
        self._numbers, self._make, self.size = numbers, make, len(numbers)

    @classmethod
    def join(cls, columns: Sequence[Scalars]) -> Scalars:
        """The values of several, one column behind the other."""
        return cls(np.concatenate([one._numbers for one in columns]), columns[0]._make)

    def value(self, number: int) -> Any:
        """The number."""
        return self._make(self._numbers[number])

    def stacked(self) -> np.ndarray:
        """[S] the numbers."""
        return self._numbers

    def take(self, positions: np.ndarray) -> Scalars:
        """Some of the numbers."""
        return Scalars(self._numbers[positions], self._make)

    def arrays(self) -> Arrays:
        """The numbers."""
        yield self._numbers

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return int(self._numbers.nbytes)


class Texts(Column):
    """Arrays of texts, one behind the other."""

    def __init__(self, texts: pa.Array, numbers: np.ndarray):
        """Takes the texts of all, and [S] how many are of each."""
        self._texts, self._numbers, self.size = texts, numbers, len(numbers)
        self._bounds = _Bounds(numbers)

    @classmethod
    def join(cls, columns: Sequence[Texts]) -> Texts:
        """The values of several, one column behind the other."""
        texts = pa.concat_arrays([one._texts for one in columns])
        return cls(texts, np.concatenate([one._numbers for one in columns]))

    def value(self, number: int) -> pa.Array:
        """The texts of one of the sums."""
        piece = self._bounds.of(number)
        return self._texts.slice(piece.start, piece.stop - piece.start)

    def take(self, positions: np.ndarray) -> Texts:
        """The texts of some of the sums."""
        places = pa.array(self._bounds.within(positions))
        return Texts(self._texts.take(places), self._numbers[positions])

    def arrays(self) -> Arrays:
        """How many texts each has, where each text ends, and the bytes of all."""
        yield self._numbers
        yield from encoding.text_arrays(self._texts)

    @property
    def nbytes(self) -> int:
        """Bytes of the texts and numbers."""
        return int(self._texts.nbytes + self._numbers.nbytes)


class Record(Column):
    """Values that are made of several others each: dataclasses, or tuples of one length."""

    def __init__(self, kind: Any, columns: Sequence[Column], size: int):
        """Takes the class of the values, a column for each part, and S."""
        self._kind, self.columns, self.size = kind, list(columns), size
        self._make = tuple if kind is tuple else lambda parts: kind(*parts)

    @property
    def sort(self) -> Hashable:
        """How many parts."""
        return len(self.columns)

    def part(self, name: str) -> Column:
        """The column of a field of a dataclass."""
        names = [field for field, _ in encoding.fields_of(self._kind)]
        return self.columns[names.index(name)]

    def joined(self, columns: Sequence[Column], size: int) -> Record:
        """The same of other columns."""
        return Record(self._kind, columns, size)

    def value(self, number: int) -> Any:
        """The value of one of the sums."""
        return self._make([column.value(number) for column in self.columns])

    def take(self, positions: np.ndarray) -> Record:
        """The values of some of the sums."""
        return self.joined([one.take(positions) for one in self.columns], len(positions))

    def arrays(self) -> Arrays:
        """How many sums and parts, and the arrays of each part."""
        yield np.array([self.size, len(self.columns)])
        for column in self.columns:
            yield from column.arrays()

    @property
    def nbytes(self) -> int:
        """Bytes of all parts."""
        return sum(column.nbytes for column in self.columns)


class Cases(Column):
    """Values of several sorts, of each sort a column; None is of none.

    Most fields have values of one sort.
    """

    def __init__(self, which: np.ndarray, columns: Sequence[Column]):
        """Takes [S] the number of each value's column, -1 for None, and the columns."""
        self.which, self.columns, self.size = which, list(columns), len(which)
        self._is_one = len(columns) == 1 and columns[0].size == self.size
        self._places = np.zeros(self.size, np.int64)
        for number, column in enumerate(columns):
            self._places[which == number] = np.arange(column.size)

    def value(self, number: int) -> Any:
        """The value of one of the sums."""
        if self._is_one:
            return self.columns[0].value(number)
        which = int(self.which[number])
        return None if which < 0 else self.columns[which].value(int(self._places[number]))

    @property
    def is_none(self) -> bool:
        """Whether all values are None."""
        return not self.columns

    def only(self) -> Any:
        """The column of all values, which are of one sort.

        Raises:
            ValueError: They are of several.
        """
        if not self._is_one:
            raise ValueError("values are of several sorts")
        column = self.columns[0]
        return column.only() if isinstance(column, Cases) else column

    def take(self, positions: np.ndarray) -> Cases:
        """The values of some of the sums."""
        which, places = self.which[positions], self._places[positions]
        renumbered = np.full(len(which), -1, np.int64)
        columns: list[Column] = []
        for number, column in enumerate(self.columns):
            of_sort = which == number
            if of_sort.any():
                renumbered[of_sort] = len(columns)
                columns.append(column.take(places[of_sort]))
        return Cases(renumbered, columns)

    def arrays(self) -> Arrays:
        """How many columns, which each value has, and the columns' arrays."""
        yield np.array(len(self.columns))
        yield self.which + 1
        for column in self.columns:
            yield from column.arrays()

    @property
    def nbytes(self) -> int:
        """Bytes of all columns."""
        return sum(column.nbytes for column in self.columns) + int(self.which.nbytes)
