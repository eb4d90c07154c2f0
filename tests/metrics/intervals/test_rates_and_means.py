"""Intervals: against statsmodels, direct resampling, their promises, and coverage."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from fairflip.metrics.flips import buckets
from fairflip.metrics.intervals import rates_and_means
from fairflip.protos import errors

NUM_BUCKETS = 64


def clustered(seed: int, num_originals: int = 300, weighted: bool = False):
    """Pairs of originals with 1 to 20 counterfactuals: bucket, flip, weight of each."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 21, num_originals)
    rates = np.repeat(rng.beta(0.3, 1.2, num_originals), sizes)
    bucket = np.repeat(buckets.bucket_of(np.arange(num_originals), NUM_BUCKETS), sizes)
    flips = (rng.random(len(bucket)) < rates).astype(float)
    weights = rng.uniform(0.5, 2.0, len(bucket)) if weighted else np.ones(len(bucket))
    return bucket, flips, weights


def bucket_sums(bucket, values):
    return np.bincount(bucket, values, NUM_BUCKETS)


def correction(bucket, num_originals: int = 300) -> float:
    """Our standard error over statsmodels'.

    Theirs has G/(G-1) for the G groups that are not empty, ours B/(B-1) for all buckets, and
    n/(n-1) besides.
    """
    num_filled = len(np.unique(bucket))
    ours = NUM_BUCKETS / (NUM_BUCKETS - 1) * num_originals / (num_originals - 1)
    return np.sqrt(ours / (num_filled / (num_filled - 1)))


@pytest.mark.parametrize("confidence_level", [0.8, 0.95, 0.99])
@pytest.mark.parametrize(("flips", "pairs"), [(0, 40), (1, 50), (30, 400), (200, 400), (90, 90)])
def test_independent_pairs_have_wilsons_interval(flips, pairs, confidence_level):
    rng = np.random.default_rng(0)
    place = rng.integers(0, NUM_BUCKETS, pairs)
    estimate = rates_and_means.rate_interval(
        bucket_sums(place, np.arange(pairs) < flips),
        bucket_sums(place, np.ones(pairs)),
        pairs,
        confidence_level,
    )
    expected = proportion_confint(flips, pairs, 1 - confidence_level, method="wilson")
    assert (estimate.lower, estimate.upper) == pytest.approx(expected, abs=1e-12)
    assert estimate.value == flips / pairs
    assert estimate.effective_size == pairs


@pytest.mark.parametrize("is_exact", [False, True])
def test_independent_pairs_have_one_interval_with_or_without_others_beside_them(is_exact):
    rng = np.random.default_rng(3)
    flips = (rng.random((300, 4)) < [0.0, 0.02, 0.4, 1.0]).astype(float)
    alone = rates_and_means.rate_interval(flips, np.ones(300), 300, 0.95, True, is_exact)
    # Of the last column it is said that pairs depend on each other, so that all errors are found.
    which = np.array([True, True, True, True, False])
    beside = rates_and_means.rate_interval(
        np.column_stack([flips, flips[:, 2]]), np.ones(300), 300, 0.95, which, is_exact
    )
    for name, one, other in zip(alone._fields, alone, beside, strict=True):
        np.testing.assert_array_equal(one, other[:4], err_msg=name)
    assert beside.lower[4] != beside.lower[2]


def test_independent_pairs_with_two_each_are_near_wilsons_interval():
    rng = np.random.default_rng(1)
    place = np.repeat(rng.integers(0, NUM_BUCKETS, 4000), 2)
    flips = rng.random(8000) < 0.2
    estimate = rates_and_means.rate_interval(
        bucket_sums(place, flips), bucket_sums(place, np.ones(8000)), 4000
    )
    expected = proportion_confint(flips.sum(), 8000, method="wilson")
    width = expected[1] - expected[0]
    assert estimate.upper - estimate.lower == pytest.approx(width, rel=0.3)


@pytest.mark.parametrize("weighted", [False, True])
def test_standard_error_is_that_of_cluster_robust_regression(weighted):
    bucket, flips, weights = clustered(3, weighted=weighted)
    estimate = rates_and_means.rate_interval(
        bucket_sums(bucket, weights * flips), bucket_sums(bucket, weights), 300
    )
    model = sm.WLS(flips, np.ones_like(flips), weights=weights)
    robust = model.fit(cov_type="cluster", cov_kwds={"groups": bucket})
    assert estimate.value == pytest.approx(robust.params[0])
    assert estimate.standard_error == pytest.approx(robust.bse[0] * correction(bucket), rel=1e-9)


def test_difference_has_the_standard_error_of_cluster_robust_regression():
    bucket, candidate, _ = clustered(4)
    baseline = np.where(np.random.default_rng(5).random(len(candidate)) < 0.6, candidate, 1.0)
    pairs = bucket_sums(bucket, np.ones_like(candidate))
    estimate = rates_and_means.rate_difference(
        bucket_sums(bucket, candidate), bucket_sums(bucket, baseline), pairs, 300
    )
    model = sm.OLS(candidate - baseline, np.ones_like(candidate))
    robust = model.fit(cov_type="cluster", cov_kwds={"groups": bucket})
    events = 1 + 2 / estimate.effective_size
    assert estimate.value == pytest.approx(robust.params[0])
    assert estimate.standard_error == pytest.approx(
        robust.bse[0] * correction(bucket) * np.sqrt(events), rel=1e-9
    )
    assert estimate.p_value < 1e-6


def test_counterfactuals_of_one_original_do_not_make_the_interval_narrower():
    bucket, flips, _ = clustered(6)
    one = np.ones_like(flips)
    once = rates_and_means.rate_interval(bucket_sums(bucket, flips), bucket_sums(bucket, one), 300)
    # Every pair ten times: ten times the rows, not one more original.
    often = rates_and_means.rate_interval(
        bucket_sums(bucket, 10 * flips), bucket_sums(bucket, 10 * one), 300
    )
    np.testing.assert_allclose(often[:5], once[:5], rtol=1e-9)
    naive = proportion_confint(flips.sum(), len(flips), method="wilson")
    assert once.upper - once.lower > 1.5 * (naive[1] - naive[0])


def test_no_flips_leave_room_above():
    pairs = np.full(NUM_BUCKETS, 10.0)
    estimate = rates_and_means.rate_interval(np.zeros(NUM_BUCKETS), pairs, NUM_BUCKETS)
    # As for 64 originals and not for 640 pairs.
    assert (estimate.value, estimate.lower) == (0, 0)
    assert 0.05 < estimate.upper < 0.06
    assert estimate.standard_error > 0
    all_flip = rates_and_means.rate_interval(pairs, pairs, NUM_BUCKETS)
    assert all_flip.lower == pytest.approx(1 - estimate.upper)
    assert all_flip.upper == 1


def test_a_conditional_rate_without_flips_counts_only_originals_it_is_over():
    negatives = np.zeros(NUM_BUCKETS)
    negatives[:5] = 3.0
    estimate = rates_and_means.rate_interval(np.zeros(NUM_BUCKETS), negatives, 1000)
    assert estimate.effective_size < 7
    assert estimate.upper > 0.3


@pytest.mark.parametrize("function", ["rate", "mean", "bounded", "bootstrap", "difference"])
def test_nothing_gives_nan(function):
    zero = np.zeros((NUM_BUCKETS, 2))
    estimate = {
        "rate": lambda: rates_and_means.rate_interval(zero, zero, 0),
        "mean": lambda: rates_and_means.mean_interval(zero, zero, 0),
        "bounded": lambda: rates_and_means.mean_interval(zero, zero, 0, bounds=(0, 1)),
        "bootstrap": lambda: rates_and_means.poisson_bootstrap_interval(zero, zero),
        "difference": lambda: rates_and_means.rate_difference(zero, zero, zero, 0),
    }[function]()
    for field in ("value", "lower", "upper", "standard_error"):
        assert np.isnan(getattr(estimate, field)).all(), field
    np.testing.assert_array_equal(estimate.effective_size, [0, 0])
    if function == "difference":
        assert np.isnan(estimate.p_value).all()
        assert rates_and_means.too_few_to_compare(estimate, 0).all()
    else:
        assert rates_and_means.too_few_to_say(estimate, 0).all()


@given(st.integers(0, 2**32 - 1), st.integers(1, 7))
def test_merging_parts_in_any_order_changes_nothing(seed, num_parts):
    bucket, flips, weights = clustered(7, weighted=True)
    part = np.random.default_rng(seed).integers(0, num_parts, len(bucket))
    total = np.zeros((2, NUM_BUCKETS))
    for i in np.random.default_rng(seed).permutation(num_parts):
        here = part == i
        total[0] += bucket_sums(bucket[here], (weights * flips)[here])
        total[1] += bucket_sums(bucket[here], weights[here])
    merged = rates_and_means.rate_interval(total[0], total[1], 300)
    whole = rates_and_means.rate_interval(
        bucket_sums(bucket, weights * flips), bucket_sums(bucket, weights), 300
    )
    np.testing.assert_allclose(merged, whole, rtol=1e-9)


def test_weights_have_no_unit():
    bucket, flips, weights = clustered(8, weighted=True)
    f, n = bucket_sums(bucket, weights * flips), bucket_sums(bucket, weights)
    for function in (rates_and_means.rate_interval, rates_and_means.mean_interval):
        np.testing.assert_allclose(function(f / 1000, n / 1000, 300), function(f, n, 300))
    half = f / 2
    np.testing.assert_allclose(
        rates_and_means.rate_difference(half / 1000, f / 1000, n / 1000, 300),
        rates_and_means.rate_difference(half, f, n, 300),
    )


def test_swapping_sides_mirrors_a_rate():
    bucket, flips, _ = clustered(9)
    n = bucket_sums(bucket, np.ones_like(flips))
    one = rates_and_means.rate_interval(bucket_sums(bucket, flips), n, 300)
    other = rates_and_means.rate_interval(bucket_sums(bucket, 1 - flips), n, 300)
    np.testing.assert_allclose(other.lower, 1 - one.upper)
    difference = rates_and_means.rate_difference(bucket_sums(bucket, flips), n, n, 300)
    mirrored = rates_and_means.rate_difference(n, bucket_sums(bucket, flips), n, 300)
    assert (mirrored.lower, mirrored.upper) == pytest.approx((-difference.upper, -difference.lower))
    assert mirrored.p_value == difference.p_value


def test_axes_match_from_the_left():
    rng = np.random.default_rng(10)
    pairs = rng.integers(1, 30, (NUM_BUCKETS, 4)).astype(float)
    flips = np.floor(pairs[..., None] * rng.random((NUM_BUCKETS, 4, 3)))
    originals = np.array([70, 80, 90, 100])
    together = rates_and_means.rate_interval(flips, pairs, originals)
    assert together.value.shape == (4, 3)
    for s in range(4):
        for t in range(3):
            alone = rates_and_means.rate_interval(flips[:, s, t], pairs[:, s], originals[s])
            np.testing.assert_allclose([field[s, t] for field in together], alone)
    assert rates_and_means.too_few_to_say(together, originals).shape == (4, 3)
    difference = rates_and_means.rate_difference(flips, flips[..., ::-1], pairs, originals)
    assert rates_and_means.too_few_to_compare(difference, originals).shape == (4, 3)


def test_worked_examples_of_the_docstrings():
    one = np.ones(NUM_BUCKETS)
    rate = rates_and_means.rate_interval(2.0 * (np.arange(64) < 16), 2 * one, 64)
    assert (float(rate.value), float(rate.effective_size)) == (0.25, pytest.approx(62, abs=0.02))
    gap = rates_and_means.mean_interval(
        np.where(np.arange(64) < 32, 0.1, 0.3), one, 64, bounds=(0, 1)
    )
    assert gap.upper - gap.value == pytest.approx(0.0259, abs=5e-5)
    assert gap.value - gap.lower == pytest.approx(0.0259, abs=5e-5)
    flips = (np.arange(64) < 7).astype(float)
    difference = rates_and_means.rate_difference(flips, 0 * flips, 2 * one, 128)
    assert (difference.effective_size, difference.p_value) == (pytest.approx(7), 2.0**-7)


def test_models_that_never_differ_have_room_on_both_sides():
    bucket, flips, _ = clustered(11)
    f, n = bucket_sums(bucket, flips), bucket_sums(bucket, np.ones_like(flips))
    same = rates_and_means.rate_difference(f, f, n, 300)
    assert same.value == 0
    assert same.lower == -same.upper < 0
    assert same.p_value == 1
    assert rates_and_means.too_few_to_compare(same, 300)
    # One more flip by the candidate does not make the interval narrower.
    more = f.copy()
    more[np.argmax(n - f)] += 1
    assert rates_and_means.rate_difference(more, f, n, 300).effective_size == pytest.approx(1)


def test_rounding_of_weighted_sums_is_no_difference():
    f = np.random.default_rng(12).random(NUM_BUCKETS)
    n = np.full(NUM_BUCKETS, 5.0)
    difference = rates_and_means.rate_difference(f * 3 / 3 + 1e-16, f, n, 320)
    assert difference.effective_size == 0
    assert difference.p_value == 1


def test_mean_difference_allows_for_skewness():
    rng = np.random.default_rng(13)
    n = np.ones(NUM_BUCKETS)
    candidate, baseline = np.zeros(NUM_BUCKETS), rng.lognormal(-3, 1.5, NUM_BUCKETS).clip(0, 1)
    estimate = rates_and_means.mean_difference(candidate, baseline, n, 64, bounds=(-1, 1))
    # Large gaps may still be unseen: the baseline's gap, and so the fall, may be larger.
    assert estimate.value - estimate.lower > estimate.upper - estimate.value
    assert estimate.p_value < 1e-6
    assert np.isfinite(rates_and_means.mean_difference(candidate, baseline, n, 64).lower)


def test_jackknife_of_a_ratio_agrees_with_the_ratio_estimator():
    bucket, flips, _ = clustered(14)
    f, n = bucket_sums(bucket, flips), bucket_sums(bucket, np.ones_like(flips))
    left_out = (f.sum() - f) / (n.sum() - n)
    rate = rates_and_means.rate_interval(f, n, 300)
    for bounds in ((0, 1), None):
        jackknife = rates_and_means.jackknife_interval(left_out, rate.value, 0.95, bounds, 300)
        assert jackknife.standard_error == pytest.approx(rate.standard_error, rel=0.05)
        assert jackknife.lower == pytest.approx(rate.lower, abs=0.01)
        assert jackknife.upper == pytest.approx(rate.upper, abs=0.01)


def test_jackknife_leaves_one_out_exactly():
    values = np.array([0.7, 0.8, 0.75, 0.9])
    estimate = rates_and_means.jackknife_interval(values, 0.8)
    expected = np.sqrt(3 / 4 * np.square(values - values.mean()).sum())
    assert estimate.standard_error == pytest.approx(expected)


def test_jackknife_without_variation_or_definition():
    perfect = rates_and_means.jackknife_interval(np.ones(NUM_BUCKETS), 1.0, bounds=(0, 1))
    assert perfect.lower < 0.95
    assert perfect.upper == 1
    undefined = rates_and_means.jackknife_interval(
        np.array([0.5, np.nan, 0.6]), 0.55, bounds=(0, 1)
    )
    assert np.isnan(undefined.lower)
    assert rates_and_means.too_few_to_say(undefined, 1000)


def test_bootstrap_is_seeded_and_near_the_others():
    bucket, flips, _ = clustered(15)
    f, n = bucket_sums(bucket, flips), bucket_sums(bucket, np.ones_like(flips))
    one = rates_and_means.poisson_bootstrap_interval(f, n, seed=3)
    np.testing.assert_array_equal(one, rates_and_means.poisson_bootstrap_interval(f, n, seed=3))
    assert one.upper != rates_and_means.poisson_bootstrap_interval(f, n, seed=4).upper
    rate = rates_and_means.rate_interval(f, n, 300)
    assert one.standard_error == pytest.approx(rate.standard_error, rel=0.1)
    assert one.upper == pytest.approx(rate.upper, abs=0.015)
    # One column at a time, whatever stands beside it.
    beside = rates_and_means.poisson_bootstrap_interval(
        np.stack([f / 2, f], axis=1), np.stack([n, n], axis=1), seed=3
    )
    np.testing.assert_allclose([field[1] for field in beside], one)


def test_more_confidence_is_wider_and_more_originals_narrower():
    bucket, flips, _ = clustered(16)
    f, n = bucket_sums(bucket, flips), bucket_sums(bucket, np.ones_like(flips))
    for function in (rates_and_means.rate_interval, rates_and_means.mean_interval):
        narrow, wide = function(f, n, 300, 0.8), function(f, n, 300, 0.99)
        assert wide.lower < narrow.lower < narrow.upper < wide.upper


def test_minimum_detectable_difference():
    assert rates_and_means.minimum_detectable_difference(0.01) == pytest.approx(0.0280159, abs=1e-6)
    more = rates_and_means.minimum_detectable_difference([0.01, np.nan], 0.99, 0.9)
    assert more[0] == pytest.approx(0.01 * (2.5758293 + 1.2815516), abs=1e-6)
    assert np.isnan(more[1])
    with pytest.raises(errors.ConfigurationError, match="power is 1"):
        rates_and_means.minimum_detectable_difference(0.01, power=1)


@pytest.mark.parametrize(
    ("flips", "originals", "expected"), [(3, 400, True), (4, 400, False), (15, 29, True)]
)
def test_the_flag_goes_by_the_rarer_outcome(flips, originals, expected):
    place = np.arange(originals) % NUM_BUCKETS
    f = bucket_sums(place, np.arange(originals) < flips)
    n = bucket_sums(place, np.ones(originals))
    for events in (f, n - f):
        estimate = rates_and_means.rate_interval(events, n, originals)
        assert rates_and_means.too_few_to_say(estimate, originals) == expected


def test_the_page_on_intervals_computes_what_it_says(repository):
    failed, tried = doctest.testfile(
        str(repository / "docs" / "intervals.md"), module_relative=False
    )
    assert failed == 0
    assert tried > 10


def test_rounding_of_weights_does_not_decide():
    """Sums that were subtracted from each other differ in their last bits."""
    pairs = np.zeros(64)
    flips = np.zeros(64)
    pairs[3], flips[3] = 4.2 - 3.5, 0.7
    exact = rates_and_means.rate_interval(np.where(flips, 0.7, 0), np.where(pairs, 0.7, 0), 12)
    pairs[7] = 1e-17
    rounded = rates_and_means.rate_interval(flips, pairs, 12)
    assert pairs[3] != flips[3]
    np.testing.assert_allclose(rounded.lower, exact.lower, rtol=1e-9)
    np.testing.assert_allclose(rounded.upper, exact.upper, rtol=1e-9)


@pytest.mark.parametrize("exact", [True, False])
def test_several_means_of_the_same_pairs_are_each_as_alone(exact):
    rng = np.random.default_rng(3)
    counts = rng.integers(0, 4, (64, 3)).astype(np.float64)
    counts[:, 2] = 0.0
    sums = [counts * rng.random(counts.shape), counts * rng.uniform(-1, 1, counts.shape), counts]
    num, bounds = (counts > 0).sum(axis=0), [(0.0, 1.0), (-1.0, 1.0), None]
    together = rates_and_means.mean_intervals(sums, counts, num, 0.9, bounds, exact)
    for one, own_bounds, estimate in zip(sums, bounds, together, strict=True):
        alone = rates_and_means.mean_interval(one, counts, num, 0.9, own_bounds, exact)
        for field, expected in zip(estimate, alone, strict=True):
            assert field.tobytes() == expected.tobytes()
