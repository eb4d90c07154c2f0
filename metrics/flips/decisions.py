"""What a decision, a flip and a gap are: the one place that compares scores with a threshold.

Positive means ``score > threshold``, compared in float64, as in TFMA; a score equal to the
threshold is negative. `fairflip.metrics.flips.counts` counts the same at many thresholds
at once.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.floating]


def is_positive(scores: Scores, threshold: float) -> npt.NDArray[np.bool_]:
    """[...] bool: where the decision is positive."""
    return np.asarray(scores, np.float64) > threshold


def flips(original: Scores, counterfactual: Scores, threshold: float) -> npt.NDArray[np.bool_]:
    """[...] bool: pairs of which exactly one side is positive.

    Args:
      original: [...] scores of originals.
      counterfactual: [...] the same model's scores of the counterfactuals.
      threshold: Where a score becomes positive.
    """
    return is_positive(original, threshold) != is_positive(counterfactual, threshold)


def gaps(original: Scores, counterfactual: Scores) -> npt.NDArray[np.float64]:
    """[...] |f(x) - f(x')|; 0 where both sides are equal, infinite scores too."""
    before, after = np.asarray(original, np.float64), np.asarray(counterfactual, np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(before == after, 0.0, np.abs(after - before))


def share(chosen: npt.NDArray[np.bool_]) -> float:
    """The share of True, 0 to 1; NaN over nothing."""
    return float(np.mean(chosen)) if len(chosen) else float("nan")


def mean(values: npt.NDArray[np.float64]) -> float:
    """The mean; NaN over nothing."""
    return float(np.mean(values)) if len(values) else float("nan")
