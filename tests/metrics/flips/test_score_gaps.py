"""Gaps, quantiles, spread per original, matched threshold, class transitions: NumPy parts."""

from __future__ import annotations

import fractions
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.metrics.flips import score_gaps
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.pairs.class_transitions import ClassTransitions
from fairflip.metrics.pairs.kept_pairs import KeptPairs
from fairflip.metrics.pairs.pair_rows import PairRows, concatenate
from fairflip.protos import errors


def direct_quantile(values, weights, q):
    """The definition, with exact fractions."""
    rows = sorted((v, fractions.Fraction(w)) for v, w in zip(values, weights, strict=True) if w > 0)
    total = sum(w for _, w in rows)
    below = fractions.Fraction(0)
    for value, weight in rows:
        below += weight
        if below >= fractions.Fraction(str(q)) * total:
            return value
    return float("nan")


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3)), max_size=120),
    st.sampled_from([0, 0.07, 0.1, 0.25, 0.5, 0.57, 0.9, 0.99, 1]),
)
def test_weighted_quantiles_follow_their_definition(rows, q):
    values = np.array([v / 20 for v, _ in rows])
    weights = np.array([float(w) for _, w in rows])
    [got] = score_gaps.weighted_quantiles(values, weights, [q])
    np.testing.assert_equal(got, direct_quantile(values, weights, q))


def test_unweighted_quantiles_are_numpys_inverted_cdf():
    values = np.random.default_rng(0).random(997)
    orders = [0.0, 0.05, 0.5, 0.9, 0.999, 1.0]
    np.testing.assert_array_equal(
        score_gaps.weighted_quantiles(values, np.ones(997), orders),
        np.quantile(values, orders, method="inverted_cdf"),
    )


def test_score_spread_is_over_originals_with_one_to_twenty_counterfactuals():
    random = np.random.default_rng(1)
    original, counterfactual, weights, ids, deviations, ranges = [], [], [], [], [], []
    for example in range(200):
        own, others = random.random(), random.random(random.integers(1, 21))
        weight = random.random()
        original += [own] * len(others)
        counterfactual += list(others)
        weights += [weight] * len(others)
        ids += [example * 7919] * len(others)
        scores = np.array([own, *others])
        deviations.append((np.std(scores), weight))
        ranges.append((np.ptp(scores), weight))
    shuffled = random.permutation(len(ids))
    columns = [np.array(c)[shuffled] for c in (original, counterfactual, weights)]
    got = score_gaps.score_spread(*columns, np.array(ids, np.uint64)[shuffled])
    expected = [
        np.average([v for v, _ in pairs], weights=[w for _, w in pairs])
        for pairs in (deviations, ranges)
    ]
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


def test_nothing_has_no_gap():
    none = np.zeros(0)
    assert np.isnan(score_gaps.weighted_mean(none, none))
    assert np.isnan(score_gaps.weighted_quantiles(none, none, [0.5])).all()
    assert np.isnan(score_gaps.score_spread(none, none, none, np.zeros(0, np.uint64))).all()


def direct_matched_threshold(scores, weights, target, own):
    """Every rate that can be had tried, in exact arithmetic."""
    weights = [fractions.Fraction(w) for w in weights]
    total = sum(weights)

    def rate(t):
        return sum(w for s, w in zip(scores, weights, strict=True) if s > t) / total

    if rate(own) == target:
        return own
    observed = sorted(set(scores))
    middles = [(a + b) / 2 for a, b in itertools.pairwise(observed)]
    tried = [np.nextafter(observed[0], -1), *middles, observed[-1]]
    return min((abs(rate(t) - target), rate(t) > target, t) for t in tried)[2]


@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4)), min_size=1, max_size=30),
    st.integers(0, 12),
    st.sampled_from([-0.5, 0.0, 0.3, 0.5, 0.75, 1.5]),
)
def test_matched_threshold_is_the_nearest_of_all(rows, twelfths, own):
    scores = np.array([s / 8 for s, _ in rows])
    weights = np.array([float(w) for _, w in rows])
    expected = direct_matched_threshold(
        scores.tolist(), [w for _, w in rows], fractions.Fraction(twelfths, 12), own
    )
    assert matched_threshold(scores, weights, twelfths / 12, own) == expected
    # What weighs nothing does not move it, nor does naming a threshold that fails.
    more = np.append(scores, [0.06, 0.94]), np.append(weights, [0.0, 0.0])
    assert matched_threshold(*more, twelfths / 12, own) == expected
    if expected != own:
        assert matched_threshold(scores, weights, twelfths / 12, None) == expected


def test_matched_threshold_stays_clear_of_the_edges_of_a_gap():
    scores = np.array([0.02, 0.03, 0.04, 0.97, 0.98])
    # The baseline's threshold gives the rate that is wanted: nothing is to be matched.
    assert matched_threshold(scores, None, 0.4, 0.5) == 0.5
    # It does not: the middle of the gap, not the score at its edge.
    assert matched_threshold(scores, None, 0.4, 0.99) == pytest.approx(0.505)
    next_up = np.nextafter(0.3, 1)
    assert matched_threshold(np.array([0.3, next_up]), None, 0.5, 0.9) == 0.3


def test_matched_threshold_of_nothing_is_nan():
    assert np.isnan(matched_threshold(np.zeros(0), None, 0.5, 0.5))
    assert np.isnan(matched_threshold(np.ones(3), np.zeros(3), 0.5, 0.5))


def rows_of(columns):
    original, counterfactual, weights, ids = columns
    return PairRows(
        np.array(original), np.array(counterfactual), np.array(weights), list(ids),
        np.zeros(len(original), bool),
    )  # fmt: skip


def test_kept_pairs_are_the_same_in_any_order_and_split():
    random = np.random.default_rng(2)
    original, counterfactual, weights = random.integers(0, 5, (3, 400)) / 4
    ids = np.array([f"id_{i % 90}" for i in range(400)], object)
    order = random.permutation(400)
    total = KeptPairs()
    for part in np.array_split(order, 77):  # More than the chunks that are kept apart.
        total = total + KeptPairs.of(
            rows_of((original[part], counterfactual[part], weights[part], ids[part]))
        )
    assert len(total.chunks) <= 33
    whole = KeptPairs.of(rows_of((original, counterfactual, weights, ids))).columns()
    for name in ("original", "counterfactual", "weights", "id_hashes"):
        np.testing.assert_array_equal(getattr(total.columns(), name), getattr(whole, name))


def test_kept_pairs_leave_legitimate_flips_out_and_refuse_infinity():
    rows = PairRows(np.array([0.1, 0.2]), np.array([0.3, 0.4]), legitimate=np.array([True, False]))
    assert KeptPairs.of(rows).columns().original.tolist() == [0.2]
    with pytest.raises(errors.InputError, match="counterfactual score of pair 1 is infinite"):
        KeptPairs.of(PairRows(np.array([0.1, 0.2]), np.array([0.3, np.inf])))


def test_class_transitions_equal_a_direct_table_in_any_split():
    random = np.random.default_rng(3)
    before, after = random.integers(0, 4, (2, 500))
    weights = random.integers(0, 9, 500) / 4
    legitimate = random.random(500) < 0.1
    expected = np.zeros((4, 4))
    for a, b, w, mark in zip(before, after, weights, legitimate, strict=True):
        expected[a, b] += 0 if mark else w
    total = ClassTransitions.zero()
    for part in np.array_split(np.arange(500), 9)[::-1]:
        total = total + ClassTransitions.count(
            PairRows(
                before[part], after[part], weights[part], legitimate=legitimate[part], num_classes=4
            )
        )
    np.testing.assert_array_equal(total.weights, expected)
    assert total.num_pairs == int((~legitimate).sum())
    assert total.num_legitimate_pairs == int(legitimate.sum())
    np.testing.assert_array_equal(total.gains, expected.sum(0) - expected.diagonal())
    np.testing.assert_array_equal(total.losses, expected.sum(1) - expected.diagonal())
    assert total.change_rate == pytest.approx(
        1 - expected.trace() / expected.sum(), rel=0, abs=1e-12
    )
    assert np.isnan(ClassTransitions.zero().change_rate)


def test_other_numbers_of_classes_do_not_add():
    one = ClassTransitions(np.zeros((2, 2)))
    with pytest.raises(errors.InputError, match=r"2 classes.*3"):
        one + ClassTransitions(np.zeros((3, 3)))


def test_concatenated_rows_keep_every_column():
    parts = [rows_of(([0.1], [0.2], [1.0], ["a"])), rows_of(([0.3], [0.4], [2.0], [None]))]
    joined = concatenate(parts)
    assert joined.size == 2
    assert joined.ids == ["a", None]
    assert joined.weights.tolist() == [1.0, 2.0]
    assert joined.baseline is None
