"""Losses over a pair of predictions: the original's and its counterfactual's."""

from fairflip.remediation.counterfactual.losses.counterfactual_loss import CounterfactualLoss
from fairflip.remediation.counterfactual.losses.pairwise_losses import (
    LOSSES,
    ON_LOGITS,
    PairwiseAbsoluteDifferenceLoss,
    PairwiseCosineLoss,
    PairwiseDecisionLoss,
    PairwiseMSELoss,
    PairwiseSymmetricKLLoss,
    get,
)

__all__ = [
    "LOSSES",
    "ON_LOGITS",
    "CounterfactualLoss",
    "PairwiseAbsoluteDifferenceLoss",
    "PairwiseCosineLoss",
    "PairwiseDecisionLoss",
    "PairwiseMSELoss",
    "PairwiseSymmetricKLLoss",
    "get",
]
