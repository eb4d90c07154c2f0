"""Runs that are reduced by their sizes give what NumPy gives one by one, to the bit."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.metrics.statistics import runs


@pytest.mark.parametrize("longest", [1, 2, runs._SHORT_RUN, 40])
@pytest.mark.parametrize("ufunc", [np.add, np.minimum, np.maximum])
def test_reduced_is_reduceat(longest, ufunc):
    rng = np.random.default_rng(longest)
    of_row = np.repeat(np.arange(300), rng.integers(1, longest + 1, 300))
    starts, sizes = runs.starts_and_sizes(of_row)
    values = rng.normal(size=len(of_row)) * 10.0 ** rng.integers(-9, 9, len(of_row))
    reduced = runs._ByRun.of(starts, sizes).reduced(ufunc, values)
    assert reduced.tobytes() == ufunc.reduceat(values, starts).tobytes()


def test_no_rows_are_no_runs():
    starts, sizes = runs.starts_and_sizes(np.empty(0, np.int64))
    nothing = np.empty((2, 0))
    cells = nothing.astype(np.int64)
    counted = runs.Runs.of(starts, sizes, nothing, cells, cells)
    assert counted.changes.shape == (2, 4, 0)
    assert counted.spreads.shape == (2, 2, 0)
    assert counted.low.shape == counted.high.shape == (2, 0)
