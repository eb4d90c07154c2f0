"""What one trained model costs and brings: a point of the sweep, over scores in memory.

Decisions, flips, gaps, the matched threshold and the AUC are those of
`fairflip.metrics.flips`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from fairflip.metrics.flips.decisions import flips, gaps, is_positive, mean, share
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.flips.ranking import roc_auc
from fairflip.protos.errors import InputError
from fairflip.protos.positive_rates import COLLAPSE_SHARE, given_up, is_near


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
    positive, predicted = np.asarray(labels) > 0, is_positive(scores, threshold)
    gaps = []
    for of_label, correct in ((positive, predicted), (~positive, ~predicted)):
        of_members = [float("nan")]
        for member in groups.values():
            inside, outside = of_label & member, of_label & ~member
            if min(inside.sum(), outside.sum()) >= min_examples:
                of_members.append(
                    abs(float(correct[inside].mean()) - float(correct[outside].mean()))
                )
        gaps.append(float(np.nanmax(of_members)) if len(of_members) > 1 else float("nan"))
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
    target = share(is_positive(baseline.originals, threshold))
    if scores is baseline or not len(scores.originals):
        matched = threshold
    else:
        matched = matched_threshold(scores.originals, None, target, threshold)
    sides = scores.originals, scores.counterfactuals
    trained = sides[0][~held_out], sides[1][~held_out]
    withheld = sides[0][held_out], sides[1][held_out]
    predicted = is_positive(scores.examples, threshold)
    tpr_gap, tnr_gap = worst_group_gaps(scores.examples, labels, groups, threshold)
    return PricePoint(
        matched_flip_rate=share(flips(*trained, matched)),
        held_out_matched_flip_rate=share(flips(*withheld, matched)),
        ctf_gap=mean(gaps(*trained)),
        held_out_ctf_gap=mean(gaps(*withheld)),
        flip_rate=share(flips(*trained, threshold)),
        auc=roc_auc(scores.examples, labels),
        accuracy=float(np.mean(predicted == (np.asarray(labels) > 0))),
        positive_rate=float(np.mean(predicted)),
        worst_tpr_gap=tpr_gap,
        worst_tnr_gap=tnr_gap,
        matched_threshold=matched,
        matched_positive_rate=share(is_positive(scores.originals, matched)),
        target_positive_rate=target,
    )


def has_collapsed(point: PricePoint, baseline: PricePoint) -> bool:
    """Whether a model gave up one class, and so has few flips for the wrong reason.

    So it is where its positive or its negative rate on all examples fell below
    `COLLAPSE_SHARE` of the baseline's, or its scores are so alike that no threshold
    comes near the baseline's positive rate on the pairs (`is_near`).
    """
    if given_up(baseline.positive_rate, point.positive_rate, COLLAPSE_SHARE):
        return True
    return not is_near(point.matched_positive_rate, point.target_positive_rate)
