"""The tensor of the outputs that are trained, and the loss of labels of which some are missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from fairflip.remediation.counterfactual.losses.counterfactual_loss import (
    logits_behind,
    with_logits,
)


class ChosenOutputs(keras.layers.Layer):
    """Some numbers of a model's outputs as probabilities `[rows, K]`.

    It remembers the logits behind them, where all are known: a saturated probability has no
    slope.

    Args:
        columns: Of each number its output, its unit, and whether it is a logit.
    """

    def __init__(self, columns: Sequence[tuple[int, int, bool]], **kwargs: Any):
        super().__init__(**kwargs)
        self._columns = [(int(output), int(unit), bool(logit)) for output, unit, logit in columns]

    def call(self, outputs: list[Any]) -> Any:
        """The chosen columns, in their order."""
        parts, logits = [], []
        for number, unit, is_logit in self._columns:
            values = outputs[number][:, unit : unit + 1]
            behind = values if is_logit else logits_behind(outputs[number])
            if behind is not None and not is_logit:
                behind = behind[:, unit : unit + 1]
            parts.append(ops.sigmoid(values) if is_logit else values)
            logits.append(behind)
        known = None if any(each is None for each in logits) else ops.concatenate(logits, axis=-1)
        return with_logits(ops.concatenate(parts, axis=-1), known)

    def compute_output_shape(self, shapes: Any) -> tuple[Any, int]:
        """`[rows, K]`."""
        return (shapes[0][0], len(self._columns))

    def compute_output_spec(self, outputs: Any) -> Any:
        """`[rows, K]`, without tracing `call`, which looks for logits."""
        return keras.KerasTensor((outputs[0].shape[0], len(self._columns)), self.compute_dtype)


class KnownLabelsLoss(keras.losses.Loss):
    """Mean binary cross entropy over K outputs; a label that is NaN counts for nothing.

    Labels and predictions are `[rows, K]`; the loss of a row is the sum over its known labels,
    divided by K. Range: 0 and up.
    """

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """The loss of each row, `[rows]`."""
        known = ops.logical_not(ops.isnan(y_true))
        target = ops.where(known, y_true, ops.zeros_like(y_true))
        losses = ops.binary_crossentropy(target, y_pred)
        return ops.mean(ops.where(known, losses, ops.zeros_like(losses)), axis=-1)
