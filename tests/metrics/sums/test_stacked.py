"""Columns of numbers that stand side by side already: those of the sums one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from fairflip.metrics.sums import encoding
from fairflip.metrics.sums.stacked import each, even, ragged, stacked


@dataclasses.dataclass(frozen=True)
class Inner:
    shape: tuple[int, ...]
    values: np.ndarray | None


@dataclasses.dataclass(frozen=True)
class Sum:
    even: np.ndarray
    rows: np.ndarray
    flat: np.ndarray | None
    number: int
    inner: Inner
    maybe: Inner | None
    none: Inner | None
    texts: pa.Array
    same: np.ndarray
    is_complete: bool


SIZES = np.array([2, 0, 3])


def test_a_stand_in_gives_the_columns_of_the_sums():
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 300, (3, 2, 4))
    rows, flat = rng.random((5, 2)), rng.integers(0, 2**40, 5)
    texts = [pa.array([b"a"] * n, pa.large_binary()) for n in (1, 0, 2)]
    same = np.array([0.5, -np.inf])
    pieces = np.split(rows, np.cumsum(SIZES)[:-1]), np.split(flat, np.cumsum(SIZES)[:-1])
    columns = stacked(
        Sum(
            even=even(counts.swapaxes(1, 2)),
            rows=ragged(rows, SIZES),
            flat=ragged(flat, SIZES),
            number=each([7, 8, 9]),
            inner=Inner((3, 4), even(counts[:, 0])),
            maybe=Inner((), None),
            none=None,
            texts=each(texts),
            same=same,
            is_complete=True,
        ),
        3,
    )
    assert columns.size == 3
    for s, value in enumerate(columns.values()):
        expected = Sum(
            even=counts[s].T,
            rows=pieces[0][s],
            flat=pieces[1][s],
            number=7 + s,
            inner=Inner((3, 4), counts[s, 0]),
            maybe=Inner((), None),
            none=None,
            texts=texts[s],
            same=same,
            is_complete=True,
        )
        assert encoding.encode(value) == encoding.encode(expected)
        assert (value.rows.shape, value.number) == ((SIZES[s], 2), 7 + s)
    assert columns.take(np.array([2])).to_bytes() == columns.take(np.array([2])).to_bytes()
