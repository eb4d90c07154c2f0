"""A MinDiff loss of several outputs that do not exclude each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from fairflip.remediation.counterfactual.losses.per_output import SavedPerOutput
from fairflip.remediation.min_diff.losses.min_diff_loss import MinDiffLoss
from fairflip.remediation.min_diff.losses.names import get


@keras.saving.register_keras_serializable(package="fairflip")
class PerOutputMinDiffLoss(SavedPerOutput, MinDiffLoss):
    """The mean of one MinDiff loss over outputs, each over its own rows.

    Predictions are `[rows, K]`; of output k count the rows that weigh something in column k of
    `sample_weight` `[rows, K]`, such as those labelled negative for it.

    Args:
        loss: A MinDiff loss, or its name.
        weights: `[K]`, one for each column; at least 0.
        name: Shown in logs.
    """

    def __init__(self, loss: Any, weights: Sequence[float], name: str | None = None):
        super().__init__(name=name)
        each = get(loss)
        if each is None:
            raise ValueError("loss: there is none; give a MinDiff loss or its name, such as 'mmd'.")
        self.loss, self.weights = each, [float(weight) for weight in weights]

    def call(self, membership: Any, predictions: Any, sample_weight: Any | None = None) -> Any:
        """The weighted mean over the columns."""
        total = 0.0
        for k, weight in enumerate(self.weights):
            rows = None if sample_weight is None else sample_weight[:, k : k + 1]
            total += weight * ops.convert_to_tensor(
                self.loss(membership, predictions[:, k : k + 1], rows)
            )
        return total / len(self.weights)
