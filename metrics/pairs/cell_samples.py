"""Uniform samples of example IDs for many cells at once, such as all flips by threshold.

The samples are those of `fairflip.metrics.pairs.id_sample`, one for each cell, kept in
three flat arrays so that a batch needs one sort and not one object per cell.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


@dataclasses.dataclass(frozen=True)
class CellSamples:
    """For each cell, up to `size` distinct IDs with the smallest hashes.

    One original is in the samples of many cells, so that its ID is kept once.

    Attributes:
        size: The most IDs per cell.
        seed: Seed of the hashes.
        cells: [K] int64, ascending.
        hashes: [K] uint64, ascending within a cell.
        which: [K] int64, positions in `texts`.
        texts: [U] IDs as UTF-8, a `pa.large_binary` array; few stand there twice.
    """

    size: int
    seed: int
    cells: np.ndarray
    hashes: np.ndarray
    which: np.ndarray
    texts: pa.Array

    @classmethod
    def zero(cls, size: int, seed: int) -> CellSamples:
        """No IDs."""
        none = np.empty(0, np.int64)
        return cls(size, seed, none, none.astype(np.uint64), none, pa.array([], pa.large_binary()))

    @classmethod
    def of(
        cls,
        size: int,
        seed: int,
        cells: np.ndarray,
        hashes: np.ndarray,
        rows: np.ndarray,
        num_cells: int,
        ids: pa.Array,
    ) -> CellSamples:
        """Chooses among candidates, each an ID of one cell.

        Args:
            size: The most IDs per cell.
            seed: Seed of the hashes.
            cells: [K] cell of each candidate.
            hashes: [K] hash of its ID, ascending among those of one cell.
            rows: [K] where its ID is to be found in `ids`.
            num_cells: Cells are below this.
            ids: IDs as strings or bytes.

        Returns:
            The sample.
        """
        # Stable sorts of 16-bit integers take linear time.
        narrow = cells.astype(np.uint16) if num_cells <= 1 << 16 else cells
        chosen = _first(size, np.argsort(narrow, kind="stable"), cells, hashes)
        used, which = _renumbered(rows[chosen], len(ids))
        texts = _utf8(ids.take(pa.array(used)))
        return cls(size, seed, cells[chosen], hashes[chosen], which, texts)

    def __add__(self, other: CellSamples) -> CellSamples:
        """The sample of both together."""
        if not len(other.cells):
            return self
        if not len(self.cells):
            return other
        both = CellSamples(
            self.size,
            self.seed,
            np.concatenate([self.cells, other.cells]),
            np.concatenate([self.hashes, other.hashes]),
            np.concatenate([self.which, other.which + len(self.texts)]),
            pa.concat_arrays([self.texts, other.texts]),
        )
        return both.first(self.size)

    def either(self) -> CellSamples:
        """Cells 2 k and 2 k + 1, such as two directions, as one cell k each."""
        return dataclasses.replace(self, cells=self.cells // 2).first(self.size)

    def first(self, size: int) -> CellSamples:
        """Up to `size` IDs of each cell, in order."""
        chosen = _first(size, _order(self.cells, self.hashes), self.cells, self.hashes)
        used, which = _renumbered(self.which[chosen], len(self.texts))
        texts = self.texts.take(pa.array(used))
        return CellSamples(size, self.seed, self.cells[chosen], self.hashes[chosen], which, texts)

    def split(self, num: int, num_cells: int) -> list[CellSamples]:
        """`num` samples, each of the next `num_cells` cells, as if made one by one."""
        slices = self.cells // num_cells
        size = max(len(self.texts), 1)
        used, which = _renumbered(slices * size + self.which, num * size)
        texts = self.texts.take(pa.array(used % size))
        bounds = np.searchsorted(slices, np.arange(num + 1)).tolist()
        text_bounds = np.searchsorted(used, np.arange(num + 1) * size).tolist()
        cells = self.cells - slices * num_cells
        nothing = CellSamples.zero(self.size, self.seed)
        result = []
        for s in range(num):
            piece, first = slice(bounds[s], bounds[s + 1]), text_bounds[s]
            if piece.start == piece.stop:
                result.append(nothing)
                continue
            result.append(
                CellSamples(
                    self.size,
                    self.seed,
                    cells[piece],
                    self.hashes[piece],
                    which[piece] - first,
                    texts.slice(first, text_bounds[s + 1] - first),
                )
            )
        return result

    def alphabetical(self) -> AlphabeticalIds:
        """The same IDs, in the order in which metrics name them."""
        order = pc.sort_indices(self.texts).to_numpy().astype(np.int64)
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        # By cell, then rank: one number for both. Cells ascend as it is.
        first_of_cell = self.cells * len(order)
        ranks = np.sort(first_of_cell + rank[self.which]) - first_of_cell
        return AlphabeticalIds(self.cells, order[ranks], self.texts)


def flips_to_sample(
    size: int,
    bounds: np.ndarray,
    hashes: np.ndarray,
    direction: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    num_thresholds: int,
) -> np.ndarray:
    """Which flips of some slices can be in the samples of any threshold.

    A flip is one at each threshold between two scores: at many thresholds these are many
    candidates, of which samples that are full already need none.

    Args:
        size: The most IDs per sample.
        bounds: [S + 1] ascending: where the flips of the first slice begin, then where those of
            each slice end.
        hashes: [K] hash of each flip's ID, ascending within a slice.
        direction: [K] 0 or 1.
        low: [K] first of the thresholds at which it is a flip, in [0, num_thresholds).
        high: [K] the one after the last of them.
        num_thresholds: T.

    Returns:
        Ascending positions.
    """
    starts, ends, width = bounds[:-1].copy(), bounds[1:], num_thresholds + 1
    is_new = np.ones(len(hashes), bool)
    is_new[1:] = hashes[1:] != hashes[:-1]
    is_new[starts[starts < ends]] = True
    seen = np.zeros((len(starts), 2, num_thresholds), np.int64)
    positions, length = [np.empty(0, np.int64)], 4 * size
    while True:
        # A block of the flips of each slice that has some left, and a sample that is not full.
        left = np.flatnonzero((starts < ends) & (seen < size).any(axis=(1, 2)))
        if not len(left):
            return np.sort(np.concatenate(positions))
        stops = np.minimum(starts[left] + length, ends[left])
        number, block = _in_blocks(starts[left], stops)
        wanted = np.zeros((len(left), 2, width), np.int64)
        np.cumsum(seen[left] < size, axis=2, out=wanted[..., 1:])
        base = (2 * number + direction[block]) * width
        first, last = base + low[block], base + high[block]
        positions.append(block[wanted.ravel()[last] > wanted.ravel()[first]])
        # Of one original's flips the first is counted: a sample is full no earlier.
        new = is_new[block]
        steps = np.bincount(first[new], minlength=wanted.size)
        steps -= np.bincount(last[new], minlength=wanted.size)
        seen[left] += np.cumsum(steps.reshape(wanted.shape), axis=2)[..., :-1]
        starts[left], length = stops, 2 * length


def _in_blocks(starts: np.ndarray, stops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All positions from each start up to its stop: whose they are, and the positions."""
    sizes = stops - starts
    number = np.repeat(np.arange(len(sizes)), sizes)
    before = np.cumsum(sizes) - sizes
    return number, np.arange(len(number)) + (starts - before)[number]


def _order(cells: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """Positions by cell, then hash."""
    if len(cells) and cells.max() < 1 << 16:
        # One number for both, of which sums of sorted samples have long ascending runs,
        # that a stable sort only merges. Bits are missing that hardly ever matter.
        keys = (cells.astype(np.uint64) << np.uint64(48)) | (hashes >> np.uint64(16))
        order = np.argsort(keys, kind="stable")
        keys, sorted_hashes = keys[order], hashes[order]
        if not ((keys[1:] == keys[:-1]) & (sorted_hashes[1:] != sorted_hashes[:-1])).any():
            return order
    return np.lexsort((hashes, cells))


def _renumbered(positions: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The distinct positions, all below `size`, ascending; and where each stands among them."""
    if 8 * len(positions) < size:
        used, numbers = np.unique(positions, return_inverse=True)
        return used, numbers.reshape(-1)
    is_used = np.zeros(size, bool)
    is_used[positions] = True
    number = np.cumsum(is_used) - 1
    return np.flatnonzero(is_used), number[positions]


def _utf8(ids: pa.Array) -> pa.Array:
    """IDs as UTF-8; bytes that are none as escapes, as the metrics write them."""
    if pa.types.is_dictionary(ids.type):
        ids = ids.dictionary_decode()
    if pa.types.is_string(ids.type) or pa.types.is_large_string(ids.type):
        return ids.cast(pa.large_binary())
    texts = [
        value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
        for value in ids.to_pylist()
    ]
    return pa.array([text.encode("utf-8") for text in texts], pa.large_binary())


@dataclasses.dataclass(frozen=True)
class AlphabeticalIds:
    """The IDs of each cell in alphabetical order.

    Attributes:
        cells: [K] int64, ascending.
        which: [K] int64, positions in `texts`.
        texts: [U] IDs as UTF-8, a `pa.large_binary` array.
    """

    cells: np.ndarray
    which: np.ndarray
    texts: pa.Array

    @functools.cached_property
    def ids(self) -> list[bytes]:
        """[K] the IDs."""
        texts = self.texts.to_numpy(zero_copy_only=False)
        return list(texts[self.which].tolist())

    def bounds(self, cells: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the IDs of each of the given cells start and end among `ids`."""
        sides: tuple[Literal["left"], Literal["right"]] = ("left", "right")
        starts, ends = (np.searchsorted(self.cells, cells, side) for side in sides)
        return starts, ends

    def of(self, cells: np.ndarray) -> list[list[bytes]]:
        """The IDs of each of the given cells."""
        starts, ends = (bounds.tolist() for bounds in self.bounds(cells))
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
