"""Finding a MinDiff loss by name."""

from __future__ import annotations

from fairflip.remediation.min_diff.losses.absolute_correlation_loss import AbsoluteCorrelationLoss
from fairflip.remediation.min_diff.losses.min_diff_loss import MinDiffLoss
from fairflip.remediation.min_diff.losses.mmd_loss import AdjustedMMDLoss, MMDLoss

#: MinDiff losses by the names a configuration may use; each also with "_loss".
LOSSES: dict[str, type[MinDiffLoss]] = {
    "mmd": MMDLoss,
    "maximum_mean_discrepancy": MMDLoss,
    "adjusted_mmd": AdjustedMMDLoss,
    "absolute_correlation": AbsoluteCorrelationLoss,
    "abs_corr": AbsoluteCorrelationLoss,
}


def get(loss: str | MinDiffLoss | None) -> MinDiffLoss | None:
    """A loss by name (any case, with or without "_loss") or as it is.

    Raises:
        ValueError: The name is not known.
        TypeError: Neither a name nor a loss.
    """
    if loss is None or isinstance(loss, MinDiffLoss):
        return loss
    if isinstance(loss, str):
        loss_class = LOSSES.get(loss.lower().removesuffix("_loss"))
        if loss_class is None:
            raise ValueError(f"Unknown MinDiff loss {loss!r}; choose one of {list(LOSSES)}.")
        return loss_class()
    raise TypeError(f"A MinDiff loss must be a name or a MinDiffLoss, not {type(loss).__name__}.")
