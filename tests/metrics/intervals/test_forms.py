"""Intervals at the bounds of what a value can be."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.metrics.intervals.resampling import influence_interval


def test_a_value_that_is_its_bound_but_for_rounding_has_the_bounds_interval():
    """An AUC of 1 is a sum of weights: whether it is 1 to the last bit must decide nothing."""
    pulls = np.zeros(12)
    exact = influence_interval(pulls, 1.0, 6.0, bounds=(0.0, 1.0))
    rounded = influence_interval(pulls + 1e-17, 1.0 - 2.0**-52, 6.0, bounds=(0.0, 1.0))
    assert float(exact.lower) == pytest.approx(6 / (6 + 1.959964**2))
    assert float(rounded.lower) == pytest.approx(float(exact.lower))
