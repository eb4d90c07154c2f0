"""The area under the ROC curve by ranks: exact, and blind to how scores are spaced.

Everything here depends on the order of the scores alone, so a strictly monotone
rescaling of all scores changes no bit of a result, and two models that rank alike
have the same one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class RankedAuc(NamedTuple):
    """An AUC, and how far each example's cluster pulls it.

    Attributes:
      value: The chance that a positive's score is above a negative's, a tie counting
        half; NaN without both.
      influences: [K] by cluster, the first-order change of the value with the cluster's
        weight. They sum to 0 and the sum of their squares is the value's variance.
      rests_on_one: All positives, or all negatives, are of one cluster, so that nothing
        says how much the value varies.
      num_independent: Clusters that hold an example of the rarer class.
    """

    value: float
    influences: Floats
    rests_on_one: bool
    num_independent: float


def roc_auc(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Chance that a positive scores above a negative, ties counting half.

    Exact, and the same after every strictly monotone transform of the scores. Range 0 to
    1, 0.5 for chance.

    Args:
      scores: [N] scores.
      labels: [N] labels; above 0 is positive.

    Returns:
      The area under the ROC curve; NaN unless both classes are there.
    """
    positive = np.asarray(labels) > 0
    if positive.all() or not positive.any():
        return float("nan")
    return float(placements(np.asarray(scores, np.float64), positive, None)[positive].mean())


def placements(
    scores: Floats, is_positive: npt.NDArray[np.bool_], weights: Floats | None
) -> Floats:
    """For each example, the share of the other class that it is on the right side of.

    For a positive, the weight of negatives with a lower score over that of all negatives;
    for a negative, that of positives with a higher score. A tie counts half. The mean
    over positives, like that over negatives, is the AUC.

    Args:
      scores: [N] scores.
      is_positive: [N] labels.
      weights: [N] example weights; None: all 1.

    Returns:
      [N] in [0, 1]; NaN where the other class has no weight.

    Source: DeLong, DeLong and Clarke-Pearson (1988), https://doi.org/10.2307/2531595.
    """
    levels, rank = np.unique(scores, return_inverse=True)
    rank = rank.reshape(-1)
    w = np.ones(len(scores)) if weights is None else weights
    by_level = np.zeros((2, len(levels)))
    for label, holds in enumerate((~is_positive, is_positive)):
        by_level[label] = np.bincount(rank[holds], w[holds], len(levels))
    totals = by_level.sum(axis=1)
    below = np.cumsum(by_level[0]) - by_level[0] / 2.0
    above = totals[1] - np.cumsum(by_level[1]) + by_level[1] / 2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(is_positive, below[rank] / totals[0], above[rank] / totals[1])


def ranked_auc(
    scores: Floats,
    is_positive: npt.NDArray[np.bool_],
    weights: Floats | None,
    clusters: npt.NDArray[np.int64],
    num_clusters: int,
) -> RankedAuc:
    """The AUC of some examples, with what their clusters do to it.

    With V the placements, P and N the weights of positives and negatives, and A the AUC,

        influence of cluster c = c1 sum over its positives  w (V - A) / P
                               + c0 sum over its negatives  w (V - A) / N

    where c1**2 = I / (I - 1) for I clusters that hold positives, and c0 likewise: with one
    example in each cluster the sum of squares is DeLong's variance to first order.

    Args:
      scores: [N] scores.
      is_positive: [N] labels.
      weights: [N] example weights; None: all 1.
      clusters: [N] which cluster an example is of, each in [0, num_clusters).
      num_clusters: K.

    Returns:
      The area and its influences; influences of 0 where the area is NaN.

    Source: for clusters, Obuchowski (1997), https://doi.org/10.2307/2533958.
    """
    values = placements(scores, is_positive, weights)
    w = np.ones(len(scores)) if weights is None else weights
    placed, weight = np.empty((2, 2, num_clusters))
    for side, holds in enumerate((is_positive, ~is_positive)):
        placed[side] = np.bincount(clusters[holds], (w * values)[holds], num_clusters)
        weight[side] = np.bincount(clusters[holds], w[holds], num_clusters)
    total = weight[0].sum()
    value = float(placed[0].sum() / total) if total > 0 and weight[1].any() else float("nan")
    return auc_of_placements(value, placed, weight)


def auc_of_placements(value: float, placed: Floats, weight: Floats) -> RankedAuc:
    """The influences of clusters, or of buckets of these, on an AUC.

    Args:
      value: The AUC.
      placed: [2, K] weighted sums of the placements of positives and of negatives.
      weight: [2, K] their weights.
    """
    influences = np.zeros(placed.shape[1])
    num = (weight > 0).sum(axis=1)
    if np.isnan(value):
        return RankedAuc(value, influences, False, 0.0)
    for side in range(2):
        total = weight[side].sum()
        pull = (placed[side] - placed[side].sum() / total * weight[side]) / total
        influences += np.sqrt(num[side] / max(num[side] - 1, 1)) * pull
    return RankedAuc(value, influences, bool(num.min() < 2), float(num.min()))


def order_in_slices(keys: npt.NDArray[Any], slices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Positions by slice, then key: `np.lexsort`, but that equal keys of a slice are in any order.

    Args:
      keys: [N].
      slices: [N] ascending, from 0.
    """
    order = np.argsort(keys)
    # Stable sorts of narrow integers take linear time.
    narrow = slices.astype(np.min_scalar_type(int(slices[-1]) if len(slices) else 0))
    return order[np.argsort(narrow[order], kind="stable")]


def ranked_auc_by_slice(
    scores: Floats,
    is_positive: npt.NDArray[np.bool_],
    slices: npt.NDArray[np.int64],
    clusters: npt.NDArray[np.int64],
    shape: tuple[int, int],
) -> list[RankedAuc]:
    """`ranked_auc` of examples that weigh the same, on each of some slices at once.

    Args:
      scores: [N] scores.
      is_positive: [N] labels.
      slices: [N] which slice, ascending.
      clusters: [N] which cluster of its slice.
      shape: K, more than any of `clusters`, and S slices.

    Returns:
      [S], each with [K] influences.
    """
    size, num_slices = shape
    order = order_in_slices(scores, slices)
    # In their order slices are as they are given.
    is_next = np.ones(len(order), bool)
    ascending = scores[order]
    is_next[1:] = (ascending[1:] != ascending[:-1]) | (slices[1:] != slices[:-1])
    rank = np.empty(len(order), np.int64)
    rank[order] = np.cumsum(is_next) - 1
    slice_of_level = slices[is_next]
    num_levels = len(slice_of_level)
    sides = (~is_positive, is_positive)
    by_level = np.stack([np.bincount(rank[holds], minlength=num_levels) for holds in sides])
    totals = np.stack([np.bincount(slices[holds], minlength=num_slices) for holds in sides])
    # Sums of counts are exact, so that those of a slice are differences of those of all.
    up_to = np.cumsum(by_level, axis=1) - (np.cumsum(totals, axis=1) - totals)[:, slice_of_level]
    below = up_to[0] - by_level[0] / 2.0
    above = totals[1][slice_of_level] - up_to[1] + by_level[1] / 2.0
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.where(
            is_positive, below[rank] / totals[0][slices], above[rank] / totals[1][slices]
        )
    cells = clusters * num_slices + slices
    placed, weight = np.empty((2, 2, size, num_slices))
    for side, holds in enumerate(reversed(sides)):
        counted = np.bincount(cells[holds], values[holds], size * num_slices)
        placed[side] = counted.reshape(size, num_slices)
        counted = np.bincount(cells[holds], minlength=size * num_slices)
        weight[side] = counted.reshape(size, num_slices)
    num = (weight > 0).sum(axis=1)
    has_both = totals.all(axis=0)
    influences = np.zeros((size, num_slices))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = placed.sum(axis=1) / weight.sum(axis=1)
        for side in range(2):
            pull = (placed[side] - means[side] * weight[side]) / weight[side].sum(axis=0)
            influences += np.sqrt(num[side] / np.maximum(num[side] - 1, 1)) * pull
    influences = np.where(has_both, influences, 0.0)
    area = np.where(has_both, means[0], np.nan)
    least = np.where(has_both, num.min(axis=0), 0)
    return [
        RankedAuc(
            float(area[s]), influences[:, s], bool(has_both[s] and least[s] < 2), float(least[s])
        )
        for s in range(num_slices)
    ]
