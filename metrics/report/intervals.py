"""Estimates as messages of the report."""

from __future__ import annotations

from typing import Any

import numpy as np

from fairflip.metrics.batches import confusion
from fairflip.metrics.intervals.rates_and_means import IntervalEstimate, jackknife_interval
from fairflip.protos import report_pb2

#: For `Provenance.interval_method`.
INTERVAL_METHOD = (
    "score intervals on the effective number of originals, from sums over resampling buckets"
)


def plain(value: Any) -> float:
    """The number to 12 significant digits.

    Sums of floats differ in the last digits with the order of their terms, and
    the order with the number of workers. Rounded, a report is the same for all.
    """
    return float(f"{float(value):.12g}")


def plains(values: np.ndarray) -> list[Any]:
    """`plain` of all numbers of an array, as nested lists of its shape."""
    rounded = [float(f"{value:.12g}") for value in values.ravel().tolist()]
    found: list[Any] = np.array(rounded, np.float64).reshape(values.shape).tolist()
    return found


def interval(estimate: Any, *index: Any) -> report_pb2.Interval:
    """One entry of an estimate with `value`, `lower` and `upper` arrays."""
    return report_pb2.Interval(
        value=plain(np.asarray(estimate.value)[index]),
        lower=plain(np.asarray(estimate.lower)[index]),
        upper=plain(np.asarray(estimate.upper)[index]),
    )


def interval_fields(estimate: IntervalEstimate, index: int) -> list[dict[str, float]]:
    """The fields of the `Interval` of each of T thresholds, for a message's making.

    Args:
        estimate: [S, T].
        index: Of the slice.
    """
    sides = (np.asarray(side)[index] for side in (estimate.value, estimate.lower, estimate.upper))
    return [
        {"value": value, "lower": lower, "upper": upper}
        for value, lower, upper in zip(*map(plains, sides), strict=True)
    ]


def auc_interval(
    value: float, bucket_histogram: np.ndarray, num_originals: int, confidence_level: float
) -> IntervalEstimate:
    """Interval of an AUC from the spread of a coarser AUC over buckets.

    Args:
        value: The AUC from the fine histogram, which the interval is moved to.
        bucket_histogram: [L, B, NUM_COARSE_BINS] weights.
        num_originals: Distinct originals.
        confidence_level: Such as 0.95.

    Returns:
        The estimate; NaN for one class only.
    """
    whole, without = confusion.auc_without_each_bucket(bucket_histogram)
    return moved(
        jackknife_interval(without, whole, confidence_level, (0.0, 1.0), num_originals),
        value,
        (0.0, 1.0),
    )


def moved(
    estimate: IntervalEstimate, value: float, bounds: tuple[float, float]
) -> IntervalEstimate:
    """The estimate moved to another centre, within bounds."""
    shift = value - np.asarray(estimate.value)
    lower, upper = np.clip([estimate.lower + shift, estimate.upper + shift], *bounds)
    return estimate._replace(value=np.asarray(value), lower=lower, upper=upper)


def auc_difference_interval(
    values: tuple[float, float],
    bucket_histograms: tuple[np.ndarray, np.ndarray],
    num_originals: int,
    confidence_level: float,
) -> IntervalEstimate:
    """Interval of candidate's AUC - baseline's AUC on the same originals.

    Args:
        values: AUC of candidate and baseline.
        bucket_histograms: Of candidate and baseline, as in `auc_interval`.
        num_originals: Distinct originals.
        confidence_level: Such as 0.95.

    Returns:
        The estimate, in [-1, 1]; NaN for one class only.
    """
    candidate, baseline = (confusion.auc_without_each_bucket(h) for h in bucket_histograms)
    estimate = jackknife_interval(
        candidate[1] - baseline[1], candidate[0] - baseline[0], confidence_level
    )
    return moved(estimate, values[0] - values[1], (-1.0, 1.0))
