"""The pair losses of CLP as modules: how far a model's answers to both texts of a pair lie apart.

Models of torch give logits, so that all but `from_logits=False` read logits: one column is that
of a yes, several are those of classes that exclude each other.
"""

from __future__ import annotations

import abc
import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

#: As in the Keras losses: no probability nearer to 0 or 1 is told apart.
_MARGIN = 1e-7


def weighted_mean(values: torch.Tensor, weight: torch.Tensor | None) -> torch.Tensor:
    """Σ(weight · value) / number of pairs, the mean over all but the first axis of each.

    Args:
        values: `[pairs, ...]`.
        weight: `[pairs]`; None: 1.

    Returns:
        A scalar; 0 where there are no pairs, with a gradient of 0.
    """
    each = values.flatten(1).mean(1) if values.dim() > 1 else values
    if weight is not None:
        each = each * weight.to(each.dtype).reshape(-1)
    return each.sum() / max(1, each.numel())


class PairwiseLoss(nn.Module, abc.ABC):
    """A distance between a model's outputs for originals and for their counterfactuals.

    Args:
        from_logits: Outputs are logits; without it, probabilities.
    """

    def __init__(self, from_logits: bool = True):
        super().__init__()
        self.from_logits = from_logits

    def forward(
        self,
        original: torch.Tensor,
        counterfactual: torch.Tensor,
        pair_weight: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The loss of a batch of pairs.

        Args:
            original: Outputs for originals, `[pairs]` or `[pairs, columns]`.
            counterfactual: Outputs for their counterfactuals, same shape.
            pair_weight: `[pairs]`; None: 1.

        Returns:
            Σ(weight · loss) / pairs, a scalar; 0 over no pairs.

        Raises:
            ValueError: The shapes differ.
        """
        if original.shape != counterfactual.shape:
            raise ValueError(
                f"Originals have the shape {tuple(original.shape)} and counterfactuals "
                f"{tuple(counterfactual.shape)}; predictions of a pair must have one shape."
            )
        # In at least float32, since squares of small differences must not underflow.
        sides = [
            side if side.dtype == torch.float64 else side.float()
            for side in (original, counterfactual)
        ]
        return weighted_mean(self.of_pairs(*sides), pair_weight)

    @abc.abstractmethod
    def of_pairs(self, original: torch.Tensor, counterfactual: torch.Tensor) -> torch.Tensor:
        """The loss of each pair, `[pairs, ...]`."""

    def probabilities(self, outputs: torch.Tensor) -> torch.Tensor:
        """Outputs as probabilities."""
        if not self.from_logits:
            return outputs
        return torch.sigmoid(outputs) if is_single(outputs) else functional.softmax(outputs, -1)

    def logits(self, outputs: torch.Tensor) -> torch.Tensor:
        """Outputs as logits; those of several probabilities have the mean 0."""
        if self.from_logits:
            return outputs
        p = outputs.clamp(_MARGIN, 1 - _MARGIN)
        if is_single(outputs):
            return torch.log(p) - torch.log1p(-p)
        logs = torch.log(p)
        return logs - logs.mean(-1, keepdim=True)


def is_single(outputs: torch.Tensor) -> bool:
    """Whether a model gives one number for each record."""
    return outputs.dim() == 1 or outputs.shape[-1] == 1


class PairwiseMSELoss(PairwiseLoss):
    """Mean squared difference of probabilities, or with `on_logits` of logits; 0 and up."""

    def __init__(self, from_logits: bool = True, on_logits: bool = False):
        super().__init__(from_logits)
        self.on_logits = on_logits

    def of_pairs(self, original: torch.Tensor, counterfactual: torch.Tensor) -> torch.Tensor:
        """(f(x) - f(x'))²."""
        read = self.logits if self.on_logits else self.probabilities
        return (read(original) - read(counterfactual)) ** 2


class PairwiseAbsoluteDifferenceLoss(PairwiseMSELoss):
    """Mean absolute difference of probabilities, or with `on_logits` of logits; 0 and up."""

    def of_pairs(self, original: torch.Tensor, counterfactual: torch.Tensor) -> torch.Tensor:
        """|f(x) - f(x')|."""
        read = self.logits if self.on_logits else self.probabilities
        return (read(original) - read(counterfactual)).abs()


class PairwiseSymmetricKLLoss(PairwiseLoss):
    """KL(p‖q) + KL(q‖p) of the two answers' distributions; 0 and up."""

    def of_pairs(self, original: torch.Tensor, counterfactual: torch.Tensor) -> torch.Tensor:
        """Σ (p - q)(log p - log q); of one column (p - q)(logit p - logit q)."""
        (p, log_p), (q, log_q) = map(self._with_logs, (original, counterfactual))
        divergence = (p - q) * (log_p - log_q)
        return divergence.sum(-1) if divergence.dim() > 1 else divergence

    def _with_logs(self, outputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if is_single(outputs):
            return self.probabilities(outputs), self.logits(outputs)
        if self.from_logits:
            logs = functional.log_softmax(outputs, -1)
            return logs.exp(), logs
        p = outputs.clamp(_MARGIN, 1 - _MARGIN)
        return p, torch.log(p)


class PairwiseDecisionLoss(PairwiseLoss):
    """Mean squared difference of softened decisions, 0 to 1.

    d = sigmoid((logit f - logit threshold) / temperature) of one column, a softmax at the
    temperature of several.

    Args:
        from_logits: See `PairwiseLoss`.
        threshold: Scores above it are positive; between 0 and 1.
        temperature: The width of the softened step, in logits; above 0.
    """

    def __init__(self, from_logits: bool = True, threshold: float = 0.5, temperature: float = 0.5):
        super().__init__(from_logits)
        if not 0 < threshold < 1:
            raise ValueError(f"threshold is {threshold!r}; it must lie between 0 and 1.")
        if not temperature > 0:
            raise ValueError(f"temperature is {temperature!r}; it must be above 0.")
        self.threshold, self.temperature = float(threshold), float(temperature)

    def of_pairs(self, original: torch.Tensor, counterfactual: torch.Tensor) -> torch.Tensor:
        """(d(x) - d(x'))²."""
        return (self._decision(original) - self._decision(counterfactual)) ** 2

    def _decision(self, outputs: torch.Tensor) -> torch.Tensor:
        logits = self.logits(outputs)
        if is_single(outputs):
            middle = math.log(self.threshold / (1 - self.threshold))
            return torch.sigmoid((logits - middle) / self.temperature)
        return functional.softmax(logits / self.temperature, -1)


class PairwiseCosineLoss(PairwiseLoss):
    """Negative cosine of the two outputs as they are, -1 to 1; constant on one column.

    Raises:
        ValueError: Outputs have one column, on which it teaches nothing.
    """

    def of_pairs(self, original: torch.Tensor, counterfactual: torch.Tensor) -> torch.Tensor:
        """- cos(f(x), f(x'))."""
        if is_single(original):
            raise ValueError(
                "PairwiseCosineLoss on one column is constant and does not train; use "
                "PairwiseSymmetricKLLoss."
            )
        sides = (functional.normalize(side, dim=-1) for side in (original, counterfactual))
        a, b = sides
        return -(a * b).sum(-1)


_BY_NAME: dict[str, tuple[type[PairwiseLoss], dict[str, Any]]] = {
    "pairwise_mse": (PairwiseMSELoss, {}),
    "pairwise_absolute_difference": (PairwiseAbsoluteDifferenceLoss, {}),
    "pairwise_cosine": (PairwiseCosineLoss, {}),
    "pairwise_symmetric_kl": (PairwiseSymmetricKLLoss, {}),
    "pairwise_decision": (PairwiseDecisionLoss, {}),
    "pairwise_mse_on_logits": (PairwiseMSELoss, {"on_logits": True}),
    "pairwise_absolute_difference_on_logits": (
        PairwiseAbsoluteDifferenceLoss,
        {"on_logits": True},
    ),
}


def get(loss: str | PairwiseLoss) -> PairwiseLoss:
    """A loss by the name that a configuration gives it, or as it is.

    Raises:
        ValueError: The name is not known.
    """
    if isinstance(loss, PairwiseLoss):
        return loss
    if loss not in _BY_NAME:
        raise ValueError(f"Unknown pair loss {loss!r}; choose one of {', '.join(_BY_NAME)}.")
    kind, options = _BY_NAME[loss]
    return kind(**options)
