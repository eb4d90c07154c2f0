"""One training step with pairs: what a pair loss adds to a batch's loss, for any loop."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from fairflip.remediation.torch.pair_losses import PairwiseLoss


@dataclasses.dataclass(frozen=True)
class AlignedPairs:
    """The counterfactuals of some rows of a batch.

    Attributes:
        inputs: The model's inputs of the counterfactuals, tensors `[pairs, ...]` by name.
        rows: int64 `[pairs]`, the row of the batch that each belongs to.
        weight: `[pairs]`; None: 1.
    """

    inputs: Mapping[str, torch.Tensor]
    rows: torch.Tensor
    weight: torch.Tensor | None = None


def logits_of(model: nn.Module, inputs: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """A model's logits `[rows, columns]`, of a Hugging Face model or one that gives a tensor."""
    answer = model(**inputs)
    return getattr(answer, "logits", answer)


def pair_term(
    model: nn.Module, loss: PairwiseLoss, logits: torch.Tensor, pairs: AlignedPairs | None
) -> torch.Tensor:
    """The pair loss of a batch whose logits are known.

    The originals' logits are those of the main pass, so that a step costs one pass more, over
    the rows that have a counterfactual.

    Args:
        model: What gave the logits.
        loss: The pair loss.
        logits: Of the batch, `[rows, columns]`.
        pairs: Its counterfactuals; None: there are none.

    Returns:
        A scalar, 0 without pairs.
    """
    if pairs is None or not len(pairs.rows):
        return logits.sum() * 0.0
    return loss(logits[pairs.rows], logits_of(model, pairs.inputs), pairs.weight)


def classification_loss(
    logits: torch.Tensor, labels: torch.Tensor, weight: torch.Tensor | None = None
) -> torch.Tensor:
    """Cross entropy of a batch: binary for one column, of classes for several.

    Args:
        logits: `[rows]`, `[rows, 1]` or `[rows, classes]`.
        labels: `[rows]`: 0 and 1, or class numbers.
        weight: `[rows]`; None: 1.

    Returns:
        Σ(weight · loss) / rows, a scalar.
    """
    functional: Any = nn.functional
    if logits.dim() == 1 or logits.shape[-1] == 1:
        each = functional.binary_cross_entropy_with_logits(
            logits.reshape(-1), labels.to(logits.dtype), reduction="none"
        )
    else:
        each = functional.cross_entropy(logits, labels.long(), reduction="none")
    return (each if weight is None else each * weight).mean()
