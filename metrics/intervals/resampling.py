"""Intervals of statistics that are no ratio of two sums, such as AUC."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairflip.metrics.intervals import bucket_sums
from fairflip.metrics.intervals.forms import IntervalEstimate, score_interval, skewed_interval


def influence_interval(
    influences: npt.ArrayLike,
    value: npt.ArrayLike,
    num_independent: npt.ArrayLike,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> IntervalEstimate:
    """Interval of a statistic from what each cluster does to it.

    V = sum a_c**2 over the clusters' first-order influences a_c, and Satterthwaite's
    degrees of freedom (sum a_c**2)**2 / sum a_c**4 - 1. With `bounds` it is the score
    interval of `rate_interval` on the value rescaled to [0, 1]. Without, as for a
    difference of two values, it is the skewness-corrected t interval, and the value itself
    where no cluster pulls.

    Args:
      influences: [K, ...] by cluster; their sum is 0.
      value: [...] the statistic.
      num_independent: [...] how many independent draws it rests on at most, where it does
        not vary: of an AUC the clusters of the rarer class.
      confidence_level: Such as 0.95.
      bounds: Smallest and largest possible value, (0, 1) for AUC.

    Returns:
      Estimates; NaN where the value is.
    """
    pulls, center = np.asarray(influences, np.float64), np.asarray(value, np.float64)
    squares = np.square(pulls)
    variance = np.where(np.isnan(center), np.nan, squares.sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        df = np.square(squares.sum(axis=0)) / np.square(squares).sum(axis=0) - 1.0
    num = bucket_sums.matched_to(num_independent, center)
    nothing, total = np.zeros_like(variance), np.ones_like(center)
    df = np.where(df >= 1.0, df, 1.0)
    ratio = bucket_sums.Ratio(center, variance, nothing, total, num, df)
    if bounds is not None:
        return score_interval(ratio, confidence_level, bounds)
    skewness = bucket_sums.skewness_of(pulls, variance, num)
    return skewed_interval(ratio._replace(skewness=skewness), confidence_level, None)


def jackknife_interval(
    leave_one_out_values: npt.ArrayLike,
    value: npt.ArrayLike,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
    num_originals: npt.ArrayLike | None = None,
) -> IntervalEstimate:
    """Interval of any statistic from its values with one bucket left out each.

    V = (B-1)/B sum (v_b - mean v)**2. For AUC, and for anything that is no ratio of
    two sums. With `bounds` it is the score interval of `rate_interval` on the value
    rescaled to [0, 1], else the skewness-corrected interval of `mean_interval`.

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
    # Leaving a bucket out moves the value against that bucket's own deviation.
    deviations = left_out.mean(axis=0) - left_out
    variance = (num_buckets - 1) / num_buckets * np.square(deviations).sum(axis=0)
    df = bucket_sums.bucket_degrees_of_freedom(num_buckets, num)
    nothing, total = np.zeros_like(variance), np.ones_like(center)
    ratio = bucket_sums.Ratio(center, variance, nothing, total, num, df)
    if bounds is not None:
        return score_interval(ratio, confidence_level, bounds)
    scaled = (num_buckets - 1) / num_buckets * deviations
    skewness = bucket_sums.skewness_of(scaled, variance, num_buckets)
    return skewed_interval(ratio._replace(skewness=skewness), confidence_level, None)


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
    ratio = bucket_sums.ratio_of_totals(s, n_b, num)
    value, skewness, total = ratio.value, ratio.skewness, ratio.total
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
    # NaN, over nothing, stays NaN on all sides.
    lower, upper = np.fmin(lower, value), np.fmax(upper, value)
    events = np.where(error > 0, bucket_sums.events_of_skewness(skewness), 0.0)
    return IntervalEstimate(value, lower, upper, error, size, events, ratio.num_independent)
