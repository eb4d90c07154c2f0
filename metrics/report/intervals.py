"""Estimates put together, and as messages of the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from fairflip.metrics.intervals.rates_and_means import IntervalEstimate
from fairflip.protos import report_pb2

# What numbers have 12 digits before the point, and the powers of ten that are exact.
_LEAST, _MOST = 1e11, 1e12
_POWERS = np.array([float(f"1e{exponent}") for exponent in range(23)])
# Further from a half than the product of such a number by a power may be off: some 1e-4.
_MARGIN = 1e-3


def plain(value: Any) -> float:
    """The number to 12 significant digits.

    Sums of floats differ in the last digits with the order of their terms, and
    the order with the number of workers. Rounded, a report is the same for all.
    """
    return float(f"{float(value):.12g}")


def plains(values: np.ndarray) -> list[Any]:
    """`plain` of all numbers of an array, as nested lists of its shape."""
    flat = np.asarray(values, np.float64).ravel()
    rounded: list[Any] = _rounded(flat).reshape(values.shape).tolist()
    return rounded


def _rounded(values: np.ndarray) -> np.ndarray:
    """[N] numbers as `plain` has them, to the bit: their digits take twenty times as long.

    Scaled to 12 digits before the point a number is rounded to a whole one; that divided by an
    exact power of ten is the nearest there is to its decimals. By their digits are rounded those
    so near a half that the product may have put them on its other side, and those beyond exact
    powers.
    """
    size = np.abs(values)
    result = np.where(np.isnan(values), np.nan, values)
    rest = np.flatnonzero((size > 0) & (size < np.inf))
    size = size[rest]
    exponents = 11 - np.floor(np.log10(size)).astype(np.int64)
    power = _POWERS[np.clip(exponents, 0, len(_POWERS) - 1)]
    scaled = size * power
    from_half = np.abs(scaled - np.floor(scaled) - 0.5)
    sure = (scaled >= _LEAST) & (scaled < _MOST) & (from_half > _MARGIN)
    result[rest] = np.copysign(np.rint(scaled) / power, values[rest])
    unsure = rest[~sure]
    result[unsure] = [float(f"{value:.12g}") for value in values[unsure].tolist()]
    return result


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
