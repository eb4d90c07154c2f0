"""Columns of strings and of lists of them, made from numbers: each string is held once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Positions = npt.NDArray[np.int64]


class Strings:
    """Strings by number, each once."""

    def __init__(self, known: Sequence[str] = ()):
        """Takes distinct strings, whose numbers are their places."""
        self._all = list(known)
        self._numbers = {text: number for number, text in enumerate(self._all)}
        self._column = pa.array([], pa.string())

    def __getitem__(self, number: int) -> str:
        return self._all[number]

    def number(self, text: str) -> int:
        """The number of a string, which it gets where it has none."""
        number = self._numbers.setdefault(text, len(self._all))
        if number == len(self._all):
            self._all.append(text)
        return number

    def numbers(self, texts: Iterable[str]) -> Positions:
        """The numbers of some strings, which get one where they have none."""
        known, number = self._numbers, self.number
        numbers = [known[text] if text in known else number(text) for text in texts]
        return np.array(numbers, np.int64)

    def added(self, texts: Sequence[str]) -> Positions:
        """New numbers of some strings, by which alone they are told: nobody looks for them."""
        first = len(self._all)
        self._all += texts
        return np.arange(first, len(self._all))

    @property
    def column(self) -> pa.StringArray:
        """All strings, in the order of their numbers."""
        if len(self._column) < len(self._all):
            new = pa.array(self._all[len(self._column) :], pa.string())
            self._column = pa.concat_arrays([self._column, new])
        return self._column


class Lists:
    """Lists of strings, which come in no order."""

    def __init__(self, strings: Strings):
        self._strings = strings
        self._rows: list[Positions] = []
        self._numbers: list[Positions | npt.NDArray[np.int32]] = []
        self._sizes: list[Positions] = []

    def add_single(self, rows: Positions, numbers: Positions | npt.NDArray[np.int32]) -> None:
        """Adds lists of one string each."""
        self._rows.append(rows)
        self._numbers.append(numbers)
        self._sizes.append(np.ones(len(rows), np.int64))

    def add(self, lists: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Adds lists of any strings."""
        self._rows.append(np.array([row for row, _ in lists], np.int64))
        texts = itertools.chain.from_iterable(words for _, words in lists)
        self._numbers.append(self._strings.numbers(texts))
        self._sizes.append(np.array([len(words) for _, words in lists], np.int64))

    def column(self, order: Positions | None = None) -> pa.ListArray:
        """All lists, in the order of their rows, or in another of these."""
        rows = np.concatenate(self._rows)
        place = np.empty(len(rows), np.int64)
        place[rows] = np.arange(len(rows))
        flat = self._strings.column.take(pa.array(np.concatenate(self._numbers)))
        column = lists_from(flat, np.concatenate(self._sizes))
        place = place if order is None else place[order]
        return column.take(pa.array(place))


def lists_of(words: Sequence[Sequence[str]]) -> pa.ListArray:
    """Strings of several rows as a column."""
    flat = pa.array(itertools.chain.from_iterable(words), pa.string())
    return lists_from(flat, np.array([len(of_row) for of_row in words], np.int64))


def lists_from(flat: pa.StringArray, sizes: Positions) -> pa.ListArray:
    """Strings that stand one row behind the other as a column, of rows of so many."""
    offsets = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=offsets[1:])
    return pa.ListArray.from_arrays(pa.array(offsets), flat)
