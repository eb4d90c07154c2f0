"""The first rows of a stream in one or several orders, whatever the order of its batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: Sorts a table; may leave rows out.
Order = Callable[[pa.Table], pa.Table]
_ROW = "_row"


class BestRows:
    """Keeps the rows that are among the first of any order.

    Of several orders each gets its turn: first the first of each, then the second of each.
    """

    def __init__(self, most: int, orders: Sequence[Order]):
        """Keeps nothing yet.

        Args:
          most: how many rows are wanted in the end.
          orders: each gives its rows, the best first; all others it leaves out.
        """
        self.most, self._orders = most, tuple(orders)
        self._kept: pa.Table | None = None

    def add(self, rows: pa.Table) -> None:
        """Takes further rows, of the same columns but for those that are missing."""
        if not rows.num_rows or self.most <= 0:
            return
        if self._kept is not None:
            rows = pa.concat_tables([self._kept, rows], promote_options="default")
        self._kept = rows.take(pa.array(self._in_turn(rows)))

    def first(self, number: int) -> pa.Table | None:
        """The first rows, at most so many and at most those that were wanted."""
        return None if self._kept is None else self._kept.slice(0, min(number, self.most))

    @property
    def num_rows(self) -> int:
        """How many there are, at most those that were wanted."""
        return 0 if self._kept is None else min(self._kept.num_rows, self.most)

    def _in_turn(self, rows: pa.Table) -> np.ndarray:
        """Rows among the first of any order; by their best place, then by the order of that."""
        numbered = rows.append_column(_ROW, pa.array(np.arange(rows.num_rows)))
        last = self.most * len(self._orders)
        turns = np.full(rows.num_rows, last)
        for number, order in enumerate(self._orders):
            chosen = order(numbered)[_ROW].to_numpy()[: self.most]
            own = np.arange(len(chosen)) * len(self._orders) + number
            turns[chosen] = np.minimum(turns[chosen], own)
        in_turn = np.argsort(turns, kind="stable")
        return in_turn[: int((turns < last).sum())]


def sorted_by(*keys: tuple[str, str]) -> Order:
    """All rows by these columns, each "ascending" or "descending"; some may be missing."""

    def order(rows: pa.Table) -> pa.Table:
        there = [(name, way) for name, way in keys if name in rows.column_names]
        return rows.take(pc.sort_indices(rows, sort_keys=there))

    return order
