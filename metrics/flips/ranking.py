"""How well scores rank positive examples above negative ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def roc_auc(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Chance that a positive scores above a negative, ties counting half.

    The rank-sum form (Mann and Whitney 1947): exact, in O(n log n), and the same after
    every strictly monotone transform of the scores. Range 0 to 1, 0.5 for chance.

    Args:
      scores: [N] scores.
      labels: [N] labels; above 0 is positive.

    Returns:
      The area under the ROC curve; NaN unless both classes are there.
    """
    positive = np.asarray(labels) > 0
    num_positive, num_negative = int(positive.sum()), int((~positive).sum())
    if not num_positive or not num_negative:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2.0
    rank_sum = float(mean_rank[inverse][positive].sum())
    return (rank_sum - num_positive * (num_positive + 1) / 2.0) / (num_positive * num_negative)
