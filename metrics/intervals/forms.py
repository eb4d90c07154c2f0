"""Two forms of interval: a score interval within bounds, and a skewness-corrected t interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.metrics.intervals import bucket_sums
from fairflip.metrics.intervals.bucket_sums import Floats


class IntervalEstimate(NamedTuple):
    """A rate or mean with its interval; all arrays have one shape.

    Attributes:
      value: The estimate; NaN over nothing.
      lower: Lower bound; lower <= value.
      upper: Upper bound; value <= upper.
      standard_error: Standard error of `value`; above 0 also where nothing flipped.
      effective_size: How many independent draws tell as much; 0 over nothing.
      effective_events: How many independent events the value rests on: of the rarer
        outcome for a rate; for a mean, 1 / (2 g**2), g being the skewness of its error.
      num_independent: How many originals of equal weight would weigh as evenly (Kish).
    """

    value: Floats
    lower: Floats
    upper: Floats
    standard_error: Floats
    effective_size: Floats
    effective_events: Floats
    num_independent: Floats


def skewed_interval(
    ratio: bucket_sums.Ratio,
    confidence_level: float,
    bounds: tuple[float, float] | None,
) -> IntervalEstimate:
    """The t interval of a mean, corrected for skewness and cut at the bounds."""
    value, variance, skewness = ratio.value, ratio.variance, ratio.skewness
    varies = variance > 0
    events = np.where(varies, bucket_sums.events_of_skewness(skewness), 0.0)
    df = bucket_sums.degrees_of_freedom(ratio.degrees_of_freedom, np.where(varies, events, 1.0))
    t = bucket_sums.t_quantile(confidence_level, df)
    error = np.sqrt(variance)
    lower = value - error * bucket_sums.skewed_reach(t, skewness)
    upper = value - error * bucket_sums.skewed_reach(-t, skewness)
    if bounds is not None:
        alike = score_interval(
            ratio._replace(variance=np.zeros_like(variance)), confidence_level, bounds
        )
        error = np.where(varies, error, alike.standard_error)
        lower = np.where(varies, np.clip(lower, *bounds), alike.lower)
        upper = np.where(varies, np.clip(upper, *bounds), alike.upper)
    return IntervalEstimate(
        np.asarray(value),
        np.minimum(lower, value),
        np.maximum(upper, value),
        np.asarray(error),
        np.where(np.isnan(value), 0.0, ratio.num_independent),
        events,
        ratio.num_independent,
    )


def score_interval(
    ratio: bucket_sums.Ratio,
    confidence_level: float,
    bounds: tuple[float, float],
    independent: npt.ArrayLike = False,
) -> IntervalEstimate:
    """Wilson's interval of a value within bounds, on its effective size."""
    value, variance, num_independent = ratio.value, ratio.variance, ratio.num_independent
    low, width = bounds[0], bounds[1] - bounds[0]
    p = (value - low) / width
    if (p < -1e-9).any() or (p > 1 + 1e-9).any():
        raise ValueError(f"a value lies outside its bounds {bounds}; give the bounds it can reach")
    p = np.clip(p, 0.0, 1.0)
    spread = p * (1 - p)
    scaled = variance / width**2
    varies = (scaled > 0) & ~np.asarray(independent)
    size = np.where(varies, spread / np.where(varies, scaled, 1.0), num_independent)
    # A value at its bound varies by rounding at most.
    size = np.where(spread > 1e-12, size, num_independent)
    events = np.minimum(p, 1 - p) * size
    # From the assumption (0) to the estimate (1).
    least, most = bucket_sums.EVENTS_OF_TRUST
    trust = np.where(varies, np.clip((events - least) / (most - least), 0.0, 1.0), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        cautious = np.minimum(size, num_independent)
        size = 1 / (trust / size + (1 - trust) / cautious)
        # Of a value at its bound the size is assumed and not estimated.
        df = bucket_sums.degrees_of_freedom(ratio.degrees_of_freedom, events / trust)
        df = np.where(spread > 1e-12, df, np.inf)
        t = bucket_sums.t_quantile(confidence_level, np.where(independent, np.inf, df))
        shrink = 1 + t**2 / size
        middle = (p + t**2 / (2 * size)) / shrink
        reach = t * np.sqrt(spread / size + t**2 / (4 * size**2)) / shrink
        reach = np.where(np.isnan(variance), np.nan, reach)
        error = width * np.where(spread > 0, np.sqrt(spread / size), reach / t)
    # Rounding must not put a bound past the value or its limits.
    lower = low + width * np.clip(middle - reach, 0.0, p)
    upper = low + width * np.clip(middle + reach, p, 1.0)
    return IntervalEstimate(
        np.asarray(value),
        np.minimum(lower, value),
        np.maximum(upper, value),
        np.asarray(error),
        np.where(np.isnan(p), 0.0, size),
        np.where(np.isnan(p), 0.0, np.minimum(p, 1 - p) * size),
        np.asarray(num_independent),
    )
