"""Uniform samples of example IDs for many cells at once, such as all flips by threshold.

The samples are those of `fairflip.metrics.id_sample`, one for each cell, kept in
three flat arrays so that a batch needs one sort and not one object per cell.
"""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class CellSamples:
    """For each cell, up to `size` distinct IDs with the smallest hashes.

    Attributes:
        size: The most IDs per cell.
        seed: Seed of the hashes.
        cells: [K] int64, ascending.
        hashes: [K] uint64, ascending within a cell.
        ids: [K] object array of str.
    """

    size: int
    seed: int
    cells: np.ndarray
    hashes: np.ndarray
    ids: np.ndarray

    @classmethod
    def zero(cls, size: int, seed: int) -> CellSamples:
        """No IDs."""
        return cls(size, seed, np.empty(0, np.int64), np.empty(0, np.uint64), np.empty(0, object))

    @classmethod
    def of(
        cls,
        size: int,
        seed: int,
        cells: np.ndarray,
        hashes: np.ndarray,
        rows: np.ndarray,
        num_cells: int,
    ) -> tuple[CellSamples, np.ndarray]:
        """Chooses among candidates, each an ID of one cell.

        Args:
            size: The most IDs per cell.
            seed: Seed of the hashes.
            cells: [K] cell of each candidate.
            hashes: [K] hash of its ID, ascending among those of one cell.
            rows: [K] where its ID is to be found.
            num_cells: Cells are below this.

        Returns:
            The sample, without IDs yet, and the rows of the chosen ones.
        """
        # Stable sorts of 16-bit integers take linear time.
        narrow = cells.astype(np.uint16) if num_cells <= 1 << 16 else cells
        chosen = _first(size, np.argsort(narrow, kind="stable"), cells, hashes)
        return (
            cls(size, seed, cells[chosen], hashes[chosen], np.empty(len(chosen), object)),
            rows[chosen],
        )

    def __add__(self, other: CellSamples) -> CellSamples:
        """The sample of both together."""
        if not len(other.cells):
            return self
        if not len(self.cells):
            return other
        cells = np.concatenate([self.cells, other.cells])
        hashes = np.concatenate([self.hashes, other.hashes])
        ids = np.concatenate([self.ids, other.ids])
        chosen = _first(self.size, np.lexsort((hashes, cells)), cells, hashes)
        return CellSamples(self.size, self.seed, cells[chosen], hashes[chosen], ids[chosen])

    def either(self) -> CellSamples:
        """Cells 2 k and 2 k + 1, such as two directions, as one cell k each."""
        return dataclasses.replace(self, cells=self.cells // 2).first(self.size)

    def first(self, size: int) -> CellSamples:
        """Up to `size` IDs of each cell."""
        chosen = _first(size, np.lexsort((self.hashes, self.cells)), self.cells, self.hashes)
        return CellSamples(
            size, self.seed, self.cells[chosen], self.hashes[chosen], self.ids[chosen]
        )

    def alphabetical(self) -> AlphabeticalIds:
        """The same IDs, in the order in which metrics name them."""
        # A hash stands for its ID: one original is in the samples of many cells.
        _, first, which = np.unique(self.hashes, return_index=True, return_inverse=True)
        distinct = self.ids[first].tolist()
        order = sorted(range(len(distinct)), key=distinct.__getitem__)
        rank = np.empty(len(distinct), np.int64)
        rank[order] = np.arange(len(distinct))
        encoded = np.empty(len(distinct), object)
        encoded[:] = [value.encode("utf-8", "surrogateescape") for value in distinct]
        which = which.reshape(-1)
        chosen = np.lexsort((rank[which], self.cells))
        return AlphabeticalIds(self.cells[chosen], encoded[which[chosen]].tolist())

    def cell(self, cell: int) -> tuple[np.ndarray, np.ndarray]:
        """The hashes of one cell, ascending, and the IDs in their order."""
        start, end = np.searchsorted(self.cells, [cell, cell + 1])
        return self.hashes[start:end], self.ids[start:end]


@dataclasses.dataclass(frozen=True)
class AlphabeticalIds:
    """The IDs of each cell in alphabetical order.

    Attributes:
        cells: [K] int64, ascending.
        ids: K IDs as UTF-8.
    """

    cells: np.ndarray
    ids: list[bytes]

    def of(self, cells: np.ndarray) -> list[list[bytes]]:
        """The IDs of each of the given cells."""
        starts = np.searchsorted(self.cells, cells).tolist()
        ends = np.searchsorted(self.cells, cells, side="right").tolist()
        return [self.ids[start:end] for start, end in zip(starts, ends, strict=True)]


def _first(size: int, order: np.ndarray, cells: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """The first `size` distinct hashes of each cell, for `order` by cell, then hash."""
    if not size or not len(order):
        return np.empty(0, np.int64)
    sorted_cells, sorted_hashes = cells[order], hashes[order]
    new_cell = np.ones(len(order), dtype=bool)
    new_cell[1:] = sorted_cells[1:] != sorted_cells[:-1]
    fresh = new_cell.copy()
    fresh[1:] |= sorted_hashes[1:] != sorted_hashes[:-1]
    rank = np.cumsum(fresh)
    starts = np.flatnonzero(new_cell)
    rank -= np.repeat(rank[starts] - 1, np.diff(np.append(starts, len(order))))
    return order[fresh & (rank <= size)]
