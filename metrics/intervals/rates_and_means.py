"""Confidence intervals for flip rates and gaps, from sums per resampling bucket.

The counterfactuals of one original resemble each other, so ten pairs of one
original tell less than ten pairs of ten originals. Every interval here treats all
counterfactuals of one original as one draw. It needs only sums per bucket, where
the bucket is a hash of the original's example ID (`fairflip.metrics.flips.buckets`): such
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

from fairflip.metrics.intervals import bucket_sums
from fairflip.metrics.intervals.bucket_sums import Floats
from fairflip.metrics.intervals.differences import (
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
      effective_size: How many independent draws tell as much; 0 over nothing.
      effective_events: How many independent events the value rests on: of the rarer
        outcome for a rate; for a mean, 1 / (2 g**2), g being the skewness of its error.
    """

    value: Floats
    lower: Floats
    upper: Floats
    standard_error: Floats
    effective_size: Floats
    effective_events: Floats


def rate_interval(
    flips: npt.ArrayLike,
    pairs: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
    one_pair_each: npt.ArrayLike | None = None,
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
    - Few effective events, effective_size min(p, 1 - p): V cannot be trusted. Below
      2, every original counts as one draw, as if all its pairs flipped together, so
      effective_size <= n; from 2 to 5 that gives way to V. `too_few_to_say` flags
      slices with fewer than 12; their interval is rather too wide than too narrow.

    Example: 64 originals, one in each bucket, with 2 pairs each, of which in 16
    originals both flip: p = 0.25, effective_size = 62, and not 128.

    Args:
      flips: [B, ...] sums per bucket of flips (weighted, if examples have weights).
      pairs: [B, ...] sums per bucket of what the rate is over: pairs, or originals
        predicted negative for a conditional rate.
      num_originals: [...] distinct originals in the slice, unweighted.
      confidence_level: Such as 0.95.
      one_pair_each: [...] whether every original of the slice has one pair of weight 1.
        None: where the pairs sum to the originals, which is right only for rates over
        all pairs of a slice.

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
    # Sums of weights may differ in their last bits with the order of adding, or where
    # they were subtracted from each other; these bits must not decide.
    noise = 1e-12 * n_b.sum(axis=0)
    n_b = np.where(n_b <= noise, 0.0, n_b)
    f = np.where(np.abs(f - n_b) <= noise, n_b, np.where(f <= noise, 0.0, f))
    # One unweighted pair per original: then the pairs are independent.
    if one_pair_each is None:
        whole_numbers = np.isclose(n_b, np.round(n_b), rtol=1e-9, atol=1e-9).all(axis=0)
        independent = np.isclose(n_b.sum(axis=0), num, rtol=1e-9, atol=1e-9) & whole_numbers
    else:
        independent = bucket_sums.matched_to(one_pair_each, n_b[0]).astype(bool)
    ratio = bucket_sums.ratio_of_totals(f, n_b, num, is_skewed=False)
    kish = np.where(independent, ratio.total, bucket_sums.independent_originals(n_b, num))
    return _score(
        ratio.value, ratio.variance, kish, num, len(f), confidence_level, (0.0, 1.0), independent
    )


def mean_interval(
    sums: npt.ArrayLike,
    counts: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> IntervalEstimate:
    """Interval of a mean sum(sums) / sum(counts), one original being one draw.

    The ratio estimator's variance V is that of `rate_interval`. Gaps are skewed: most
    are small, a few large. The skewness g of the mean's error is estimated from the
    buckets as V is, and taken out by Hall's transformation h:

        value - sqrt(V) h(t) to value - sqrt(V) h(-t)
        h(t) = (3/g) ((1 + g (t - g/6))**(1/3) - 1)
        1/df = 1/(B-1) + 1/(n-1) + g**2           for the t quantile

    Where all pairs have one value, as when all gaps are 0, V = 0 says nothing: with
    bounds, the interval is that of a rate with as many originals; without, it is the
    value itself.

    Example: 64 originals in buckets of their own, one pair each, half with a gap of
    0.1 and half of 0.3: mean 0.2, g = 0, V = (64/63)**2 0.01 / 64, t = 2.0395 at 31.5
    degrees of freedom, so 0.2 -+ 0.0259.

    Args:
      sums: [B, ...] sums per bucket of what is averaged, such as |f(x) - f(x')|.
      counts: [B, ...] number (or weight) of pairs per bucket.
      num_originals: [...] distinct originals in the slice, unweighted.
      confidence_level: Such as 0.95.
      bounds: Smallest and largest possible value: (0, 1) for the counterfactual
        token fairness gap of probabilities, (-1, 1) for the signed one. The interval
        is cut there.

    Returns:
      Estimates; NaN with an effective size of 0 where `counts` sum to 0. The effective
      size is the number of equally weighty originals.

    Raises:
      ValueError: Sums are not finite, counts negative, or the mean out of bounds.
    """
    s, n_b, num = bucket_sums.aligned(sums, counts, num_originals)
    ratio = bucket_sums.ratio_of_totals(s, n_b, num)
    kish = bucket_sums.independent_originals(n_b, num)
    return _skewed(ratio, kish, num, len(s), confidence_level, bounds)


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
    if bounds is not None:
        return _score(center, variance, num, num, num_buckets, confidence_level, bounds)
    skewness = bucket_sums.skewness_of((num_buckets - 1) / num_buckets * deviations, variance)
    ratio = bucket_sums.Ratio(center, variance, skewness, np.ones_like(center))
    return _skewed(ratio, num, num, num_buckets, confidence_level, None)


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
    value, _, skewness, total = bucket_sums.ratio_of_totals(s, n_b, num)
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
    return IntervalEstimate(value, lower, upper, error, size, events)


def too_few_to_say(
    estimate: IntervalEstimate, num_originals: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Whether a slice holds too little to trust its interval's coverage.

    True where effective_events < 12: where the rarer outcome (flips, or their absence)
    came up fewer than twelve times, counted in independent draws, or the mean rests on
    a few large gaps; where there are fewer than 30 originals; or nothing.

    Args:
      estimate: From any function of this module that gives an `IntervalEstimate`.
      num_originals: [...] distinct originals in the slice.

    Returns:
      [...] flags.
    """
    value = np.asarray(estimate.value, np.float64)
    few = bucket_sums.matched_to(num_originals, value) < bucket_sums.MIN_ORIGINALS
    few = few | ~(estimate.effective_events >= bucket_sums.MIN_EFFECTIVE_EVENTS)
    return np.asarray(few | np.isnan(value) | np.isnan(estimate.lower))


def _skewed(
    ratio: bucket_sums.Ratio,
    num_independent: Floats,
    num_originals: Floats,
    num_buckets: int,
    confidence_level: float,
    bounds: tuple[float, float] | None,
) -> IntervalEstimate:
    """The t interval of a mean, corrected for skewness and cut at the bounds."""
    value, variance, skewness, _ = ratio
    varies = variance > 0
    events = np.where(varies, bucket_sums.events_of_skewness(skewness), 0.0)
    df = bucket_sums.degrees_of_freedom(num_buckets, num_originals, np.where(varies, events, 1.0))
    t = bucket_sums.t_quantile(confidence_level, df)
    error = np.sqrt(variance)
    lower = value - error * bucket_sums.skewed_reach(t, skewness)
    upper = value - error * bucket_sums.skewed_reach(-t, skewness)
    if bounds is not None:
        alike = _score(
            value,
            np.zeros_like(variance),
            num_independent,
            num_originals,
            num_buckets,
            confidence_level,
            bounds,
        )
        error = np.where(varies, error, alike.standard_error)
        lower = np.where(varies, np.clip(lower, *bounds), alike.lower)
        upper = np.where(varies, np.clip(upper, *bounds), alike.upper)
    return IntervalEstimate(
        np.asarray(value),
        np.minimum(lower, value),
        np.maximum(upper, value),
        np.asarray(error),
        np.where(np.isnan(value), 0.0, num_independent),
        events,
    )


def _score(
    value: Floats,
    variance: Floats,
    num_independent: Floats,
    num_originals: Floats,
    num_buckets: int,
    confidence_level: float,
    bounds: tuple[float, float],
    independent: npt.ArrayLike = False,
) -> IntervalEstimate:
    """Wilson's interval of a value within bounds, on its effective size."""
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
        # The size assumed is known, the size estimated is not.
        df = bucket_sums.degrees_of_freedom(num_buckets, num_originals, events / trust)
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
    )
