"""The gap between groups: the largest less the smallest value, and what chance makes of it.

The largest of many rates is large by luck, and the smallest small. Of k groups with one true
rate the observed ones range over q(k) standard errors at most in 95 of 100 cases, where q is
the quantile of the range of k standard normal numbers: 2.8 for two groups, 4.5 for ten. So
intervals of differences between groups are q / (z sqrt 2) times as wide as one difference's
alone (Tukey and Kramer), and hold for all pairs of groups at once, the extreme ones too. The
reach of one difference comes from both groups' intervals (Newcombe's square-and-add):

    lower(i - j) = d - q / (z sqrt 2) sqrt((v_i - lower_i)**2 + (upper_j - v_j)**2)

Groups that share records vary together, which makes the intervals too wide, never too narrow.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from fairflip.pipeline.gate.observations import Observation, printable
from fairflip.pipeline.gate.report_values import Value

_NORMAL = NormalDist()
_STEP = 0.02


def gaps(
    observed: Sequence[Observation], feature: str, confidence_level: float = 0.95
) -> list[Observation]:
    """Largest minus smallest value over a feature's groups, per model and threshold.

    The interval covers the true gap: its lower end is 0 where chance alone makes as much of
    that many groups. Groups whose value is doubtful or uncertain are left out, and make the
    gap doubtful.

    Args:
        observed: A number of each group.
        feature: Of the groups.
        confidence_level: Of the groups' intervals.
    """
    groups: dict[tuple[str, float | None], list[Observation]] = {}
    for each in observed:
        groups.setdefault((each.model, each.threshold), []).append(each)
    result = []
    for (model, threshold), members in groups.items():
        sure = [each for each in members if not each.doubt and not each.uncertainty]
        doubtful = len(members) - len(sure)
        doubt = f"{doubtful} of {len(members)} groups lack evidence" if doubtful else ""
        value, detail = Value(math.nan), ""
        if len(sure) >= 2:
            high = max(sure, key=lambda each: each.value.value)
            low = min(sure, key=lambda each: each.value.value)
            detail = f"from {printable(low.slice)} to {printable(high.slice)}"
            value = _gap([each.value for each in sure], confidence_level)
        result.append(Observation(model, f"{feature}:*", threshold, value, doubt, detail))
    return result


def is_by_chance(gap: Value) -> bool:
    """Whether chance alone makes as large a gap of that many groups that do not differ."""
    return gap.has_interval and gap.lower <= 0


def _gap(values: Sequence[Value], confidence_level: float) -> Value:
    """The range of the values, with an interval that holds although they were chosen."""
    gap = max(one.value for one in values) - min(one.value for one in values)
    if not all(one.has_interval for one in values):
        return Value(gap)
    z = _NORMAL.inv_cdf((1 + confidence_level) / 2)
    wider = range_quantile(len(values), confidence_level) / (z * math.sqrt(2))
    value, lower, upper = np.array([(one.value, one.lower, one.upper) for one in values]).T
    least, most = 0.0, gap
    for high in range(len(values)):
        difference = value[high] - value
        others = np.arange(len(values)) != high
        down = np.hypot(value[high] - lower[high], upper - value)
        up = np.hypot(upper[high] - value[high], value - lower)
        least = max(least, float((difference - wider * down)[others].max()))
        most = max(most, float((difference + wider * up)[others].max()))
    return Value(gap, least, most)


@functools.lru_cache(maxsize=64)
def range_quantile(num_groups: int, confidence_level: float) -> float:
    """The quantile of the range of `num_groups` independent standard normal numbers.

    Solves P(range <= q) = k integral phi(x) (Phi(x) - Phi(x - q))**(k - 1) dx, which is the
    studentized range with infinitely many degrees of freedom. Within 1e-6.

    Args:
        num_groups: k, at least 2.
        confidence_level: In (0, 1).
    """
    grid = [_STEP * i - 8.0 for i in range(int(16.0 / _STEP) + 1)]
    density = [_NORMAL.pdf(x) * _STEP for x in grid]
    below = [_NORMAL.cdf(x) for x in grid]

    def probability(q: float) -> float:
        return num_groups * sum(
            weight * (phi - _NORMAL.cdf(x - q)) ** (num_groups - 1)
            for x, weight, phi in zip(grid, density, below, strict=True)
        )

    low, high = 0.0, 20.0
    while high - low > 1e-7:
        middle = (low + high) / 2
        low, high = (middle, high) if probability(middle) < confidence_level else (low, middle)
    return (low + high) / 2
