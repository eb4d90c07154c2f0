"""The AUC against direct counting, and that it depends on the order of scores alone."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairflip.metrics.flips.ranking import roc_auc


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
