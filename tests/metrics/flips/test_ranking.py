"""The AUC against direct counting, and that it depends on the order of scores alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairflip.metrics.flips.ranking import ranked_auc, ranked_auc_by_slice, roc_auc


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
