"""The losses of MinDiff as modules: how far two groups' predictions can be told apart."""

from __future__ import annotations

import abc

import torch
from torch import nn


def _quotient(numerator: torch.Tensor, denominator: torch.Tensor) -> torch.Tensor:
    """The quotient, and 0 where the denominator is 0, with gradients of 0 there."""
    nothing = denominator == 0
    return torch.where(nothing, 0.0, numerator / torch.where(nothing, 1.0, denominator))


def gaussian_kernel(x: torch.Tensor, length: float = 0.1) -> torch.Tensor:
    """exp(-|x - y|² / length²) of all pairs of rows, `[rows, rows]`."""
    return torch.exp(-((x[:, None] - x[None]) ** 2).sum(-1) / length**2)


def laplacian_kernel(x: torch.Tensor, length: float = 0.1) -> torch.Tensor:
    """exp(-|x - y| / length) of all pairs of rows, `[rows, rows]`; its slope is 0 at 0."""
    squares = ((x[:, None] - x[None]) ** 2).sum(-1)
    return torch.exp(-torch.sqrt(squares + 1e-16) / length)


_KERNELS = {"gaussian": gaussian_kernel, "laplacian": laplacian_kernel}


class MinDiffLoss(nn.Module, abc.ABC):
    """A distance between the predictions for two groups; 0 for a batch of one group."""

    def forward(
        self,
        membership: torch.Tensor,
        predictions: torch.Tensor,
        weight: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The loss of a batch.

        Args:
            membership: 1 for the sensitive group, 0 for the other, `[rows]`.
            predictions: Probabilities, `[rows]` or `[rows, columns]`.
            weight: `[rows]`, not negative; None: 1.

        Returns:
            A scalar.
        """
        predictions = predictions if predictions.dtype == torch.float64 else predictions.float()
        predictions = predictions.reshape(len(predictions), -1)
        membership = membership.to(predictions.dtype).reshape(-1, 1)
        given = torch.ones_like(membership)
        if weight is not None:
            given = given * weight.to(predictions.dtype).reshape(-1, 1)
        return self.of_groups(membership, predictions, _quotient(given, given.sum()))

    @abc.abstractmethod
    def of_groups(
        self, membership: torch.Tensor, predictions: torch.Tensor, weight: torch.Tensor
    ) -> torch.Tensor:
        """The loss, from columns `[rows, 1]` and weights that sum to 1."""


class MMDLoss(MinDiffLoss):
    """Squared maximum mean discrepancy: mean k(a, a') - 2 mean k(a, b) + mean k(b, b'); 0 to 2.

    Args:
        kernel: "gaussian" or "laplacian".
        length: How far apart predictions feel each other.

    Raises:
        ValueError: The kernel is not known.
    """

    def __init__(self, kernel: str = "gaussian", length: float = 0.1):
        super().__init__()
        if kernel not in _KERNELS:
            raise ValueError(f"Unknown kernel {kernel!r}; choose one of {', '.join(_KERNELS)}.")
        self.kernel, self.length = kernel, float(length)

    def of_groups(
        self, membership: torch.Tensor, predictions: torch.Tensor, weight: torch.Tensor
    ) -> torch.Tensor:
        """The squared discrepancy."""
        return self._discrepancy(membership, predictions, weight)[0]

    def _discrepancy(
        self, membership: torch.Tensor, predictions: torch.Tensor, weight: torch.Tensor
    ) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]], torch.Tensor]:
        """The discrepancy; each group's weights and mean within; similarities with oneself."""
        similarity = _KERNELS[self.kernel](predictions, self.length)
        groups = [weight * (membership == value) for value in (1.0, 0.0)]

        def mean(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return _quotient(((similarity @ b) * a).sum(), a.sum() * b.sum())

        within = [mean(group, group) for group in groups]
        value = within[0] - 2 * mean(*groups) + within[1]
        both = (groups[0].sum() > 0) & (groups[1].sum() > 0)
        own = similarity.diagonal().reshape(-1, 1)
        return torch.where(both, value, 0.0), list(zip(groups, within, strict=True)), own


class AdjustedMMDLoss(MMDLoss):
    """`MMDLoss` over 0.01 and the variance with which the batch estimates it.

    No gradient flows through the variance; see the Keras loss of this name.
    """

    def of_groups(
        self, membership: torch.Tensor, predictions: torch.Tensor, weight: torch.Tensor
    ) -> torch.Tensor:
        """The discrepancy over its variance."""
        value, groups, own = self._discrepancy(membership, predictions, weight)
        variance = torch.zeros_like(value)
        for (group, within), kind in zip(groups, (1.0, 0.0), strict=True):
            num_rows = (membership == kind).sum().to(value.dtype)
            spread = _quotient((group * own).sum(), group.sum()) - within
            mean_square = _quotient((group**2).sum(), num_rows)
            mean = _quotient(group.sum(), num_rows)
            variance = variance + _quotient(spread * mean_square, num_rows * mean**2)
        return value / (variance.detach() + 1e-2)


class AbsoluteCorrelationLoss(MinDiffLoss):
    """|weighted Pearson correlation| of predictions and membership, 0 to 1."""

    def of_groups(
        self, membership: torch.Tensor, predictions: torch.Tensor, weight: torch.Tensor
    ) -> torch.Tensor:
        """The absolute correlation; 1e-7 is added to variances."""
        a, b = (values - (weight * values).sum() for values in (membership, predictions))
        deviations = [torch.sqrt((weight * values**2).sum() + 1e-7) for values in (a, b)]
        return ((weight * a * b).sum() / (deviations[0] * deviations[1])).abs()


_BY_NAME = {
    "mmd": MMDLoss,
    "adjusted_mmd": AdjustedMMDLoss,
    "absolute_correlation": AbsoluteCorrelationLoss,
}


def get(loss: str | MinDiffLoss) -> MinDiffLoss:
    """A loss by the name that a configuration gives it, or as it is.

    Raises:
        ValueError: The name is not known.
    """
    if isinstance(loss, MinDiffLoss):
        return loss
    if loss not in _BY_NAME:
        raise ValueError(f"Unknown MinDiff loss {loss!r}; choose one of {', '.join(_BY_NAME)}.")
    return _BY_NAME[loss]()
