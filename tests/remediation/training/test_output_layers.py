"""The loss of labels of which some are missing, against NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.remediation.training.output_layers import KnownLabelsLoss

pytestmark = pytest.mark.system


def test_a_missing_label_counts_for_nothing():
    labels = np.array([[1, 0, np.nan], [np.nan, np.nan, 1], [0, 1, 1]], np.float32)
    scores = np.array([[0.9, 0.2, 0.5], [0.1, 0.3, 0.6], [0.4, 0.7, 0.8]], np.float32)
    entropy = -np.where(labels == 1, np.log(scores), np.log(1 - scores))
    by_row = np.where(np.isnan(labels), 0, entropy).sum(axis=1) / 3
    weights = np.array([1.0, 2.0, 0.5], np.float32)
    actual = KnownLabelsLoss()
    assert float(actual(labels, scores)) == pytest.approx(by_row.mean(), rel=1e-5)
    weighted = float(actual(labels, scores, sample_weight=weights))
    assert weighted == pytest.approx((by_row * weights).mean(), rel=1e-5)
