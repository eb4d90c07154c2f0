"""The AUC against direct counting, and that it depends on the order of scores alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairflip.metrics.flips.ranking import order_in_slices, ranked_auc, ranked_auc_by_slice, roc_auc


def test_auc_is_the_share_of_ordered_couples():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 6, 60) / 5.0
    labels = rng.integers(0, 2, 60)
    couples = [
        1.0 if p > n else 0.5 if p == n else 0.0
        for p in scores[labels == 1]
        for n in scores[labels == 0]
    ]
    assert roc_auc(scores, labels) == pytest.approx(np.mean(couples), abs=1e-12)
    assert math.isnan(roc_auc(scores, np.ones(60)))


@pytest.mark.parametrize("transform", [np.exp, lambda s: 1e-9 * s - 3, lambda s: s**3 - 12])
def test_auc_is_the_same_after_a_monotone_transform(transform):
    rng = np.random.default_rng(1)
    scores, labels = rng.normal(size=500).round(2), rng.integers(0, 2, 500)
    assert roc_auc(transform(scores), labels) == roc_auc(scores, labels)


def test_many_slices_at_once_have_the_areas_and_influences_of_each():
    rng = np.random.default_rng(2)
    # One without positives, one without rows, one whose positives are of one cluster, two others.
    slices = np.repeat([0, 2, 3, 4], [5, 6, 40, 90])
    scores = rng.integers(0, 9, len(slices)) / 8.0
    positive = rng.random(len(slices)) < 0.4
    positive[:5] = False
    clusters = rng.integers(0, 16, len(slices))
    positive[5:11] = clusters[5:11] == clusters[5]
    ranked = ranked_auc_by_slice(scores, positive, slices, clusters, (16, 5))
    assert math.isnan(ranked[1].value)
    assert [one.rests_on_one for one in ranked] == [False, False, True, False, False]
    for s in range(5):
        rows = slices == s
        one = ranked_auc(scores[rows], positive[rows], None, clusters[rows], 16)
        assert ranked[s].value == pytest.approx(one.value, nan_ok=True, abs=1e-15)
        assert ranked[s].influences == pytest.approx(one.influences, abs=1e-15)
        assert (ranked[s].rests_on_one, ranked[s].num_independent) == one[2:]


def test_infinite_scores_tie_in_a_table_of_slices_too():
    scores = np.array([np.inf, np.inf, 0.5, -np.inf, -np.inf, np.inf, -np.inf])
    labels = np.array([True, False, True, False, True, True, False])
    slices, clusters = np.array([0, 0, 0, 0, 0, 1, 1]), np.array([0, 1, 2, 3, 4, 0, 1])
    actual = ranked_auc_by_slice(scores, labels, slices, clusters, (5, 2))
    for s, auc in enumerate(actual):
        rows = np.flatnonzero(slices == s)
        expected = ranked_auc(scores[rows], labels[rows], None, clusters[rows], 5)
        assert auc.value == expected.value
        np.testing.assert_allclose(auc.influences, expected.influences, rtol=1e-14)


@pytest.mark.parametrize("num_slices", [1, 3, 300])
def test_rows_are_ordered_by_slice_then_key(num_slices):
    rng = np.random.default_rng(num_slices)
    slices = np.sort(rng.integers(0, num_slices, 2_000))
    keys = rng.permutation(2_000).astype(np.uint64) << np.uint64(40)
    order = order_in_slices(keys, slices)
    assert order.tolist() == np.lexsort((keys, slices)).tolist()
    assert order_in_slices(keys[:0], slices[:0]).tolist() == []
