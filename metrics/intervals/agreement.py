"""How far two reviewers agree beyond chance: Cohen's kappa with its interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.metrics.intervals import bucket_sums
from fairflip.metrics.intervals.rates_and_means import wilson_interval


class Kappa(NamedTuple):
    """Agreement of two reviewers on one question.

    Attributes:
      share_agreeing: Of the pairs that both answered; NaN over none.
      value: Cohen's kappa, at most 1; NaN where both gave one answer to all.
      lower: Lower bound.
      upper: Upper bound.
    """

    share_agreeing: float
    value: float
    lower: float
    upper: float


def cohens_kappa(
    first: npt.ArrayLike, second: npt.ArrayLike, confidence_level: float = 0.95
) -> Kappa:
    """Kappa of two reviewers' answers to the same questions with yes or no.

        kappa = (a - c) / (1 - c)    a: share agreeing, c: share that would agree by chance

    The interval is the t interval of the jackknife over pairs: leaving out a pair from one cell
    of the 2 x 2 table changes kappa by the same, so that four values tell all. Where they never
    differ, the lower bound takes Wilson's for a.

    Example: 20 times both yes, 15 both no, 5 and 10 apart: a = .7, c = .5, kappa = .4.

    Args:
      first: [N] bool, yes of the first reviewer.
      second: [N] bool, of the second.
      confidence_level: Such as 0.95.

    Source: Cohen (1960), Educational and Psychological Measurement 20(1), 37-46.
    """
    yes, also = np.asarray(first, bool), np.asarray(second, bool)
    if not len(yes):
        return Kappa(*[float("nan")] * 4)
    table = np.bincount(2 * yes + also, minlength=4).astype(np.float64)
    value = _kappa(table)
    agreeing = float((table[0] + table[3]) / table.sum())
    if not np.isfinite(value):
        return Kappa(agreeing, value, value, value)
    size = table.sum()
    if agreeing == 1:
        # No pair tells how often they would differ: as a share of so many that all agree.
        yes = table[3] / size
        chance = yes * yes + (1 - yes) ** 2
        bound = wilson_interval(1.0, size, confidence_level).lower
        return Kappa(1.0, 1.0, float((bound - chance) / (1 - chance)), 1.0)
    left_out = np.array([_kappa(table - np.eye(4)[cell]) for cell in range(4)])
    used = table > 0
    if size < 3 or not np.isfinite(left_out[used]).all():
        return Kappa(agreeing, value, -1.0, 1.0)
    mean = np.average(left_out[used], weights=table[used])
    variance = (size - 1) / size * np.sum(table[used] * (left_out[used] - mean) ** 2)
    t = float(bucket_sums.t_quantile(confidence_level, np.asarray(size - 1)))
    reach = t * float(np.sqrt(variance))
    return Kappa(agreeing, value, max(-1.0, value - reach), min(1.0, value + reach))


def _kappa(table: npt.NDArray[np.float64]) -> float:
    """Of the counts of (no, no), (no, yes), (yes, no), (yes, yes)."""
    size = table.sum()
    if size <= 0:
        return float("nan")
    yes, also = (table[2] + table[3]) / size, (table[1] + table[3]) / size
    chance = yes * also + (1 - yes) * (1 - also)
    return float(((table[0] + table[3]) / size - chance) / (1 - chance)) if chance < 1 else np.nan
