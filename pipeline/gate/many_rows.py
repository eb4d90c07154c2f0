"""One limit on many rows: what chance makes of so many, and intervals that hold for all at once.

An interval of 95 % lies wholly above the true number in 2.5 % of runs. Where a number is exactly
at its limit, that is how often the limit fails by chance; of 40 such rows one fails. `adjusted`
limits share the error among the rows (Bonferroni): their intervals are wider, and in 95 of 100
runs all of them hold.
"""

from __future__ import annotations

import dataclasses
from statistics import NormalDist

from fairflip.pipeline.gate.limits import bound_of
from fairflip.pipeline.gate.observations import Observation
from fairflip.protos.limits_pb2 import Limit

_NORMAL = NormalDist()


def for_many(seen: Observation, num_rows: int, confidence_level: float) -> Observation:
    """The observation with an interval that holds for all of `num_rows` at once.

    Both ends move away from the value by the ratio of the normal quantiles, so that rates may
    leave 0 to 1 where they are near: that decides nothing about limits within.
    """
    value = seen.value
    if not value.has_interval or num_rows < 2:
        return seen
    tail = (1 - confidence_level) / 2
    wider = _NORMAL.inv_cdf(1 - tail / num_rows) / _NORMAL.inv_cdf(1 - tail)
    bounds = {
        "lower": value.value - wider * (value.value - value.lower),
        "upper": value.value + wider * (value.upper - value.value),
    }
    return dataclasses.replace(seen, value=dataclasses.replace(value, **bounds))


def false_alarms(limit: Limit, num_rows: int, confidence_level: float) -> str:
    """The end of a failed limit's sentence: how many of its rows fail by chance.

    Args:
        limit: It fails a row wrongly in half of all runs where a point at the limit decides,
            in half of 1 - confidence level where an interval does.
        num_rows: Held against it.
        confidence_level: Of the intervals.
    """
    if num_rows < 2 or limit.adjusted:
        return ""
    by_point = bound_of(limit) == "point"
    share = 0.5 if by_point else (1 - confidence_level) / 2
    cure = "'bound: interval' and 'adjusted: true' allow" if by_point else "'adjusted: true' allows"
    return (
        f"; of the {num_rows} rows of this limit, {num_rows * share:.3g} would fail by chance if "
        f"all were exactly at it ({cure} for that)"
    )
