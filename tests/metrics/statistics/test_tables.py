"""Scores are placed among thresholds as comparisons place them, whatever the way."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.metrics.statistics import tables

FEW = tables._FEW_THRESHOLDS
THRESHOLDS = {
    "few": [0.5],
    "many": [i / 101 for i in range(1, 101)],
    "several in a bin": [0.3 + i * 1e-6 for i in range(FEW)] + [-2.0, -1.0, 0.0, 1.0, 7.0],
    "too many in a bin": [0.3 + i * 1e-7 for i in range(FEW + 1)],
    "outside": [-(10.0**i) for i in range(FEW)] + [10.0**i for i in range(FEW)],
}


@pytest.mark.parametrize("name", list(THRESHOLDS))
def test_cells_count_the_thresholds_below(name):
    thresholds = np.sort(np.array(THRESHOLDS[name]))
    rng = np.random.default_rng(0)
    near = [thresholds, np.nextafter(thresholds, np.inf), np.nextafter(thresholds, -np.inf)]
    scores = np.concatenate(
        [*near, rng.random(1_000), rng.normal(size=200) * 100, [np.inf, -np.inf, 0.0, -0.0, 1.0]]
    ).reshape(1, -1)
    cells = tables.threshold_cells(scores, thresholds)
    assert cells.dtype == np.int64
    expected = (scores[..., None] > thresholds).sum(axis=-1)
    assert cells.tolist() == expected.tolist()
