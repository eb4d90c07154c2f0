"""Rows of originals that stand together, and what is counted of each original."""

from __future__ import annotations

import dataclasses

import numpy as np

from fairflip.metrics.statistics.originals import spreads_of


@dataclasses.dataclass(frozen=True)
class Runs:
    """The rows of R originals, one behind the other, and what is counted of each original.

    Attributes:
        starts: [R] the first row of each, among those given.
        sizes: [R] their numbers of rows.
        changes: [M, 4, R] sum, sum of squares, least and greatest of f(x') - f(x), the least
            at most and the greatest at least 0.
        spreads: [2, M, R] standard deviation and range of each original's scores.
        low: [M, R] least cell of all their scores.
        high: [M, R] greatest one.
    """

    starts: np.ndarray
    sizes: np.ndarray
    changes: np.ndarray
    spreads: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of(
        cls,
        starts: np.ndarray,
        sizes: np.ndarray,
        gaps: np.ndarray,
        low: np.ndarray,
        high: np.ndarray,
    ) -> Runs:
        """From [M, N] gaps, and lower and higher cell, of N rows."""
        changes = np.empty((len(gaps), 4, len(starts)))
        cells = np.empty((2, len(gaps), len(starts)), np.int64)
        by_run = _ByRun.of(starts, sizes)
        for model, gap in enumerate(gaps):
            changes[model, 0] = by_run.reduced(np.add, gap)
            changes[model, 1] = by_run.reduced(np.add, gap * gap)
            changes[model, 2] = np.minimum(by_run.reduced(np.minimum, gap), 0.0)
            changes[model, 3] = np.maximum(by_run.reduced(np.maximum, gap), 0.0)
            cells[0, model] = by_run.reduced(np.minimum, low[model])
            cells[1, model] = by_run.reduced(np.maximum, high[model])
        return cls(starts, sizes, changes, spreads_of(sizes, changes), *cells)

    def take(self, chosen: np.ndarray) -> Runs:
        """Some of them, of the same rows."""
        return Runs(
            self.starts[chosen],
            self.sizes[chosen],
            self.changes[..., chosen],
            self.spreads[..., chosen],
            self.low[:, chosen],
            self.high[:, chosen],
        )


# Runs of so many rows are reduced together.
_SHORT_RUN = 4


@dataclasses.dataclass(frozen=True)
class _ByRun:
    """Runs by their sizes: NumPy reduces some thousands of short ones slowly one by one.

    Attributes:
        num_runs: R.
        short: For each size up to `_SHORT_RUN` which runs have it, and the row of each that is
            the first, the second and so on.
        long: Which runs are longer.
        rows: The rows of these, one run behind the other.
        starts: Where each of these begins among `rows`.
    """

    num_runs: int
    short: list[tuple[np.ndarray, list[np.ndarray]]]
    long: np.ndarray
    rows: np.ndarray
    starts: np.ndarray

    @classmethod
    def of(cls, starts: np.ndarray, sizes: np.ndarray) -> _ByRun:
        short = []
        for size in range(1, _SHORT_RUN + 1):
            which = np.flatnonzero(sizes == size)
            if len(which):
                first = starts[which]
                short.append((which, [first + place for place in range(size)]))
        long = np.flatnonzero(sizes > _SHORT_RUN)
        some = sizes[long]
        ends = np.cumsum(some)
        within = np.arange(int(some.sum())) - np.repeat(ends - some, some)
        return cls(len(starts), short, long, np.repeat(starts[long], some) + within, ends - some)

    def reduced(self, ufunc: np.ufunc, values: np.ndarray) -> np.ndarray:
        """[R] what `ufunc.reduceat` gives of each run, to the bit."""
        result = np.empty(self.num_runs, values.dtype)
        for which, rows in self.short:
            value = values[rows[0]]
            if len(rows) > 1:
                # The first is added last.
                rest = values[rows[1]]
                for row in rows[2:]:
                    rest = ufunc(rest, values[row])
                value = ufunc(value, rest)
            result[which] = value
        if len(self.long):
            result[self.long] = ufunc.reduceat(values[self.rows], self.starts)
        return result


def starts_and_sizes(runs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first row of each run, and how many rows it has."""
    is_first = np.ones(len(runs), bool)
    np.not_equal(runs[1:], runs[:-1], out=is_first[1:])
    starts = np.flatnonzero(is_first)
    return starts, np.diff(starts, append=len(runs))
