"""Rates of controls and excess over them, with the intervals of docs/flips.md."""

from __future__ import annotations

import collections
import dataclasses
import math
from typing import Any

import numpy as np
from scipy import stats

from support.metrics.excess_recount import Rows, between_words
from support.recount_report import gaps, rates
from support.recount_report.rates import LEVEL, Estimate

Values = tuple[np.ndarray, list[np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Excess:
    """What pairs and their controls add up to.

    Attributes:
        control: Rate, or mean gap, of controls.
        excess: With interval A.
        over_words: Bounds of interval B.
        terms: Effective number of terms.
        top_term: The term that moves the excess most.
        without_top_term: The excess without it; NaN where all pairs edit it.
    """

    control: Estimate
    excess: Estimate
    over_words: dict[str, float]
    terms: float
    top_term: str
    without_top_term: float


def minus(candidate: Values, baseline: Values) -> Values:
    """Of two models on the same pairs."""
    controls = [a - b for a, b in zip(candidate[1], baseline[1], strict=True)]
    return candidate[0] - baseline[0], controls


def excess(rows: Rows, values: Values, is_gap: bool = False, is_difference: bool = False) -> Excess:
    """From flips or gaps of pairs and of their controls, or from differences of models."""
    identity, own = values
    has, w = rows.has, rows.weights
    total = w[has].sum()
    of_controls = {i: own[i].mean() for i in has}
    by_cluster: dict[Any, np.ndarray] = collections.defaultdict(lambda: np.zeros(3))
    for i in has:
        by_cluster[rows.clusters[i]] += w[i] * np.array([identity[i], of_controls[i], 1.0])
    ones, others, sizes = np.array([one for one in by_cluster.values() if one[2] > 0]).T
    control = _control(others, sizes, is_gap, is_difference)
    paired = rates.difference(ones, others, sizes, is_skewed=is_gap)
    widest = 2.0 if is_difference else 1.0
    if not is_gap and paired.events >= 10:
        one = rates.ratio(ones - others, sizes)
        reach = rates.t_quantile(one.df) * math.sqrt(one.variance)
        paired = dataclasses.replace(
            paired,
            lower=max(one.value - reach, -widest),
            upper=min(one.value + reach, widest),
            error=math.sqrt(one.variance),
        )
    shares: collections.Counter[str] = collections.Counter()
    whole: collections.Counter[str] = collections.Counter()
    moved: dict[str, np.ndarray] = collections.defaultdict(lambda: np.zeros(2))
    for i in has:
        keys = rows.edits[i]
        for key in keys:
            shares[key] += w[i] / len(keys)
            whole[key] += w[i] / total
        for term in set(rows.pairs.at[i, "term"]):
            moved[term] += w[i] * np.array([identity[i] - of_controls[i], 1.0])
    v, squares = between_words(rows, own, control.value)
    error = math.sqrt(paired.error**2 + v * (sum(s**2 for s in whole.values()) + squares))
    terms = sum(shares.values()) ** 2 / sum(s**2 for s in shares.values())
    t = rates.t_quantile(max(2.0, terms - 1))
    g = 0.0
    if not is_difference and control.value > 0 and error > 0:
        g = min(2 * math.sqrt(v) / control.value, 4.0) * sum(s**3 for s in whole.values())
        g *= v**1.5 / error**3
    z = stats.norm.ppf((1 + LEVEL) / 2)
    influence = {}
    for term in sorted(moved):
        change, weight = moved[term]
        rest = total - weight
        without = (paired.value * total - change) / rest if rest > 1e-9 * total else math.nan
        influence[term] = (
            math.inf if math.isnan(without) else abs(without - paired.value),
            without,
        )
    top = max(influence, key=lambda term: influence[term][0])
    return Excess(
        control=control,
        excess=paired,
        over_words={
            "lower": max(paired.value - error * (t + g * (z**2 - 1) / 6), -widest),
            "upper": min(paired.value + error * t, widest),
        },
        terms=terms,
        top_term=top,
        without_top_term=influence[top][1],
    )


def _control(
    controls: np.ndarray, sizes: np.ndarray, is_gap: bool, is_difference: bool
) -> Estimate:
    if is_difference:
        return rates.difference(controls, np.zeros_like(controls), sizes)
    if is_gap:
        return gaps.mean(controls, sizes, 0.0, 1.0)
    return rates.rate(controls, sizes)
