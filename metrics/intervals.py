"""Confidence intervals for flip rates and gaps, from sums per resampling bucket.

The counterfactuals of one original resemble each other, so ten pairs of one
original tell less than ten pairs of ten originals. Every interval here treats all
counterfactuals of one original as one draw. It needs only sums per bucket, where
the bucket is a hash of the original's example ID (`fairflip.metrics.buckets`): such
sums merge in any order, so the interval is the same on one worker or fifty.

Shapes: inputs are [B, ...], buckets first; further axes (slices, thresholds) stay.
Where one argument has fewer axes, its axes match the first ones of the other: pairs
[B] and flips [B, T] give estimates of shape [T].

How they are made, how well they cover, and when not to believe them:
docs/intervals.md and benchmarks/interval_coverage.py.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.metrics import bucket_sums
from fairflip.metrics.bucket_sums import Floats
from fairflip.metrics.differences import (
    DifferenceEstimate,
    mean_difference,
    minimum_detectable_difference,
    rate_difference,
    too_few_to_compare,
)

__all__ = [
    "DifferenceEstimate",
    "IntervalEstimate",
    "jackknife_interval",
    "mean_difference",
    "mean_interval",
    "minimum_detectable_difference",
    "poisson_bootstrap_interval",
    "rate_difference",
    "rate_interval",
    "too_few_to_compare",
    "too_few_to_say",
]


class IntervalEstimate(NamedTuple):
    """A rate or mean with its interval; all arrays have one shape.

    Attributes:
      value: The estimate; NaN over nothing.
      lower: Lower bound; lower <= value.
      upper: Upper bound; value <= upper.
      standard_error: Standard error of `value`; above 0 also where nothing flipped.
      effective_size: How many independent draws would tell as much; 0 over nothing.
    """

    value: Floats
    lower: Floats
    upper: Floats
    standard_error: Floats
    effective_size: Floats


def rate_interval(
    flips: npt.ArrayLike,
    pairs: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
) -> IntervalEstimate:
    """Interval of a rate sum(flips) / sum(pairs), one original being one draw.

    Wilson's score interval on the effective number of pairs: the number of
    independent pairs whose rate would vary as much as this one does,

        p = F / N,   e_b = f_b - p n_b
        V = B/(B-1) n/(n-1) sum e_b**2 / N**2      n originals, B buckets
        effective_size = p (1 - p) / V

    with a t quantile for z, since V is itself estimated. Two cases differ:

    - One unweighted pair per original: effective_size = N and z, so that the
      interval is Wilson's exactly.
    - Fewer than 10 effective events (also none at all): V cannot be trusted.
      Then every original counts as one draw, as if all its pairs flipped together:
      effective_size <= n. These are the slices that `too_few_to_say` flags.

    Example: 64 originals, one in each bucket, with 2 pairs each, of which in 16
    originals both flip: p = 0.25, effective_size = 62, and not 128.

    Args:
      flips: [B, ...] sums per bucket of flips (weighted, if examples have weights).
      pairs: [B, ...] sums per bucket of what the rate is over: pairs, or originals
        predicted negative for a conditional rate.
      num_originals: [...] distinct originals in the slice, unweighted.
      confidence_level: Such as 0.95.

    Returns:
      Estimates in [0, 1]; NaN with an effective size of 0 where `pairs` sum to 0.

    Raises:
      ValueError: Sums are negative, not finite, or flips exceed pairs.

    Source: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953; effective
    sizes and t: Korn and Graubard (1998), Survey Methodology 24(2), 193-201.
    """
    f, n_b, num = bucket_sums.aligned(flips, pairs, num_originals)
    if (f < 0).any() or (f > n_b * (1 + 1e-9) + 1e-9).any():
        raise ValueError("flips are negative or exceed pairs in a bucket; count both the same way")
    # One unweighted pair per original: then the pairs are independent.
    independent = (n_b.sum(axis=0) == num) & (n_b == np.floor(n_b)).all(axis=0)
    return _score_interval(f, n_b, num, confidence_level, (0.0, 1.0), independent)


def mean_interval(
    sums: npt.ArrayLike,
    counts: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> IntervalEstimate:
    """Interval of a mean sum(sums) / sum(counts), one original being one draw.

    The ratio estimator's variance V is that of `rate_interval`. With `bounds`, the
    interval is the score interval of `rate_interval` on the mean rescaled to [0, 1]
    (it never leaves the bounds, and leans away from the nearer one, as small gaps
    are skewed). Without, it is value -+ t sqrt(V) with about min(B, n) - 1 degrees
    of freedom: 1/df = 1/(B-1) + 1/(n-1).

    Args:
      sums: [B, ...] sums per bucket of what is averaged, such as |f(x) - f(x')|.
      counts: [B, ...] number (or weight) of pairs per bucket.
      num_originals: [...] distinct originals in the slice, unweighted.
      confidence_level: Such as 0.95.
      bounds: Smallest and largest possible value: (0, 1) for the counterfactual
        token fairness gap of probabilities, (-1, 1) for the signed one.

    Returns:
      Estimates; NaN with an effective size of 0 where `counts` sum to 0.

    Raises:
      ValueError: Sums are not finite, counts negative, or the mean out of bounds.
    """
    s, n_b, num = bucket_sums.aligned(sums, counts, num_originals)
    if bounds is None:
        value, variance, _ = bucket_sums.ratio_of_totals(s, n_b, num)
        kish = bucket_sums.independent_originals(n_b, num)
        error = np.sqrt(variance)
        reach = (
            bucket_sums.t_quantile(confidence_level, bucket_sums.degrees_of_freedom(len(s), num))
            * error
        )
        return IntervalEstimate(value, value - reach, value + reach, error, kish)
    return _score_interval(s, n_b, num, confidence_level, bounds, np.asarray(False))


def jackknife_interval(
    leave_one_out_values: npt.ArrayLike,
    value: npt.ArrayLike,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
    num_originals: npt.ArrayLike | None = None,
) -> IntervalEstimate:
    """Interval of any statistic from its values with one bucket left out each.

    V = (B-1)/B sum (v_b - mean v)**2. For AUC, and for anything that is no ratio of
    two sums. With `bounds` the score interval of `rate_interval` on the rescaled
    value, else value -+ t sqrt(V).

    Args:
      leave_one_out_values: [B, ...] the statistic over all buckets but b; an empty
        bucket gives the full value.
      value: [...] the statistic over all buckets.
      confidence_level: Such as 0.95.
      bounds: Smallest and largest possible value, (0, 1) for AUC.
      num_originals: [...] distinct originals; B where unknown. It bounds the
        effective size where the statistic does not vary at all.

    Returns:
      Estimates; bounds are NaN where the statistic is undefined without some bucket,
      since then it rests on that bucket alone.

    Source: Tukey (1958); Efron and Stein (1981), https://doi.org/10.1214/aos/1176345462.
    """
    left_out = np.asarray(leave_one_out_values, np.float64)
    center = np.asarray(value, np.float64)
    num_buckets = bucket_sums.count_buckets(left_out)
    if left_out.shape[1:] != center.shape:
        raise ValueError(
            f"leave-one-out values have shape {left_out.shape}, the value {center.shape}; "
            "they must agree after the first axis"
        )
    num = bucket_sums.matched_to(num_buckets if num_originals is None else num_originals, center)
    deviations = left_out - left_out.mean(axis=0)
    variance = (num_buckets - 1) / num_buckets * np.square(deviations).sum(axis=0)
    if bounds is None:
        error = np.sqrt(variance)
        reach = (
            bucket_sums.t_quantile(
                confidence_level, bucket_sums.degrees_of_freedom(num_buckets, num)
            )
            * error
        )
        return IntervalEstimate(center, center - reach, center + reach, error, num)
    return _bounded(center, variance, num, num, num_buckets, confidence_level, bounds, False)


def poisson_bootstrap_interval(
    sums: npt.ArrayLike,
    counts: npt.ArrayLike,
    confidence_level: float = 0.95,
    num_resamples: int = 1000,
    seed: int = 0,
) -> IntervalEstimate:
    """Percentile interval of sum(sums) / sum(counts) by a Poisson bootstrap of buckets.

    Every resample gives each bucket an independent Poisson(1) weight. Seeded: the
    same sums give the same interval, on any number of workers. It assumes less than
    `rate_interval`, and covers worse where flips are rare: with none, it is [0, 0].

    Args:
      sums: [B, ...] sums per bucket.
      counts: [B, ...] number (or weight) of pairs per bucket.
      confidence_level: Such as 0.95.
      num_resamples: Resamples; 1000 place the bounds to about 0.1 standard errors.
      seed: Seed of the weights.

    Returns:
      Estimates, widened to hold the value; NaN where `counts` sum to 0. The effective
      size is value (1 - value) / variance where the value is a rate.

    Source: Chamandy et al. (2012), "Estimating uncertainty for massive data streams".
    """
    s, n_b, num = bucket_sums.aligned(sums, counts, np.inf)
    value, _, total = bucket_sums.ratio_of_totals(s, n_b, num)
    num_buckets = len(s)
    weights = np.random.default_rng(seed).poisson(1.0, (num_resamples, num_buckets))
    weights = weights.astype(np.float64)
    flat_sums, flat_counts = s.reshape(num_buckets, -1), n_b.reshape(num_buckets, -1)
    alpha = bucket_sums.tail_probability(confidence_level)
    results = np.full((3, flat_sums.shape[1]), np.nan)
    columns = np.flatnonzero(flat_counts.sum(axis=0) > 0)
    # A few million resampled values at a time.
    step = max(1, 4_000_000 // num_resamples)
    for start in range(0, len(columns), step):
        part = columns[start : start + step]
        with np.errstate(divide="ignore", invalid="ignore"):
            replicates = (weights @ flat_sums[:, part]) / (weights @ flat_counts[:, part])
        results[:2, part] = np.nanquantile(replicates, [alpha, 1 - alpha], axis=0)
        results[2, part] = np.nanstd(replicates, axis=0, ddof=1)
    lower, upper, error = results.reshape((3, *value.shape))
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(total > 0, value * (1 - value) / np.square(error), 0.0)
    return IntervalEstimate(value, np.fmin(lower, value), np.fmax(upper, value), error, size)


def too_few_to_say(
    estimate: IntervalEstimate,
    num_originals: npt.ArrayLike,
    bounds: tuple[float, float] | None = (0.0, 1.0),
) -> npt.NDArray[np.bool_]:
    """Whether a slice holds too little to trust its interval's coverage.

    True where effective_size min(p, 1 - p) < 10, that is where the rarer outcome
    (flips, or their absence) came up fewer than ten times, counted in independent
    draws; or where there are fewer than 30 originals; or nothing at all. For a mean,
    p is the mean rescaled to its bounds.

    Args:
      estimate: From `rate_interval`, `mean_interval` or `jackknife_interval`.
      num_originals: [...] distinct originals in the slice.
      bounds: The bounds of the value; None where it has none.

    Returns:
      [...] flags.
    """
    value = np.asarray(estimate.value, np.float64)
    few = bucket_sums.matched_to(num_originals, value) < bucket_sums.MIN_ORIGINALS
    if bounds is not None:
        p = (value - bounds[0]) / (bounds[1] - bounds[0])
        few |= ~(np.minimum(p, 1 - p) * estimate.effective_size >= bucket_sums.MIN_EFFECTIVE_EVENTS)
    return np.asarray(few | np.isnan(value) | np.isnan(estimate.lower))


def _score_interval(
    sums: Floats,
    counts: Floats,
    num_originals: Floats,
    confidence_level: float,
    bounds: tuple[float, float],
    independent: npt.NDArray[np.bool_],
) -> IntervalEstimate:
    value, variance, total = bucket_sums.ratio_of_totals(sums, counts, num_originals)
    kish = np.where(independent, total, bucket_sums.independent_originals(counts, num_originals))
    return _bounded(
        value, variance, kish, num_originals, len(sums), confidence_level, bounds, independent
    )


def _bounded(
    value: Floats,
    variance: Floats,
    num_independent: Floats,
    num_originals: Floats,
    num_buckets: int,
    confidence_level: float,
    bounds: tuple[float, float],
    independent: npt.ArrayLike,
) -> IntervalEstimate:
    """Wilson's interval of a value within bounds, on its effective size."""
    low, width = bounds[0], bounds[1] - bounds[0]
    p = (value - low) / width
    if (p < -1e-9).any() or (p > 1 + 1e-9).any():
        raise ValueError(f"a value lies outside its bounds {bounds}; give the bounds it can reach")
    p = np.clip(p, 0.0, 1.0)
    spread = p * (1 - p)
    scaled = variance / width**2
    # A variance of rounding size is none: all draws alike.
    varies = scaled > 1e-18
    size = np.where(varies, spread / np.where(varies, scaled, 1.0), num_independent)
    size = np.where(independent, num_independent, size)
    events = np.minimum(p, 1 - p) * size
    few = ~(events >= bucket_sums.MIN_EFFECTIVE_EVENTS)
    size = np.where(few, np.minimum(size, num_independent), size)
    # The variance of a value at its bound is 0, and says nothing.
    size = np.where(spread <= 1e-12, num_independent, size)
    # The size of a slice with few events is an assumption, not an estimate.
    df = bucket_sums.degrees_of_freedom(num_buckets, num_originals, np.where(few, np.inf, events))
    df = np.where(independent, np.inf, df)
    t = bucket_sums.t_quantile(confidence_level, df)
    with np.errstate(divide="ignore", invalid="ignore"):
        shrink = 1 + t**2 / size
        middle = (p + t**2 / (2 * size)) / shrink
        reach = t * np.sqrt(spread / size + t**2 / (4 * size**2)) / shrink
        error = width * np.where(spread > 0, np.sqrt(spread / size), reach / t)
    # Rounding must not put a bound past the value or its limits.
    lower = np.where(np.isnan(reach), np.nan, np.clip(middle - reach, 0.0, p))
    upper = np.where(np.isnan(reach), np.nan, np.clip(middle + reach, p, 1.0))
    return IntervalEstimate(
        np.asarray(value),
        np.asarray(np.minimum(low + width * lower, value)),
        np.asarray(np.maximum(low + width * upper, value)),
        np.asarray(error),
        np.where(np.isnan(p), 0.0, size),
    )
