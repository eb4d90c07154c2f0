"""What is promised of any sums, and which are refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fairflip.metrics.intervals import rates_and_means
from fairflip.protos import errors

sums = hnp.arrays(np.float64, (8, 3), elements=st.floats(0, 50).map(lambda v: round(v, 3)))


shares = hnp.arrays(np.float64, (8, 3), elements=st.floats(0, 1))


@given(sums, shares, shares, st.integers(1, 500), st.floats(0.5, 0.999), st.permutations(range(8)))
def test_promises_hold_for_any_sums(pairs, share, other, num_originals, level, order):
    flips, fewer = pairs * share, pairs * other
    rate = rates_and_means.rate_interval(flips, pairs, num_originals, level)
    gap = rates_and_means.mean_interval(flips, pairs, num_originals, level, bounds=(0, 1))
    signed = rates_and_means.mean_interval(
        flips - fewer, pairs, num_originals, level, bounds=(-1, 1)
    )
    free = rates_and_means.mean_interval(flips - fewer, pairs, num_originals, level)
    bootstrap = rates_and_means.poisson_bootstrap_interval(flips, pairs, level, num_resamples=50)
    difference = rates_and_means.rate_difference(flips, fewer, pairs, num_originals, level)
    over_something = pairs.sum(axis=0) > 0
    limits = [(0, 1), (0, 1), (-1, 1), (-np.inf, np.inf), (0, 1), (-1, 1)]
    for estimate, (lowest, highest) in zip(
        (rate, gap, signed, free, bootstrap, difference), limits, strict=True
    ):
        known = over_something & ~np.isnan(estimate.lower)
        assert (estimate.lower[known] <= estimate.value[known]).all()
        assert (estimate.value[known] <= estimate.upper[known]).all()
        assert (estimate.lower[known] >= lowest - 1e-12).all()
        assert (estimate.upper[known] <= highest + 1e-12).all()
        np.testing.assert_array_equal(np.isnan(estimate.value), ~over_something)
    # The order of buckets is of no consequence.
    shuffled = rates_and_means.rate_interval(flips[order], pairs[order], num_originals, level)
    np.testing.assert_allclose(shuffled.upper, rate.upper, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(shuffled.lower, rate.lower, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([2.0, 1.0], [1.0, 1.0], 2), "exceed"),
        (([-1.0, 1.0], [1.0, 1.0], 2), "negative"),
        (([np.nan, 1.0], [1.0, 1.0], 2), "not finite"),
        (([0.0, 0.0], [-1.0, 1.0], 2), "negative"),
        (([1.0], [1.0], 1), "at least 2 buckets"),
        ((1.0, 1.0, 1), "at least 2 buckets"),
        (([1.0, 1.0], [1.0, 1.0], -1), "num_originals"),
        (([1.0, 1.0], [1.0, 1.0], np.nan), "num_originals"),
    ],
)
def test_wrong_sums_are_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        rates_and_means.rate_interval(*arguments)


def test_other_mistakes_are_refused():
    with pytest.raises(errors.ConfigurationError, match="confidence_level is 95"):
        rates_and_means.rate_interval([1.0, 0.0], [1.0, 1.0], 2, confidence_level=95)
    with pytest.raises(ValueError, match="outside its bounds"):
        rates_and_means.mean_interval([3.0, 3.0], [1.0, 1.0], 2, bounds=(0, 1))
    with pytest.raises(ValueError, match="same buckets"):
        rates_and_means.rate_difference([1.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0], 2)
    with pytest.raises(ValueError, match="agree after the first axis"):
        rates_and_means.jackknife_interval(np.ones((3, 2)), 1.0)
