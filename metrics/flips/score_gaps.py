"""How far a score moves between an original and its counterfactuals, in NumPy.

* Counterfactual token fairness (CTF) gap: Garg et al. 2019, "Counterfactual
  Fairness in Text Classification through Robustness".
* Score deviation and score range per original: Prabhakaran, Hutchinson and
  Mitchell 2019, "Perturbation Sensitivity Analysis to Detect Unintended Model
  Biases". There the perturbed set holds only perturbed sentences; here it is an
  original and all its counterfactuals.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def weighted_mean(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    """sum(w v) / sum(w); NaN where there is nothing."""
    total = weights.sum()
    return float((values * weights).sum() / total) if total > 0 else float("nan")


def weighted_quantiles(
    values: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    quantiles: Sequence[float],
) -> list[float]:
    """Exact quantiles: the smallest value with at least a share q of the weight at or below.

    Always a value that occurred (NumPy's `inverted_cdf`). Values of weight 0 do
    not count.

    Args:
      values: [N] values.
      weights: [N] weights of at least 0.
      quantiles: [Q] orders, each in [0, 1].

    Returns:
      [Q] quantiles; NaN where there is nothing.
    """
    present = weights > 0
    values, weights = values[present], weights[present]
    if not values.size:
        return [float("nan")] * len(quantiles)
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    # The same rounding on both sides: a share that is met exactly must count.
    wanted = np.asarray(quantiles, np.float64) * cumulative[-1]
    position = np.searchsorted(cumulative * (1 + 1e-12), wanted, side="left")
    return [float(value) for value in values[order][np.minimum(position, values.size - 1)]]


def score_spread(
    original: npt.NDArray[np.float64],
    counterfactual: npt.NDArray[np.float64],
    weights: npt.NDArray[np.float64],
    id_hashes: npt.NDArray[np.uint64],
) -> tuple[float, float]:
    """Mean over originals of the deviation and of the range of an original's scores.

    The scores of an original are its own, once, and those of its counterfactuals.
    The deviation is the population standard deviation (divided by their number);
    the range is the largest less the smallest. An original has the mean of its
    pairs' weights, and counts once however many counterfactuals it has.

    Args:
      original: [N] scores of originals, one per pair.
      counterfactual: [N] scores of counterfactuals.
      weights: [N] example weights.
      id_hashes: [N] which original a pair belongs to.

    Returns:
      (mean deviation, mean range); NaN without pairs.
    """
    if not original.size:
        return float("nan"), float("nan")
    order = np.lexsort((counterfactual, original, id_hashes))
    hashes = id_hashes[order]
    starts = np.flatnonzero(np.r_[True, hashes[1:] != hashes[:-1]])
    own = original[order][starts]
    scores = counterfactual[order]
    num_pairs = np.diff(np.r_[starts, scores.size])
    # Deviations from the mean, in two passes: squares of scores would cancel.
    mean = (own + np.add.reduceat(scores, starts)) / (num_pairs + 1)
    squares = np.add.reduceat((scores - np.repeat(mean, num_pairs)) ** 2, starts)
    deviation = np.sqrt((squares + (own - mean) ** 2) / (num_pairs + 1))
    highest = np.maximum(np.maximum.reduceat(scores, starts), own)
    lowest = np.minimum(np.minimum.reduceat(scores, starts), own)
    weight = np.add.reduceat(weights[order], starts) / num_pairs
    return weighted_mean(deviation, weight), weighted_mean(highest - lowest, weight)
