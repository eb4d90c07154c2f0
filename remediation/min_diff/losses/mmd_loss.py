"""Maximum mean discrepancy between two groups' predictions, plain and adjusted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from fairflip.remediation.min_diff.losses import kernels
from fairflip.remediation.min_diff.losses.min_diff_loss import MinDiffLoss, divide_or_zero


class _KernelMeans(NamedTuple):
    """Weighted mean similarities within and between groups, and what made them.

    `within` and `weights` hold the sensitive group's first, then the other's.
    """

    within: tuple[Any, Any]
    between: Any
    both_present: Any
    weights: tuple[Any, Any]
    self_similarity: Any


@keras.saving.register_keras_serializable(package="fairflip")
class MMDLoss(MinDiffLoss):
    """Squared maximum mean discrepancy of two groups' predictions.

    mean k(a, a') - 2 mean k(a, b) + mean k(b, b') over the sensitive group's
    predictions a and the other group's b, with equal pairs included. Range: 0
    (equal distributions) to 2. The square root is left out, since its slope has
    no bound at 0. Gretton, Borgwardt, Rasch, Schoelkopf, Smola: A Kernel Method
    for the Two-Sample-Problem (2006).

    Args:
        kernel: "gaussian" (default), "laplacian" or a kernel.
        predictions_transform: Applied to predictions first, such as
            `keras.ops.sigmoid` for a model that gives logits.
        name: Shown in logs.
        enable_summary_histogram: Taken for compatibility; nothing is written.
    """

    def __init__(
        self,
        kernel: str | kernels.MinDiffKernel = "gaussian",
        predictions_transform: Callable[[Any], Any] | None = None,
        name: str | None = None,
        enable_summary_histogram: bool = True,
    ):
        super().__init__(
            predictions_transform=predictions_transform,
            predictions_kernel=kernel,
            name=name,
            enable_summary_histogram=enable_summary_histogram,
        )

    def call(self, membership: Any, predictions: Any, sample_weight: Any | None = None) -> Any:
        """The squared discrepancy; 0 for a batch of one group."""
        means = self._kernel_means(membership, predictions, sample_weight)
        return self._discrepancy(means)

    def _discrepancy(self, means: _KernelMeans) -> Any:
        value = means.within[0] - 2.0 * means.between + means.within[1]
        return ops.where(means.both_present, value, ops.zeros_like(value))

    def _kernel_means(self, membership: Any, predictions: Any, sample_weight: Any) -> _KernelMeans:
        membership, predictions, weight = self.prepare(membership, predictions, sample_weight)
        kernel = self.predictions_kernel
        if kernel is None:
            raise ValueError("predictions_kernel is None; an MMD loss needs a kernel")
        similarity = kernel(predictions)
        groups = [
            weight * ops.cast(ops.equal(membership, value), weight.dtype) for value in (1.0, 0.0)
        ]

        def mean(a: Any, b: Any) -> Any:
            total = ops.sum(ops.matmul(similarity, b) * a)
            return divide_or_zero(total, ops.sum(a) * ops.sum(b))

        return _KernelMeans(
            within=(mean(groups[0], groups[0]), mean(groups[1], groups[1])),
            between=mean(groups[0], groups[1]),
            both_present=ops.logical_and(ops.sum(groups[0]) > 0, ops.sum(groups[1]) > 0),
            weights=(groups[0], groups[1]),
            self_similarity=ops.reshape(ops.diagonal(similarity), (-1, 1)),
        )

    def get_config(self) -> dict[str, Any]:
        """With the kernel under the name of the argument."""
        config = super().get_config()
        config["kernel"] = config.pop("predictions_kernel")
        return config


@keras.saving.register_keras_serializable(package="fairflip")
class AdjustedMMDLoss(MMDLoss):
    """`MMDLoss` over the variance with which this batch estimates it.

    The variance of a group's kernel mean is (mean k(a, a) - mean k(a, a')) times
    the mean squared weight over (number of rows * squared mean weight). No
    gradient flows through it, and 0.01 is added to it.

    Args:
        kernel: "gaussian" (default), "laplacian" or a kernel.
        predictions_transform: Applied to predictions first.
        name: Shown in logs.
        enable_summary_histogram: Taken for compatibility; nothing is written.
    """

    #: Added to the variance, so that a batch of equal predictions has one.
    VARIANCE_FLOOR = 1e-2

    def call(self, membership: Any, predictions: Any, sample_weight: Any | None = None) -> Any:
        """The adjusted discrepancy; 0 for a batch of one group."""
        means = self._kernel_means(membership, predictions, sample_weight)
        members = ops.reshape(ops.convert_to_tensor(membership), (-1, 1))
        if self.membership_transform is not None:
            members = self.membership_transform(members)
        variance = sum(
            self._variance_of_mean(
                weight,
                means.self_similarity,
                within,
                ops.equal(ops.cast(members, "float32"), value),
            )
            for weight, within, value in zip(means.weights, means.within, (1.0, 0.0), strict=True)
        )
        return self._discrepancy(means) / (ops.stop_gradient(variance) + self.VARIANCE_FLOOR)

    @staticmethod
    def _variance_of_mean(weight: Any, self_similarity: Any, within: Any, in_group: Any) -> Any:
        num_rows = ops.sum(ops.cast(in_group, weight.dtype))
        spread = divide_or_zero(ops.sum(weight * self_similarity), ops.sum(weight)) - within
        mean_square = divide_or_zero(ops.sum(ops.square(weight)), num_rows)
        mean = divide_or_zero(ops.sum(weight), num_rows)
        return divide_or_zero(spread * mean_square, num_rows * ops.square(mean))
