"""Corrected rates: their formula, their distribution and their coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.intervals import reviewed_rates
from fairflip.metrics.intervals.judged_rates import (
    JudgedRate,
    Share,
    corrected_excess,
    corrected_rate,
    share_of_interval,
)
from fairflip.metrics.intervals.rates_and_means import wilson_interval

JUDGED = JudgedRate(Share(0.1, 1000), Share(0.5, 50), Share(0.9, 40))


def drawn(judged: JudgedRate, rng: np.random.Generator, size: int = 400_000) -> np.ndarray:
    """The same distribution by random numbers."""
    shares = [
        rng.beta(share.size * share.value + 0.5, share.size * (1 - share.value) + 0.5, size)
        for share in judged
    ]
    flips = shares[0] * shares[1]
    return flips / (flips + (1 - shares[0]) * shares[2])


def test_the_rate_is_over_the_pairs_that_count():
    assert corrected_rate(JUDGED)[0] == pytest.approx(0.1 * 0.5 / (0.1 * 0.5 + 0.9 * 0.9))


def test_bounds_are_quantiles_of_the_three_shares_together():
    _, lower, upper = corrected_rate(JUDGED, 0.9)
    expected = np.quantile(drawn(JUDGED, np.random.default_rng(1)), [0.05, 0.95])
    assert [lower, upper] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("correlation", [0.0, 0.8])
def test_bounds_of_an_excess_know_that_both_rates_move_together(correlation):
    controls = JudgedRate(Share(0.06, 800), Share(0.8, 5000), Share(0.9, 5000))
    judged = JUDGED._replace(counting_flips=Share(0.5, 5000), counting_others=Share(0.9, 5000))
    value, lower, upper = corrected_excess(judged, controls, correlation)
    # Nearly all that is open are the two flip rates.
    slopes = []
    for one in (judged, controls):
        up, down = (
            corrected_rate(one._replace(flips=Share(one.flips.value + step, one.flips.size)))[0]
            for step in (1e-6, -1e-6)
        )
        slopes.append((up - down) / 2e-6)
    errors = [
        slope * math.sqrt(one.flips.value * (1 - one.flips.value) / one.flips.size)
        for slope, one in zip(slopes, (judged, controls), strict=True)
    ]
    error = math.sqrt(errors[0] ** 2 + errors[1] ** 2 - 2 * correlation * errors[0] * errors[1])
    assert value == pytest.approx(corrected_rate(judged)[0] - corrected_rate(controls)[0])
    assert upper - lower == pytest.approx(2 * 1.96 * error, rel=0.12)


def test_the_same_answers_give_the_same_bounds():
    assert corrected_rate(JUDGED) == corrected_rate(JUDGED)


@pytest.mark.parametrize("judged", [0.0, 1.0])
def test_where_all_or_no_flips_count_the_interval_has_a_width(judged):
    value, lower, upper = corrected_rate(JUDGED._replace(counting_flips=Share(judged, 30)))
    assert 0 <= lower <= value <= upper <= 1
    assert upper - lower > 0.005
    assert (value == 0) == (judged == 0)


def test_nothing_flips_and_nothing_was_judged_of_it():
    judged = JudgedRate(Share(0.0, 500), Share(math.nan, 0), Share(0.9, 100))
    value, lower, upper = corrected_rate(judged)
    assert (value, lower < 1e-4, 0 < upper < 0.02) == (0.0, True, True)


def test_no_pair_counts():
    judged = JUDGED._replace(counting_flips=Share(0.0, 9), counting_others=Share(0.0, 9))
    assert math.isnan(corrected_rate(judged)[0])


@pytest.mark.parametrize(("value", "size"), [(0.0, 50), (0.1, 400), (0.5, 31)])
def test_a_size_is_read_back_from_an_interval(value, size):
    upper = float(wilson_interval(value, size, 0.9).upper)
    assert share_of_interval(value, upper, 0.9).size == pytest.approx(size)


def test_no_interval_no_size():
    assert share_of_interval(0.3, math.nan, 0.95).size == 0


def test_coverage_in_short():
    """The quick form of benchmarks/intervals/reviewed_rates.py: two settings, with wide bounds."""
    for case in (reviewed_rates.CASES[1], reviewed_rates.CASES[3]):
        measured = reviewed_rates.coverage(case, 120)
        assert measured.rate >= 0.88, case
        assert measured.excess >= 0.88, case
        assert 0 < measured.mean_width < 0.1, case
