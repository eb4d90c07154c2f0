"""FlipCounts against a direct count, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.metrics.flips.counts import FlipCounts, rate
from fairflip.protos import errors

THRESHOLDS = (0.5, 0.25, 0.0, 1.0)


def direct_tables(original, counterfactual, weights, thresholds):
    """[T, 2, 2] by brute force, with no shared code."""
    result = np.zeros((len(thresholds), 2, 2))
    for row, (a, b, w) in enumerate(zip(original, counterfactual, weights, strict=True)):
        del row
        for i, t in enumerate(thresholds):
            result[i, int(float(a) > t), int(float(b) > t)] += w
    return result


# Eighths: many scores tie with a threshold, and sums of weights are exact.
scores = st.integers(0, 8).map(lambda eighth: eighth / 8)
pairs = st.lists(
    st.tuples(scores, scores, st.integers(0, 8).map(lambda w: w / 4), st.booleans()), max_size=40
)


def count(rows, thresholds=THRESHOLDS):
    columns = list(zip(*rows, strict=True)) or [[], [], [], []]
    return FlipCounts.count(
        columns[0], columns[1], thresholds, weights=columns[2], legitimate=columns[3]
    )


@pytest.mark.parametrize(
    ("original", "counterfactual", "cell"),
    [(0.5, 0.5, (0, 0)), (0.5, 0.51, (0, 1)), (0.51, 0.5, (1, 0)), (0.51, 0.51, (1, 1))],
)
def test_four_case_grid_a_score_at_the_threshold_is_negative(original, counterfactual, cell):
    counts = FlipCounts.count([original], [counterfactual], [0.5])
    expected = np.zeros((1, 2, 2))
    expected[(0, *cell)] = 1
    np.testing.assert_array_equal(counts.counts, expected)


def test_float32_scores_are_compared_in_float64():
    just_above = np.float32(0.3)  # 0.300000012: above 0.3 in float64, equal in float32.
    counts = FlipCounts.count(np.array([just_above]), np.array([0.3]), [0.3])
    assert counts.positive_to_negative.tolist() == [1.0]


@pytest.mark.parametrize("num_thresholds", [1, 7, 100])
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_a_direct_count_on_random_pairs(num_thresholds, weighted):
    random = np.random.default_rng(num_thresholds)
    thresholds = random.permutation(np.linspace(0, 1, num_thresholds + 1))[:num_thresholds]
    original, counterfactual = random.integers(0, 101, (2, 700)) / 100
    original[:50] = random.choice(thresholds, 50)
    weights = random.gamma(1.0, 2.0, 700) if weighted else None
    counts = FlipCounts.count(original, counterfactual, thresholds, weights)
    ones = np.ones(700)
    np.testing.assert_array_equal(
        counts.counts, direct_tables(original, counterfactual, ones, thresholds)
    )
    expected = direct_tables(
        original, counterfactual, ones if weights is None else weights, thresholds
    )
    np.testing.assert_allclose(counts.weights, expected, rtol=0, atol=1e-9)
    total = expected.sum(axis=(1, 2))
    np.testing.assert_allclose(
        counts.flip_rate, (expected[:, 0, 1] + expected[:, 1, 0]) / total, rtol=0, atol=1e-12
    )
    np.testing.assert_allclose(
        counts.negative_to_positive_given_negative, rate(expected[:, 0, 1], expected[:, 0].sum(-1))
    )
    np.testing.assert_allclose(counts.positive_rate, expected[:, 1].sum(-1) / total)
    np.testing.assert_allclose(
        counts.counterfactual_positive_rate, expected[:, :, 1].sum(-1) / total
    )


def test_no_flip_gives_exactly_zero_with_odd_weights():
    random = np.random.default_rng(1)
    original = random.random(1000)
    counts = FlipCounts.count(original, original, np.linspace(0, 1, 20), random.random(1000) / 3)
    assert not counts.flip_rate.any()


def test_legitimate_pairs_are_apart_and_in_no_rate():
    counts = FlipCounts.count(
        [0.9, 0.1, 0.9], [0.1, 0.9, 0.9], [0.5], weights=[1, 2, 4], legitimate=[True, False, False]
    )
    assert counts.num_pairs == 2
    assert counts.flip_rate.tolist() == [2 / 6]
    assert counts.positive_to_negative.tolist() == [0]
    assert counts.legitimate_counts[0].tolist() == [[0, 0], [1, 0]]
    assert counts.legitimate_weights[0, 1, 0] == 1


def test_nothing_seen_gives_nan_and_a_count_of_zero():
    empty = FlipCounts.zero(THRESHOLDS)
    assert empty.num_pairs == 0
    for name in (
        "flip_rate",
        "negative_to_positive_rate",
        "positive_to_negative_given_positive",
        "positive_rate",
    ):
        assert np.isnan(getattr(empty, name)).all(), name


def test_a_condition_that_never_held_gives_nan():
    counts = FlipCounts.count([0.9], [0.1], [0.5])
    assert np.isnan(counts.negative_to_positive_given_negative[0])
    assert counts.positive_to_negative_given_positive[0] == 1


@given(pairs, st.randoms(use_true_random=False), st.integers(1, 5))
def test_split_and_order_never_matter(rows, random, num_parts):
    parts = [rows[start::num_parts] for start in range(num_parts)]
    random.shuffle(parts)
    merged = FlipCounts.sum((count(part) for part in parts), THRESHOLDS)
    assert merged == count(rows)
    backwards = FlipCounts.sum([count(part) for part in reversed(parts)], THRESHOLDS)
    assert backwards == merged
    assert merged + FlipCounts.zero(THRESHOLDS) == merged


@given(pairs)
def test_swapping_the_sides_swaps_the_directions(rows):
    one = count(rows)
    other = count([(b, a, w, mark) for a, b, w, mark in rows])
    np.testing.assert_array_equal(one.counts, other.counts.transpose(0, 2, 1))
    np.testing.assert_array_equal(one.negative_to_positive_rate, other.positive_to_negative_rate)
    np.testing.assert_array_equal(one.flip_rate, other.flip_rate)


@given(
    st.lists(
        st.tuples(st.floats(-1, 2), st.floats(-1, 2), st.floats(0, 1e6)), min_size=1, max_size=30
    )
)
def test_rates_lie_in_zero_to_one(rows):
    original, counterfactual, weights = zip(*rows, strict=True)
    counts = FlipCounts.count(original, counterfactual, THRESHOLDS, weights)
    for name in (
        "flip_rate",
        "negative_to_positive_rate",
        "positive_to_negative_given_positive",
        "counterfactual_positive_rate",
    ):
        values = getattr(counts, name)
        assert (np.isnan(values) | ((values >= 0) & (values <= 1))).all(), name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0.1], [0.1, 0.2]), r"counterfactual scores have shape \(2,\).*\(1,\)"),
        (([0.1, np.nan], [0.1, 0.2]), "original score of pair 1 is NaN"),
        (([0.1, 0.2], [np.nan, 0.2]), "counterfactual score of pair 0 is NaN"),
        (([0.1], [0.1], [0.5], [-1.0]), "weight of pair 0 is -1.0"),
        (([0.1], [0.1], [0.5], [np.inf]), "weight of pair 0 is inf"),
        (([0.1], [0.1], [0.5], None, [True, False]), "marks of legitimate flips"),
    ],
)
def test_wrong_pairs_are_refused_by_name(arguments, message):
    original, counterfactual, *rest = arguments
    with pytest.raises(errors.InputError, match=message):
        FlipCounts.count(original, counterfactual, *(rest or [[0.5]]))


def test_counts_at_other_thresholds_do_not_add():
    with pytest.raises(ValueError, match="thresholds"):
        FlipCounts.zero([0.5]) + FlipCounts.zero([0.6])
