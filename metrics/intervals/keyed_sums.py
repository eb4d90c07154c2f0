"""Sums over rows of equal keys, mergeable in any order."""

from __future__ import annotations

import dataclasses
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Keys of so many rows are added up together: NumPy adds thousands of short ones slowly one by one.
_FEW_ROWS = 8


class Words(NamedTuple):
    """What each of some rows edits, as arrays: no row holds a key twice.

    Attributes:
      keys: [E] strings or numbers.
      rows: [E] the row of each.
    """

    keys: npt.NDArray[Any]
    rows: npt.NDArray[np.intp]


class Groups:
    """N rows of K equal keys, sorted once for all that is added up over them.

    Attributes:
      keys: [K] distinct, in order.
    """

    def __init__(self, keys: npt.ArrayLike):
        """Takes the key of each row, [N]."""
        given = np.asarray(keys)
        order = np.argsort(given, kind="stable")
        ordered = given[order]
        is_first = np.ones(len(given), bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        starts = np.flatnonzero(is_first)
        sizes = np.diff(starts, append=len(given))
        self.keys = ordered[starts]
        # By small size: the keys that have it, and of each the first row, the second and so on.
        self._few: list[tuple[npt.NDArray[np.intp], list[npt.NDArray[np.intp]]]] = []
        for size in np.unique(sizes[sizes <= _FEW_ROWS]).tolist():
            which = np.flatnonzero(sizes == size)
            self._few.append((which, [order[starts[which] + place] for place in range(size)]))
        self._many = np.flatnonzero(sizes > _FEW_ROWS)
        some = sizes[self._many]
        self._starts = np.cumsum(some) - some
        self._rows = order[np.repeat(sizes > _FEW_ROWS, sizes)]

    def sums(self, values: Floats) -> Floats:
        """[K, ...] sums of the rows [N, ...] of each key, to the bit those of `np.add.reduceat`."""
        result = np.empty((len(self.keys), *values.shape[1:]))
        for which, rows in self._few:
            total = values[rows[0]]
            if len(rows) > 1:
                # The first is added last.
                rest = values[rows[1]]
                for row in rows[2:]:
                    rest += values[row]
                total += rest
            result[which] = total
        if len(self._many):
            result[self._many] = np.add.reduceat(values[self._rows], self._starts, axis=0)
        return result


@dataclasses.dataclass(frozen=True, eq=False)
class KeyedSums:
    """Sums by key; keys are distinct and in order.

    Attributes:
      keys: [K] strings or numbers.
      weights: [K, C] sums that are the same at every threshold.
      values: [K, D, T] sums at each threshold.
    """

    keys: npt.NDArray[Any]
    weights: Floats
    values: Floats

    @classmethod
    def of(cls, keys: npt.ArrayLike, weights: Floats, values: Floats) -> KeyedSums:
        """Adds up rows of equal keys: [N], [N, C], [N, D, T]."""
        groups = Groups(keys)
        return cls(groups.keys, groups.sums(weights), groups.sums(values))

    @classmethod
    def none(cls, num_weights: int, num_values: int, num_thresholds: int) -> KeyedSums:
        """Of no rows."""
        weights, values = np.zeros((0, num_weights)), np.zeros((0, num_values, num_thresholds))
        return cls(np.empty(0, "U1"), weights, values)

    def __add__(self, other: KeyedSums) -> KeyedSums:
        if not isinstance(other, KeyedSums):
            return NotImplemented
        if not len(self.keys) or not len(other.keys):
            return self if len(self.keys) else other
        return KeyedSums.of(
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.weights, other.weights]),
            np.concatenate([self.values, other.values]),
        )
