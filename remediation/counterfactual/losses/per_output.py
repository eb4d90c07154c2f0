"""A pair loss of several outputs that do not exclude each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras

from fairflip.remediation.counterfactual.losses.counterfactual_loss import (
    CounterfactualLoss,
    logits_behind,
    with_logits,
)
from fairflip.remediation.counterfactual.losses.pairwise_losses import get


class SavedPerOutput:
    """How a loss is saved that is the weighted mean of one `loss` over outputs, by `weights`."""

    name: str
    loss: Any
    weights: list[float]

    def get_config(self) -> dict[str, Any]:
        """The loss and the weights."""
        return {
            "name": self.name,
            "loss": keras.saving.serialize_keras_object(self.loss),
            "weights": self.weights,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """The loss that `get_config` described."""
        return cls(**{**config, "loss": keras.saving.deserialize_keras_object(config["loss"])})


@keras.saving.register_keras_serializable(package="fairflip")
class PerOutputLoss(SavedPerOutput, CounterfactualLoss):
    """The mean of one pair loss over outputs: 1/K sum_k weight_k loss(f_k(x), f_k(x')).

    Predictions are `[num_pairs, K]`, and each column is a number of its own: several columns
    would else be taken for one distribution over classes. Range: that of the loss, times the
    mean weight.

    Args:
        loss: A pair loss, or its name.
        weights: `[K]`, one for each column; at least 0.
        name: Shown in logs.
    """

    defined_on_nothing = True

    def __init__(self, loss: Any, weights: Sequence[float], name: str | None = None):
        super().__init__(name)
        self.loss, self.weights = get(loss), [float(weight) for weight in weights]

    def call(self, original: Any, counterfactual: Any, sample_weight: Any | None = None) -> Any:
        """The weighted mean over the columns."""
        assert self.loss is not None
        total = sum(
            weight
            * self.loss(one_column(original, k), one_column(counterfactual, k), sample_weight)
            for k, weight in enumerate(self.weights)
        )
        return total / len(self.weights)


def one_column(outputs: Any, column: int) -> Any:
    """One column of predictions, `[rows, 1]`, and of the logits behind them."""
    logits = logits_behind(outputs)
    chosen = None if logits is None else logits[:, column : column + 1]
    return with_logits(outputs[:, column : column + 1], chosen)
