"""What every MinDiff loss has in common: its arguments, weights, and one-group batches."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from fairflip.remediation.counterfactual.losses.counterfactual_loss import (
    as_float_tensor,
    snake_case,
)
from fairflip.remediation.min_diff.losses import kernels


def divide_or_zero(numerator: Any, denominator: Any) -> Any:
    """The quotient, and 0 where the denominator is 0, with gradients that are 0 there."""
    nothing = ops.equal(denominator, 0.0)
    safe = ops.where(nothing, ops.ones_like(denominator), denominator)
    return ops.where(nothing, ops.zeros_like(numerator * safe), numerator / safe)


class MinDiffLoss(keras.losses.Loss, abc.ABC):
    """A distance between the predictions for two groups of examples.

    0 means that the two distributions cannot be told apart. A batch that holds
    one group only has nothing to compare: its loss is 0.

    Args:
        membership_transform: Applied to the membership first; a registered
            serialisable function, if the loss is to be saved.
        predictions_transform: The same for predictions, such as `keras.ops.sigmoid`.
        membership_kernel: For subclasses that compare memberships by a kernel.
        predictions_kernel: The kernel of predictions, by name or object.
        name: Shown in logs. Default: the class's name in snake case.
        enable_summary_histogram: Taken for compatibility; nothing is written.
    """

    def __init__(
        self,
        membership_transform: Callable[[Any], Any] | None = None,
        predictions_transform: Callable[[Any], Any] | None = None,
        membership_kernel: str | kernels.MinDiffKernel | None = None,
        predictions_kernel: str | kernels.MinDiffKernel | None = None,
        name: str | None = None,
        enable_summary_histogram: bool = True,
    ):
        super().__init__(name=name or snake_case(type(self).__name__), reduction=None)
        for argument, transform in (
            ("membership_transform", membership_transform),
            ("predictions_transform", predictions_transform),
        ):
            if transform is not None and not callable(transform):
                raise ValueError(f"`{argument}` must be callable, not {transform!r}.")
        self.membership_transform = membership_transform
        self.predictions_transform = predictions_transform
        self.membership_kernel = kernels.get(membership_kernel)
        self.predictions_kernel = kernels.get(predictions_kernel)
        self.enable_summary_histogram = enable_summary_histogram

    def __call__(self, membership: Any, predictions: Any, sample_weight: Any | None = None) -> Any:
        """The loss of a batch.

        Args:
            membership: 1 for the sensitive group, 0 for the other, `[rows]` or `[rows, 1]`.
            predictions: `[rows, columns]`.
            sample_weight: None, a scalar, `[rows]` or `[rows, 1]`; not negative.

        Returns:
            A scalar.
        """
        with keras.name_scope(self.name):
            return self.call(membership, predictions, sample_weight)

    @abc.abstractmethod
    def call(self, membership: Any, predictions: Any, sample_weight: Any | None = None) -> Any:
        """The loss of a batch as a scalar; see `__call__`."""

    def prepare(
        self, membership: Any, predictions: Any, sample_weight: Any | None
    ) -> tuple[Any, Any, Any]:
        """Membership `[rows, 1]`, predictions `[rows, columns]`, weights that sum to 1."""
        if self.membership_transform is not None:
            membership = self.membership_transform(membership)
        if self.predictions_transform is not None:
            predictions = self.predictions_transform(predictions)
        membership = ops.reshape(as_float_tensor(membership), (-1, 1))
        predictions = as_float_tensor(predictions)
        if len(predictions.shape) == 1:
            predictions = ops.expand_dims(predictions, -1)
        membership = ops.cast(membership, predictions.dtype)
        weight = ops.ones_like(membership)
        if sample_weight is not None:
            given = ops.cast(ops.convert_to_tensor(sample_weight), predictions.dtype)
            weight = weight * (ops.reshape(given, (-1, 1)) if len(given.shape) else given)
        return membership, predictions, divide_or_zero(weight, ops.sum(weight))

    def get_config(self) -> dict[str, Any]:
        """Transforms and kernels, serialised by Keras."""
        parts = {
            "membership_transform": self.membership_transform,
            "predictions_transform": self.predictions_transform,
            "membership_kernel": self.membership_kernel,
            "predictions_kernel": self.predictions_kernel,
        }
        config: dict[str, Any] = {
            key: keras.saving.serialize_keras_object(part)
            for key, part in parts.items()
            if part is not None
        }
        config["name"] = self.name
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> MinDiffLoss:
        """The loss that `get_config` described."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})
