"""Losses between the prediction distributions of two groups, and their kernels."""

from fairflip.remediation.min_diff.losses import kernels
from fairflip.remediation.min_diff.losses.absolute_correlation_loss import AbsoluteCorrelationLoss
from fairflip.remediation.min_diff.losses.kernels import (
    GaussianKernel,
    LaplacianKernel,
    MinDiffKernel,
)
from fairflip.remediation.min_diff.losses.min_diff_loss import MinDiffLoss
from fairflip.remediation.min_diff.losses.mmd_loss import AdjustedMMDLoss, MMDLoss
from fairflip.remediation.min_diff.losses.names import LOSSES, get

__all__ = [
    "LOSSES",
    "AbsoluteCorrelationLoss",
    "AdjustedMMDLoss",
    "GaussianKernel",
    "LaplacianKernel",
    "MMDLoss",
    "MinDiffKernel",
    "MinDiffLoss",
    "get",
    "kernels",
]
