"""AUC of slices and its differences, as estimates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from fairflip.metrics.batches.clustered_rows import about_alike
from fairflip.metrics.flips.ranking import RankedAuc
from fairflip.metrics.intervals.rates_and_means import IntervalEstimate, influence_interval


class AucEstimate(NamedTuple):
    """One model's AUC on one slice.

    Attributes:
        value: The area.
        interval: Its interval.
        ranked: What it follows from.
    """

    value: float
    interval: IntervalEstimate
    ranked: RankedAuc


def auc_estimates(
    ranked: Sequence[RankedAuc | None], confidence_level: float
) -> list[AucEstimate | None]:
    """The intervals of some AUCs; None stays None.

    One has no bounds where a single cluster holds all of a class.
    """
    estimates: list[AucEstimate | None] = [None] * len(ranked)
    places = [place for place, one in enumerate(ranked) if one is not None]
    some = [one for one in ranked if one is not None]
    for size, chosen in about_alike([len(one.influences) for one in some]).items():
        alike = [some[number] for number in chosen]
        influences = np.zeros((size, len(alike)))
        for column, one in enumerate(alike):
            influences[: len(one.influences), column] = one.influences
        values = np.array([one.value for one in alike])
        independent = np.array([one.num_independent for one in alike])
        intervals = influence_interval(influences, values, independent, confidence_level, (0, 1))
        rests_on_one = np.array([one.rests_on_one for one in alike])
        lower, upper = (
            np.where(rests_on_one, np.nan, side) for side in (intervals.lower, intervals.upper)
        )
        intervals = intervals._replace(lower=lower, upper=upper)
        columns = zip(*(np.broadcast_to(field, values.shape) for field in intervals), strict=True)
        for number, one, fields in zip(chosen, alike, columns, strict=True):
            estimates[places[number]] = AucEstimate(one.value, IntervalEstimate(*fields), one)
    return estimates


def auc_difference(
    candidate: RankedAuc, baseline: RankedAuc, confidence_level: float
) -> IntervalEstimate:
    """Interval of candidate's AUC - baseline's on the same examples, in [-1, 1].

    Exactly 0 with an interval of no width where both rank the examples alike.
    """
    pulls = candidate.influences - baseline.influences
    estimate = influence_interval(
        pulls, candidate.value - baseline.value, baseline.num_independent, confidence_level
    )
    estimate = estimate._replace(
        lower=np.maximum(estimate.lower, -1.0), upper=np.minimum(estimate.upper, 1.0)
    )
    return _without_bounds(estimate) if baseline.rests_on_one and pulls.any() else estimate


def _without_bounds(estimate: IntervalEstimate) -> IntervalEstimate:
    nothing = np.full_like(np.asarray(estimate.value), np.nan)
    return estimate._replace(lower=nothing, upper=nothing)
