"""What one trained model costs and brings: a point of the sweep, over scores in memory.

Decisions, flips, gaps, the matched threshold and the AUC are those of
`fairflip.metrics.flips`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np

from fairflip.metrics.flips.decisions import flips, gaps, is_positive, mean, share
from fairflip.metrics.flips.matched_threshold import matched_threshold
from fairflip.metrics.flips.ranking import roc_auc
from fairflip.metrics.intervals.excess import excess_rate
from fairflip.metrics.intervals.excess_sums import ExcessSums, KeyedSums
from fairflip.metrics.intervals.rates_and_means import rate_interval
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
        controls: `[controls]`; empty where pairs have none.
    """

    examples: np.ndarray
    originals: np.ndarray
    counterfactuals: np.ndarray
    controls: np.ndarray = dataclasses.field(default_factory=lambda: np.zeros(0))

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
        excess_flip_rate: At the matched threshold, of the pairs of trained terms that
            have controls: their flips less those of the controls. NaN without controls.
        control_flip_rate: Flips of these controls, each pair's counting as one.
        control_flip_rate_lower: Of its interval, one original being one draw.
        control_flip_rate_upper: See there.
        excess_lower: Of the interval of the excess over these terms (interval A of
            `metrics.intervals.excess`), one original being one draw.
        excess_upper: See there.
        calls_per_text: Texts that the model is asked about for one; 1 and up.
        seconds: Wall-clock time of training; 0 where nothing was trained.
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
    excess_flip_rate: float = math.nan
    control_flip_rate: float = math.nan
    control_flip_rate_lower: float = math.nan
    control_flip_rate_upper: float = math.nan
    excess_lower: float = math.nan
    excess_upper: float = math.nan
    calls_per_text: float = 1.0
    seconds: float = 0.0


@dataclasses.dataclass(frozen=True)
class ControlRows:
    """Which pair each control belongs to, and which original each pair.

    Attributes:
        pair_of: `[controls]`, a row of the pairs.
        original_of: `[pairs]`, equal numbers for pairs of one original.
    """

    pair_of: np.ndarray
    original_of: np.ndarray


@dataclasses.dataclass(frozen=True)
class _ControlRates:
    excess_flip_rate: float
    control_flip_rate: float
    control_flip_rate_lower: float
    control_flip_rate_upper: float
    excess_lower: float
    excess_upper: float


def _control_rates(
    scores: EvaluationScores, rows: ControlRows, chosen: np.ndarray, threshold: float
) -> _ControlRates | None:
    """Excess and control rate of the chosen pairs; None where none of them has a control."""
    num_controls = np.bincount(rows.pair_of, minlength=len(chosen))
    pairs = np.flatnonzero(chosen & (num_controls > 0))
    if not len(pairs):
        return None
    control_flips = flips(scores.originals[rows.pair_of], scores.controls, threshold)
    sums = np.bincount(rows.pair_of, control_flips, len(chosen))
    of_pairs = sums[pairs] / num_controls[pairs]
    identity = flips(scores.originals[pairs], scores.counterfactuals[pairs], threshold)
    _, original = np.unique(rows.original_of[pairs], return_inverse=True)
    sizes = np.bincount(original)
    estimate = rate_interval(
        # A sum of thirds may be above the number that it is a mean of, in its last bit.
        np.minimum(np.bincount(original, of_pairs), sizes),
        sizes,
        len(sizes),
        one_pair_each=False,
        exact=True,
    )
    sides = [np.bincount(original, side) for side in (identity, of_pairs)]
    of_sides = np.stack(sides, axis=1).astype(np.float64)
    clusters = KeyedSums.of(np.arange(len(sizes)), sizes[:, None] * 1.0, of_sides[:, :, None])
    excess = excess_rate(dataclasses.replace(ExcessSums.zero(), clusters=clusters))
    return _ControlRates(
        float(identity.mean() - of_pairs.mean()),
        float(of_pairs.mean()),
        float(estimate.lower),
        float(estimate.upper),
        float(excess.lower[0]),
        float(excess.upper[0]),
    )


def price_point(
    scores: EvaluationScores,
    baseline: EvaluationScores,
    *,
    labels: np.ndarray,
    held_out: np.ndarray,
    groups: Mapping[str, np.ndarray],
    threshold: float = 0.5,
    control_rows: ControlRows | None = None,
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
        control_rows: Whose controls were scored; None: pairs have none.
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
    of_controls = None
    if control_rows is not None:
        of_controls = _control_rates(scores, control_rows, ~held_out, matched)
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
        **({} if of_controls is None else dataclasses.asdict(of_controls)),
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
