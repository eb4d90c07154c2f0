"""Tests of tests: against statsmodels, exact enumeration, and each other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from fairflip.metrics.intervals import hypothesis_tests


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_equals_statsmodels(n01, n10):
    expected = mcnemar([[5, n01], [n10, 7]], exact=True).pvalue
    assert hypothesis_tests.mcnemar_exact(n01, n10) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_is_vectorised_and_broadcasts():
    p = hypothesis_tests.mcnemar_exact(np.array([[1], [8], [0]]), np.array([8, 1, 0]))
    assert p.shape == (3, 3)
    assert p[0, 0] == p[1, 1] == pytest.approx(20 / 512)
    assert p[2, 2] == 1.0


def test_mcnemar_with_many_flips_stays_exact():
    p = hypothesis_tests.mcnemar_exact(500_000, 502_000)
    assert p == pytest.approx(2 * stats.binom.cdf(500_000, 1_002_000, 0.5), rel=1e-6)


@pytest.mark.parametrize("wrong", [-1, 0.5, np.nan])
def test_mcnemar_refuses_what_is_no_count(wrong):
    with pytest.raises(ValueError, match="unweighted counts"):
        hypothesis_tests.mcnemar_exact([1, wrong], [1, 1])
    with pytest.raises(ValueError, match="positive_to_negative"):
        hypothesis_tests.mcnemar_exact(1, wrong)


def sign_flip_p_value(differences: np.ndarray) -> float:
    """By enumeration of all signs: the mid-p of the exact randomisation test."""
    seen = abs(differences.sum())
    signs = np.array(list(itertools.product((-1, 1), repeat=len(differences))))
    sums = np.abs(signs @ differences)
    above, equal = sums > seen + 1e-9, np.abs(sums - seen) <= 1e-9
    return float(above.mean() + 0.5 * equal.mean())


@pytest.mark.parametrize("signs", [(1, 1, 1, 1, 1, 1, -1, -1), (1,) * 9, (1, -1), (1, 1, -1)])
def test_equal_events_give_the_exact_randomisation_test(signs):
    d = np.concatenate([2.5 * np.array(signs, float), np.zeros(20)])
    expected = min(1.0, sign_flip_p_value(2.5 * np.array(signs, float)))
    # At a tie in the middle the binomial's middle term counts once in both tails.
    if sum(signs):
        assert hypothesis_tests.paired_cluster_test(d) == pytest.approx(expected, abs=1e-12)
    else:
        assert hypothesis_tests.paired_cluster_test(d) == 1.0


def test_unequal_events_are_near_the_exact_randomisation_test():
    rng = np.random.default_rng(0)
    for _ in range(30):
        d = rng.normal(0.3, 1.0, 14)
        exact, ours = sign_flip_p_value(d), hypothesis_tests.paired_cluster_test(d)
        # Where a decision hangs on it, it is nearer.
        assert ours == pytest.approx(exact, abs=0.015 if exact < 0.1 else 0.05)


def test_many_events_give_the_score_test():
    d = np.random.default_rng(1).normal(0.002, 1.0, (4000, 50))
    z = d.sum(axis=0) / np.sqrt(np.square(d).sum(axis=0))
    expected = 2 * stats.norm.sf(np.abs(z))
    np.testing.assert_allclose(hypothesis_tests.paired_cluster_test(d), expected, atol=0.005)


@given(
    st.lists(st.floats(-1e3, 1e3, allow_subnormal=False), min_size=2, max_size=30),
    st.floats(0.01, 100),
)
def test_p_values_ignore_order_scale_and_side(differences, scale):
    d = np.array(differences)
    p = hypothesis_tests.paired_cluster_test(d)
    assert 0 <= p <= 1
    for same in (d[::-1], -d, np.concatenate([d, np.zeros(3)])):
        assert hypothesis_tests.paired_cluster_test(same) == pytest.approx(p, rel=1e-6, abs=1e-12)
    scaled = d * scale
    if np.square(scaled).sum() > 1e-200:
        assert hypothesis_tests.paired_cluster_test(scaled) == pytest.approx(p, rel=1e-6, abs=1e-12)


def test_nothing_differs_and_nan_stay_apart():
    p = hypothesis_tests.paired_cluster_test(np.array([[0.0, 1.0, np.nan], [0.0, 1.0, 1.0]]))
    assert p[0] == 1.0
    assert p[1] == pytest.approx(0.25)
    assert np.isnan(p[2])
    with pytest.raises(ValueError, match="leading axis"):
        hypothesis_tests.paired_cluster_test(1.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_benjamini_hochberg_equals_statsmodels(p_values):
    expected = multipletests(p_values, method="fdr_bh")[1]
    adjusted = hypothesis_tests.benjamini_hochberg(p_values)
    np.testing.assert_allclose(adjusted, expected, rtol=1e-9, atol=1e-300)


@given(st.lists(st.one_of(st.floats(0, 1), st.just(np.nan)), max_size=20))
def test_nan_is_no_test(p_values):
    p = np.array(p_values, float)
    adjusted = hypothesis_tests.benjamini_hochberg(p)
    known = ~np.isnan(p)
    np.testing.assert_array_equal(np.isnan(adjusted), ~known)
    np.testing.assert_allclose(
        adjusted[known], hypothesis_tests.benjamini_hochberg(p[known]), rtol=1e-12
    )
    assert (adjusted[known] >= p[known]).all()


def test_each_threshold_is_a_family_of_its_own():
    p = np.random.default_rng(2).random((7, 3))
    p[2, 1] = np.nan
    adjusted = hypothesis_tests.benjamini_hochberg(p)
    for t in range(3):
        np.testing.assert_array_equal(adjusted[:, t], hypothesis_tests.benjamini_hochberg(p[:, t]))
    np.testing.assert_array_equal(hypothesis_tests.benjamini_hochberg(p.T, axis=1), adjusted.T)


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(ValueError, match="outside"):
        hypothesis_tests.benjamini_hochberg([0.5, wrong])
