"""Slices are said to differ only where a test finds it, and are shrunken by how little they say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from fairflip.metrics.flips.slicing import OVERALL, SliceKey
from fairflip.metrics.intervals.rates_and_means import rate_interval
from fairflip.metrics.report.heterogeneity import adjusted_p_values, feature_rates, heterogeneity

KEYS = [OVERALL, *(SliceKey((("gender", value),)) for value in "abcdefgh")]


def rates(flips, pairs):
    """One pair an original, S slices."""
    clusters = np.arange(max(pairs))[:, None]
    counted = (clusters < np.array(pairs)).astype(float)
    flipped = (clusters < np.array(flips)).astype(float)
    return rate_interval(flipped, counted, np.array(pairs), one_pair_each=True, exact=True)


def test_the_test_is_pearsons_for_one_pair_an_original():
    flips, pairs = np.array([12, 30, 21, 40]), np.array([200, 300, 250, 280])
    expected = stats.chi2_contingency([flips, pairs - flips], correction=False)
    actual = feature_rates(flips / pairs, pairs.astype(float))
    assert actual.p_value == pytest.approx(expected.pvalue)


def test_equal_rates_are_rarely_said_to_differ():
    rng = np.random.default_rng(0)
    pairs = [150, 200, 300, 400, 150, 200, 300, 400]
    output = []
    for _ in range(2000):
        flips = rng.binomial(pairs, 0.08)
        actual = feature_rates(flips / pairs, np.array(pairs, float))
        output.append(actual.p_value < 0.05)
    assert 0.035 <= np.mean(output) <= 0.065


def test_the_named_slice_has_an_interval_that_knows_it_was_chosen():
    rng = np.random.default_rng(1)
    pairs, truth = [150] * 8, 0.1
    held, plain = [], []
    for _ in range(400):
        estimate = rates([1, *rng.binomial(pairs, truth)], [10, *pairs])
        entries, _ = heterogeneity(KEYS, estimate, np.array([False] + [True] * 8), 0.95)
        (entry,) = entries
        held.append(entry.flip_rate.lower <= truth)
        position = [key.name for key in KEYS].index(entry.slice)
        plain.append(estimate.lower[position] <= truth)
        assert (entry.feature, entry.num_slices) == ("gender", 8)
    assert np.mean(plain) < 0.9
    assert np.mean(held) >= 0.95


def test_shrunken_rates_are_nearer_to_the_truth():
    rng = np.random.default_rng(2)
    pairs = np.array([40, 60, 80, 100, 500, 800, 1000, 1500])
    errors = []
    for _ in range(300):
        truth = rng.beta(20, 180, 8)
        raw = rng.binomial(pairs, truth) / pairs
        actual = feature_rates(raw, pairs.astype(float))
        errors.append([np.abs(raw - truth)[:4].mean(), np.abs(actual.shrunken - truth)[:4].mean()])
        between = np.sort([raw, np.broadcast_to(raw @ pairs / pairs.sum(), 8)], axis=0)
        assert (actual.shrunken >= between[0] - 1e-12).all()
        assert (actual.shrunken <= between[1] + 1e-12).all()
    raw_error, shrunken_error = np.mean(errors, axis=0)
    assert shrunken_error < 0.8 * raw_error


def test_families():
    keys = [OVERALL, *KEYS[1:4], SliceKey((("race", "x"),)), SliceKey((("race", "y"),))]
    p = np.array([0.04, 0.01, 0.04, np.nan, 0.03, 0.5])
    twice = np.stack([p, p])[..., None]
    expected = [0.04, 0.02, 0.04, np.nan, 0.06, 0.5]
    assert adjusted_p_values(twice, keys)[0, :, 0] == pytest.approx(expected, nan_ok=True)
