"""What a model's scores say about flips, ranking and groups, in plain NumPy.

These are the numbers of the sweep. They are written apart from the pipeline's
batched evaluator, since this room imports neither it nor Beam; the definitions
are the same, and positive means score > threshold in float64.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from fairflip.protos.errors import InputError
from fairflip.protos.matched_rates import is_near


def checked_scores(scores: np.ndarray, model: str = "model") -> np.ndarray:
    """Scores as float64.

    Raises:
        InputError: One is NaN.
    """
    values = np.asarray(scores, np.float64)
    missing = int(np.isnan(values).sum())
    if missing:
        raise InputError(f"{missing} of {len(values)} scores of {model} are NaN; fix the model.")
    return values


def positive_rate(scores: np.ndarray, threshold: float) -> float:
    """Share of scores above the threshold; NaN over nothing."""
    return float(np.mean(scores > threshold)) if len(scores) else float("nan")


def matched_threshold(scores: np.ndarray, target_rate: float, own_threshold: float) -> float:
    """The threshold at which the positive rate comes nearest to a target.

    `own_threshold` where its rate is the target; otherwise the middle of the gap
    between two neighbouring scores whose rate is nearest, of two as near the one that
    is not above the target. A rate of 0 is had at the highest score, a rate of 1 just
    below the lowest.

    Args:
        scores: `[rows]`, not empty.
        target_rate: The positive rate to be reached, 0 to 1.
        own_threshold: The baseline's.

    Returns:
        A threshold; the rate that it gives is `positive_rate(scores, threshold)`.
    """
    if positive_rate(scores, own_threshold) == target_rate:
        return own_threshold
    levels, counts = np.unique(scores, return_counts=True)
    levels = np.append(np.nextafter(levels[0], -np.inf), levels)
    rates = np.append(len(scores), len(scores) - np.cumsum(counts)) / len(scores)
    distance = np.abs(rates - target_rate)
    # Rates fall with the threshold, so the last of the nearest is not above the target.
    chosen = int(np.flatnonzero(distance == distance.min())[-1])
    if chosen in (0, len(levels) - 1):
        return float(levels[chosen])
    below, above = levels[chosen], levels[chosen + 1]
    middle = below + (above - below) / 2
    return float(middle if below < middle < above else below)


def flip_rate(originals: np.ndarray, counterfactuals: np.ndarray, threshold: float) -> float:
    """Share of pairs of which one side only is positive; NaN over nothing.

    Range 0 to 1, ideal 0.
    """
    if not len(originals):
        return float("nan")
    return float(np.mean((originals > threshold) != (counterfactuals > threshold)))


def ctf_gap(originals: np.ndarray, counterfactuals: np.ndarray) -> float:
    """Counterfactual token fairness gap, mean |f(x) - f(x')|; NaN over nothing.

    Range 0 to 1, ideal 0. Garg et al. 2019.
    """
    if not len(originals):
        return float("nan")
    return float(np.mean(np.abs(originals - counterfactuals)))


def roc_auc(scores: np.ndarray, labels: np.ndarray) -> float:
    """Chance that a positive scores above a negative, ties counting half; NaN without both.

    The rank-sum form: exact, in O(n log n).
    """
    positive = np.asarray(labels) > 0
    num_positive, num_negative = int(positive.sum()), int((~positive).sum())
    if not num_positive or not num_negative:
        return float("nan")
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    mean_rank = np.cumsum(counts) - (counts - 1) / 2.0
    rank_sum = float(mean_rank[inverse][positive].sum())
    return (rank_sum - num_positive * (num_positive + 1) / 2.0) / (num_positive * num_negative)


def worst_group_gaps(
    scores: np.ndarray,
    labels: np.ndarray,
    groups: Mapping[str, np.ndarray],
    threshold: float,
    min_examples: int = 20,
) -> tuple[float, float]:
    """The largest distance of a group's TPR (TNR) from that of everyone else.

    Args:
        scores: `[rows]`.
        labels: `[rows]`.
        groups: Bool `[rows]` by group.
        threshold: Positive is above it.
        min_examples: Groups with fewer positives (negatives) on either side are
            left out of the TPR (TNR) gap.

    Returns:
        The TPR gap and the TNR gap, 0 to 1, ideal 0; NaN where no group is large
        enough.
    """
    positive, predicted = np.asarray(labels) > 0, scores > threshold
    gaps = []
    for of_label, correct in ((positive, predicted), (~positive, ~predicted)):
        found = [float("nan")]
        for member in groups.values():
            inside, outside = of_label & member, of_label & ~member
            if min(inside.sum(), outside.sum()) >= min_examples:
                found.append(abs(float(correct[inside].mean()) - float(correct[outside].mean())))
        gaps.append(float(np.nanmax(found)) if len(found) > 1 else float("nan"))
    return gaps[0], gaps[1]


@dataclasses.dataclass(frozen=True)
class EvaluationScores:
    """One model's scores of the evaluation data.

    Attributes:
        examples: `[examples]`.
        originals: `[pairs]`.
        counterfactuals: `[pairs]`.
    """

    examples: np.ndarray
    originals: np.ndarray
    counterfactuals: np.ndarray

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            object.__setattr__(self, field.name, checked_scores(getattr(self, field.name)))


@dataclasses.dataclass(frozen=True)
class PricePoint:
    """One model's numbers in the sweep.

    Attributes:
        matched_flip_rate: Flips of the pairs made with trained terms, at the
            threshold where the originals of all pairs are positive as often as
            under the baseline at its threshold.
        held_out_matched_flip_rate: The same of the pairs with held-out terms; NaN
            without such.
        ctf_gap: Mean |f(x) - f(x')| of the pairs with trained terms.
        held_out_ctf_gap: Of those with held-out terms.
        flip_rate: At the baseline's threshold, unmatched, trained terms. Can be
            gamed by predicting one class.
        auc: Over all examples.
        accuracy: Over all examples, at the threshold.
        positive_rate: Over all examples, at the threshold.
        worst_tpr_gap: See `worst_group_gaps`.
        worst_tnr_gap: See `worst_group_gaps`.
        matched_threshold: The threshold.
        matched_positive_rate: The rate it gives on the pairs' originals.
        target_positive_rate: The rate it was to give.
    """

    matched_flip_rate: float
    held_out_matched_flip_rate: float
    ctf_gap: float
    held_out_ctf_gap: float
    flip_rate: float
    auc: float
    accuracy: float
    positive_rate: float
    worst_tpr_gap: float
    worst_tnr_gap: float
    matched_threshold: float
    matched_positive_rate: float
    target_positive_rate: float


def price_point(
    scores: EvaluationScores,
    baseline: EvaluationScores,
    *,
    labels: np.ndarray,
    held_out: np.ndarray,
    groups: Mapping[str, np.ndarray],
    threshold: float = 0.5,
) -> PricePoint:
    """All of a model's numbers; flips at the baseline-matched threshold.

    Args:
        scores: The model's.
        baseline: The baseline's; for the baseline itself the same object, whose
            matched threshold is `threshold`.
        labels: `[examples]`.
        held_out: Bool `[pairs]`: made with a held-out term.
        groups: Bool `[examples]` by group.
        threshold: The baseline's.
    """
    target = positive_rate(baseline.originals, threshold)
    if scores is baseline or not len(scores.originals):
        matched = threshold
    else:
        matched = matched_threshold(scores.originals, target, threshold)
    sides = scores.originals, scores.counterfactuals
    trained = sides[0][~held_out], sides[1][~held_out]
    withheld = sides[0][held_out], sides[1][held_out]
    predicted = scores.examples > threshold
    tpr_gap, tnr_gap = worst_group_gaps(scores.examples, labels, groups, threshold)
    return PricePoint(
        matched_flip_rate=flip_rate(*trained, matched),
        held_out_matched_flip_rate=flip_rate(*withheld, matched),
        ctf_gap=ctf_gap(*trained),
        held_out_ctf_gap=ctf_gap(*withheld),
        flip_rate=flip_rate(*trained, threshold),
        auc=roc_auc(scores.examples, labels),
        accuracy=float(np.mean(predicted == (np.asarray(labels) > 0))),
        positive_rate=float(np.mean(predicted)),
        worst_tpr_gap=tpr_gap,
        worst_tnr_gap=tnr_gap,
        matched_threshold=matched,
        matched_positive_rate=positive_rate(scores.originals, matched),
        target_positive_rate=target,
    )


#: A rate below this share of the baseline's has collapsed.
COLLAPSE_SHARE = 0.25


def has_collapsed(point: PricePoint, baseline: PricePoint, share: float = COLLAPSE_SHARE) -> bool:
    """Whether a model gave up one class, and so has few flips for the wrong reason.

    So it is where its positive rate on all examples fell below `share` of the
    baseline's, its negative rate did, or its scores are so alike that no threshold
    comes near the baseline's positive rate on the pairs (`is_near`).
    """
    if point.positive_rate < share * baseline.positive_rate:
        return True
    if 1.0 - point.positive_rate < share * (1.0 - baseline.positive_rate):
        return True
    return not is_near(point.matched_positive_rate, point.target_positive_rate)
