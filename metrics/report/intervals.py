"""Estimates put together, and as messages of the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fairflip.metrics.intervals.rates_and_means import IntervalEstimate
from fairflip.protos import report_pb2


def plain(value: Any) -> float:
    """The number to 12 significant digits.

    Sums of floats differ in the last digits with the order of their terms, and
    the order with the number of workers. Rounded, a report is the same for all.
    """
    return float(f"{float(value):.12g}")


def plains(values: np.ndarray) -> list[Any]:
    """`plain` of all numbers of an array, as nested lists of its shape."""
    rounded = [float(f"{value:.12g}") for value in values.ravel().tolist()]
    if values.ndim == 1:
        return rounded
    plain_values: list[Any] = np.array(rounded, np.float64).reshape(values.shape).tolist()
    return plain_values


def interval(estimate: Any, *index: Any) -> report_pb2.Interval:
    """One entry of an estimate with `value`, `lower` and `upper` arrays."""
    return report_pb2.Interval(
        value=plain(np.asarray(estimate.value)[index]),
        lower=plain(np.asarray(estimate.lower)[index]),
        upper=plain(np.asarray(estimate.upper)[index]),
    )


def interval_fields(estimate: IntervalEstimate) -> list[Any]:
    """The fields of the `Interval` of each entry of an estimate, for messages' making.

    Args:
        estimate: [S] or [S, T].

    Returns:
        As nested lists of that shape.
    """
    sides = [np.asarray(side) for side in (estimate.value, estimate.lower, estimate.upper)]
    fields: list[Any] = [
        {"value": value, "lower": lower, "upper": upper}
        for value, lower, upper in zip(*(plains(side.ravel()) for side in sides), strict=True)
    ]
    if sides[0].ndim == 1:
        return fields
    width = sides[0].shape[1]
    return [fields[start : start + width] for start in range(0, len(fields), width)]


def scattered(parts: Sequence[tuple[list[int], Any]], size: int) -> Any:
    """Estimates of groups of slices as those of all, in the slices' order.

    Args:
        parts: Positions of a group's slices, and arrays with one entry for each on the
            first axis, or dicts and named tuples of such.
        size: Number of all slices.
    """
    first = parts[0][1]
    if isinstance(first, dict):
        return type(first)(
            {name: scattered([(p, e[name]) for p, e in parts], size) for name in first}
        )
    if isinstance(first, tuple):
        columns = zip(*(estimate for _, estimate in parts), strict=True)
        positions = [place for place, _ in parts]
        return type(first)(
            *(scattered(list(zip(positions, c, strict=True)), size) for c in columns)
        )
    whole = np.empty((size, *np.shape(first)[1:]), np.asarray(first).dtype)
    for place, values in parts:
        whole[place] = values
    return whole
