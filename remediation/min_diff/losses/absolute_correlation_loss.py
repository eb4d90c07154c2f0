"""The absolute correlation of predictions with group membership."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from fairflip.remediation.min_diff.losses.min_diff_loss import MinDiffLoss


@keras.saving.register_keras_serializable(package="fairflip")
class AbsoluteCorrelationLoss(MinDiffLoss):
    """|weighted Pearson correlation| of predictions and membership.

    Range: 0 (uncorrelated; a batch of one group) to 1. Beutel et al.: Putting
    Fairness Principles into Practice (2019).

    Args:
        name: Shown in logs.
        enable_summary_histogram: Taken for compatibility; nothing is written.
    """

    #: Added to variances, whose square roots have no slope at 0.
    VARIANCE_FLOOR = 1e-7

    def __init__(self, name: str | None = None, enable_summary_histogram: bool = True):
        super().__init__(name=name, enable_summary_histogram=enable_summary_histogram)

    def call(self, membership: Any, predictions: Any, sample_weight: Any | None = None) -> Any:
        """The absolute correlation."""
        membership, predictions, weight = self.prepare(membership, predictions, sample_weight)
        centred = [v - ops.sum(weight * v) for v in (membership, predictions)]
        covariance = ops.sum(weight * centred[0] * centred[1])
        deviations = [
            ops.sqrt(ops.sum(weight * ops.square(v)) + self.VARIANCE_FLOOR) for v in centred
        ]
        return ops.abs(covariance / (deviations[0] * deviations[1]))
