"""Matched thresholds of all slices in two passes of bounded memory.

A candidate's flips are also counted at the threshold where its positive rate on
the slice's originals is that of the baseline at the first threshold. It is the
very threshold that `fairflip.metrics.flips.matched_threshold` would choose with all of
the slice's scores at hand. The first is the score histogram of the pair statistics:
it shows which of its 10,000 bins hold the threshold. The second keeps the few
scores in these bins, and between them, and counts all others as certainly above
or below.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from fairflip.metrics.flips.matched_threshold import (
    RATE_TOLERANCE,
    matched_threshold,
    slope_between,
    thresholds_around,
)
from fairflip.metrics.flips.slicing import SliceKey
from fairflip.metrics.statistics import tables
from fairflip.metrics.statistics.columns import ScoredColumns
from fairflip.metrics.statistics.pair_statistics import SliceStatistics
from fairflip.metrics.statistics.spec import StatisticsSpec


@dataclasses.dataclass(frozen=True)
class Bracket:
    """Where one candidate's matched threshold of one slice lies, after the first pass.

    Attributes:
        model: Index of the candidate.
        known: The threshold, where it is already known to be the baseline's own.
        lowest_bin: The threshold is in this score bin or above.
        highest_bin: The threshold is in this score bin or below.
        target: Weight of positive originals to reach: the baseline's.
        total: Weight of all pairs of the slice.
        below: Weight in the bins below the lowest.
        around: A threshold with more positives and one with fewer.
        baseline_positive: [B] weight of the baseline's positive originals, by bucket.
    """

    model: int
    known: float | None
    lowest_bin: int
    highest_bin: int
    target: float
    total: float
    below: float
    around: tuple[float, float]
    baseline_positive: np.ndarray


def brackets(statistics: SliceStatistics, spec: StatisticsSpec) -> tuple[Bracket, ...]:
    """Brackets of all candidates of one slice; none where nothing can be matched.

    Args:
        statistics: The merged statistics of the slice.
        spec: What they were counted with.

    Returns:
        One bracket for each model but the first, or nothing over no pairs.
    """
    cells = statistics.weighted.originals
    total = float(cells.rows.sum())
    if not total > 0:
        return ()
    own_threshold = spec.thresholds[0]
    first = spec.position(own_threshold)
    baseline = tables.positives(cells.cells[0].sum(axis=0))[:, first].astype(np.float64)
    target = float(tables.positives(cells.cells[0].sum(axis=(0, 1)))[first])
    kept_rows = statistics.kept_rows
    histogram = statistics.score_histogram.to_array().sum(axis=1)
    of_models = []
    for model in range(1, spec.num_models):
        reached = float(tables.positives(cells.cells[model].sum(axis=(0, 1)))[first])
        is_own = abs(reached - target) <= RATE_TOLERANCE * total
        weights = histogram[model]
        if is_own:
            lowest = highest = int(tables.score_bins(np.array([own_threshold]))[0])
        else:
            lowest, highest = _bins_around(weights, target + RATE_TOLERANCE * total)
        of_models.append(
            Bracket(
                model=model,
                known=own_threshold if is_own else None,
                lowest_bin=lowest,
                highest_bin=highest,
                target=target,
                total=total,
                below=float(weights[:lowest].sum()),
                around=thresholds_around(
                    kept_rows.scores[:, model], kept_rows.weights, target / total
                ),
                baseline_positive=baseline,
            )
        )
    return tuple(of_models)


def _bins_around(weights: np.ndarray, target: float) -> tuple[int, int]:
    """The first and last bin whose scores must be seen to find the threshold."""
    occupied = np.flatnonzero(weights)
    beyond = np.cumsum(weights[occupied][::-1])[::-1] - weights[occupied]
    # The greatest score of a bin has exactly the bins beyond above it. The nearest
    # rate is had at it, inside the bin, or at the greatest score of the one before;
    # the gap above it ends in the bin after it at the latest.
    reached = int(np.argmax(beyond <= target))
    last = len(occupied) - 1
    return int(occupied[max(reached - 1, 0)]), int(occupied[min(reached + 1, last)])


@dataclasses.dataclass(frozen=True)
class MatchedCounts:
    """Second pass, one slice and candidate; `+` merges.

    Attributes:
        certain: [2, 3, B] counts and weights, of positive originals, of negative to
            positive flips and of positive to negative ones, by bucket, over the
            pairs with both scores outside the bracket.
        scores: [K, 2] scores of original and counterfactual of all other pairs.
        buckets: [K] their buckets.
        weights: [K] their weights.
        around: [2, 2] weights of positive originals and of flips at the two thresholds
            around the matched one.
    """

    certain: np.ndarray
    scores: np.ndarray
    buckets: np.ndarray
    weights: np.ndarray
    around: np.ndarray

    def __add__(self, other: MatchedCounts) -> MatchedCounts:
        """The counts of both."""
        return MatchedCounts(
            self.certain + other.certain,
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.buckets, other.buckets]),
            np.concatenate([self.weights, other.weights]),
            self.around + other.around,
        )


@dataclasses.dataclass(frozen=True)
class MatchedFlips:
    """One candidate's flips in one slice at its matched threshold.

    Attributes:
        threshold: The matched threshold.
        baseline_positive_rate: The rate that was to be reached.
        positive_rate: The rate that is reached.
        negative_to_positive: [2, B] counts and weights of these flips by bucket.
        positive_to_negative: [2, B] the other direction.
        adjustment: [B] what each bucket (or cluster) adds to the error of the flips, in
            weights, through the threshold that was chosen on these pairs.
        baseline_positive: [B] weight of the baseline's positive originals.
    """

    threshold: float
    baseline_positive_rate: float
    positive_rate: float
    negative_to_positive: np.ndarray
    positive_to_negative: np.ndarray
    adjustment: np.ndarray
    baseline_positive: np.ndarray


def count_near(
    rows: ScoredColumns,
    slice_brackets: Mapping[SliceKey, Sequence[Bracket]],
    spec: StatisticsSpec,
) -> dict[SliceKey, tuple[MatchedCounts, ...]]:
    """The second pass over one batch's columns.

    Args:
        rows: The columns of scored pairs.
        slice_brackets: From `brackets`, by slice.
        spec: As in the first pass.

    Returns:
        By slice, the counts of each bracket in its order.
    """
    assert rows.counterfactual_scores is not None
    if not any(slice_brackets.values()):  # One model has nothing to match.
        return {}
    bins = tables.score_bins(rows.scores)
    counterfactual_bins = tables.score_bins(rows.counterfactual_scores)
    result = {}
    for member in rows.members:
        brackets_here = slice_brackets.get(member.key, ())
        if not brackets_here:
            continue
        chosen = member.rows
        if rows.legitimate is not None:
            chosen = chosen[~rows.legitimate[chosen]]
        if not len(chosen):
            continue
        weights = np.ones(len(chosen)) if rows.weights is None else rows.weights[chosen]
        buckets = rows.buckets[chosen].astype(np.int64)
        result[member.key] = tuple(
            _count_one(
                bracket,
                (bins[bracket.model, chosen], counterfactual_bins[bracket.model, chosen]),
                np.stack(
                    [
                        rows.scores[bracket.model, chosen],
                        rows.counterfactual_scores[bracket.model, chosen],
                    ],
                    axis=-1,
                ),
                buckets,
                weights,
                spec.num_buckets,
            )
            for bracket in brackets_here
        )
    return result


def _count_one(
    bracket: Bracket,
    bins: tuple[np.ndarray, np.ndarray],
    scores: np.ndarray,
    buckets: np.ndarray,
    weights: np.ndarray,
    num_buckets: int,
) -> MatchedCounts:
    original, counterfactual = bins
    low, high = bracket.lowest_bin, bracket.highest_bin
    is_near = ((original >= low) & (original <= high)) | (
        (counterfactual >= low) & (counterfactual <= high)
    )
    positive, counterfactual_positive = original > high, counterfactual > high
    certain = np.zeros((2, 3, num_buckets))
    for position, holds in enumerate(
        (
            positive & ~is_near,
            counterfactual_positive & ~positive & ~is_near,
            positive & ~counterfactual_positive & ~is_near,
        )
    ):
        held_buckets = buckets[holds]
        certain[0, position] = np.bincount(held_buckets, minlength=num_buckets)
        certain[1, position] = np.bincount(held_buckets, weights[holds], num_buckets)
    around = np.empty((2, 2))
    for position, threshold in enumerate(bracket.around):
        decided = scores > threshold
        around[position, 0] = weights[decided[:, 0]].sum()
        around[position, 1] = weights[decided[:, 0] != decided[:, 1]].sum()
    return MatchedCounts(certain, scores[is_near], buckets[is_near], weights[is_near], around)


def resolve(bracket: Bracket, counts: MatchedCounts) -> MatchedFlips:
    """The matched threshold and its flips, after the second pass.

    Args:
        bracket: Where the threshold lies.
        counts: The merged counts of the second pass.

    Returns:
        The flips of the slice at the threshold.
    """
    scores, weights = counts.scores, counts.weights
    threshold = bracket.known if bracket.known is not None else _chosen(bracket, counts)
    positive, counterfactual_positive = (scores > threshold).T
    num_buckets = counts.certain.shape[-1]

    def by_bucket(position: int, holds: np.ndarray) -> np.ndarray:
        held_buckets = counts.buckets[holds]
        near = [
            np.bincount(held_buckets, minlength=num_buckets),
            np.bincount(held_buckets, weights[holds], num_buckets),
        ]
        return counts.certain[:, position] + np.stack(near)

    positives = by_bucket(0, positive)
    return MatchedFlips(
        threshold=threshold,
        baseline_positive_rate=bracket.target / bracket.total,
        positive_rate=float(positives[1].sum() / bracket.total),
        negative_to_positive=by_bucket(1, ~positive & counterfactual_positive),
        positive_to_negative=by_bucket(2, positive & ~counterfactual_positive),
        adjustment=-slope_between(*counts.around) * (positives[1] - bracket.baseline_positive),
        baseline_positive=bracket.baseline_positive,
    )


def _chosen(bracket: Bracket, counts: MatchedCounts) -> float:
    scores, weights = counts.scores[:, 0], counts.weights
    bins = tables.score_bins(scores)
    inside = (bins >= bracket.lowest_bin) & (bins <= bracket.highest_bin)
    above = counts.certain[1, 0].sum() + weights[bins > bracket.highest_bin].sum()
    # The other originals stand at the far ends, where no rate is nearer.
    ends = [(end, w) for end, w in ((-np.inf, bracket.below), (np.inf, above)) if w > 0]
    return matched_threshold(
        np.concatenate([scores[inside], [end for end, _ in ends]]),
        np.concatenate([weights[inside], [w for _, w in ends]]),
        bracket.target / bracket.total,
        own_threshold=None,
    )
