"""Cohen's kappa by hand, and its interval by leaving out each pair."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from fairflip.metrics.intervals.agreement import cohens_kappa


def answers(table: tuple[int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Answers with so many (no, no), (no, yes), (yes, no) and (yes, yes)."""
    first = np.repeat([False, False, True, True], table)
    second = np.repeat([False, True, False, True], table)
    return first, second


def by_definition(first: np.ndarray, second: np.ndarray) -> float:
    agreeing = np.mean(first == second)
    chance = first.mean() * second.mean() + (1 - first.mean()) * (1 - second.mean())
    return (agreeing - chance) / (1 - chance)


def test_kappa_of_a_table():
    kappa = cohens_kappa(*answers((15, 10, 5, 20)))
    assert (kappa.share_agreeing, kappa.value) == (pytest.approx(0.7), pytest.approx(0.4))


def test_interval_is_the_jackknife_over_pairs():
    first, second = answers((15, 10, 5, 20))
    size = len(first)
    left_out = [
        by_definition(np.delete(first, index), np.delete(second, index)) for index in range(size)
    ]
    variance = (size - 1) / size * np.sum((left_out - np.mean(left_out)) ** 2)
    reach = stats.t.ppf(0.975, size - 1) * math.sqrt(variance)
    kappa = cohens_kappa(first, second)
    assert kappa.lower == pytest.approx(0.4 - reach)
    assert kappa.upper == pytest.approx(0.4 + reach)


def test_interval_holds_the_truth():
    """Two reviewers who each err in 15 % of 100 pairs, of which 70 % are valid."""
    rng = np.random.default_rng(0)
    valid = rng.random((1500, 100)) < 0.7
    first, second = (valid ^ (rng.random(valid.shape) < 0.15) for _ in range(2))
    truth = by_definition(first.ravel(), second.ravel())
    held = 0
    for one, other in zip(first, second, strict=True):
        kappa = cohens_kappa(one, other)
        held += kappa.lower <= truth <= kappa.upper
    assert 0.93 <= held / len(valid) <= 0.97


def test_perfect_agreement_has_a_lower_bound():
    kappa = cohens_kappa(*answers((10, 0, 0, 20)))
    assert (kappa.value, kappa.upper) == (1, 1)
    assert 0.6 < kappa.lower < 0.95


def test_one_answer_to_all_says_nothing():
    kappa = cohens_kappa(*answers((0, 0, 0, 20)))
    assert kappa.share_agreeing == 1
    assert math.isnan(kappa.value)


def test_no_pair_in_common():
    assert math.isnan(cohens_kappa([], []).share_agreeing)
