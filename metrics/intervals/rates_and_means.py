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
docs/intervals.md and benchmarks/intervals/coverage.py.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fairflip.metrics.intervals import bucket_sums
from fairflip.metrics.intervals.differences import (
    DifferenceEstimate,
    mean_difference,
    minimum_detectable_difference,
    rate_difference,
    too_few_to_compare,
)
from fairflip.metrics.intervals.forms import IntervalEstimate, score_interval, skewed_interval
from fairflip.metrics.intervals.resampling import (
    influence_interval,
    jackknife_interval,
    poisson_bootstrap_interval,
)

__all__ = [
    "DifferenceEstimate",
    "IntervalEstimate",
    "influence_interval",
    "jackknife_interval",
    "mean_difference",
    "mean_interval",
    "mean_interval_of_moments",
    "mean_intervals",
    "minimum_detectable_difference",
    "poisson_bootstrap_interval",
    "rate_difference",
    "rate_interval",
    "too_few_to_compare",
    "too_few_to_say",
    "wilson_interval",
]


def rate_interval(
    flips: npt.ArrayLike,
    pairs: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
    one_pair_each: npt.ArrayLike | None = None,
    exact: bool = False,
    adjustment: npt.ArrayLike | None = None,
    repeats: npt.NDArray[np.float64] | None = None,
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
      slices with fewer than 4; their interval is rather too wide than too narrow.

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
      exact: Each entry of the first axis is one original (or cluster), not a bucket of
        several; entries of zeros stand for nothing.
      adjustment: [B, ...] what each entry adds to the error of its flips through a
        threshold that was chosen on the same data; see
        `fairflip.metrics.flips.matched_threshold`.
      repeats: [B, ...] of how many clusters each entry is what one of them has; None: of
        one. With `exact` and `one_pair_each`, and without `adjustment`.

    Returns:
      Estimates in [0, 1]; NaN with an effective size of 0 where `pairs` sum to 0.

    Raises:
      ValueError: Sums are negative, not finite, or flips exceed pairs.

    Source: Wilson (1927), https://doi.org/10.1080/01621459.1927.10502953; effective
    sizes and t: Korn and Graubard (1998), Survey Methodology 24(2), 193-201.
    """
    f, n_b, num = bucket_sums.aligned(flips, pairs, num_originals, repeats)
    if (f < 0).any() or (f > n_b * (1 + 1e-9) + 1e-9).any():
        raise ValueError("flips are negative or exceed pairs in a bucket; count both the same way")
    # Sums of weights may differ in their last bits with the order of adding, or where
    # they were subtracted from each other; these bits must not decide.
    noise = 1e-12 * bucket_sums.total_of(n_b, repeats)
    n_b = np.where(n_b <= noise, 0.0, n_b)
    f = np.where(np.abs(f - n_b) <= noise, n_b, np.where(f <= noise, 0.0, f))
    # One unweighted pair per original: then the pairs are independent.
    if one_pair_each is None:
        whole_numbers = np.isclose(n_b, np.round(n_b), rtol=1e-9, atol=1e-9).all(axis=0)
        independent = np.isclose(n_b.sum(axis=0), num, rtol=1e-9, atol=1e-9) & whole_numbers
    else:
        independent = bucket_sums.matched_to(one_pair_each, n_b[0]).astype(bool)
    if adjustment is not None:
        adjustment = np.broadcast_to(np.asarray(adjustment, np.float64), f.shape)
        independent = independent & ~adjustment.any(axis=0)
    if independent.all():
        # Their variance is known: the errors of the entries are not needed.
        totals = (bucket_sums.total_of(one, repeats) for one in (f, n_b))
        f, n_b = (np.stack([one, np.zeros_like(num)]) for one in totals)
        adjustment = repeats = None
    ratio = bucket_sums.ratio_of_totals(f, n_b, num, False, exact, adjustment, repeats)
    kish = np.where(independent, ratio.total, ratio.num_independent)
    ratio = ratio._replace(num_independent=kish)
    return score_interval(ratio, confidence_level, (0.0, 1.0), independent)


def mean_interval(
    sums: npt.ArrayLike,
    counts: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
    exact: bool = False,
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
      exact: As in `rate_interval`.

    Returns:
      Estimates; NaN with an effective size of 0 where `counts` sum to 0. The effective
      size is the number of equally weighty originals.

    Raises:
      ValueError: Sums are not finite, counts negative, or the mean out of bounds.
    """
    (estimate,) = mean_intervals([sums], counts, num_originals, confidence_level, [bounds], exact)
    return estimate


def mean_intervals(
    sums: Sequence[npt.ArrayLike],
    counts: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float,
    bounds: Sequence[tuple[float, float] | None],
    exact: bool = False,
) -> list[IntervalEstimate]:
    """`mean_interval` of several sums of the same pairs, whose sizes are found once.

    Args:
      sums: Of each mean [B, ...].
      counts: [B, ...] of all.
      num_originals: As in `mean_interval`.
      confidence_level: Such as 0.95.
      bounds: Of each mean, as in `mean_interval`.
      exact: As in `rate_interval`.
    """
    estimates: list[IntervalEstimate] = []
    ratio = None
    for one, own_bounds in zip(sums, bounds, strict=True):
        s, n_b, num = bucket_sums.aligned(one, counts, num_originals)
        ratio = bucket_sums.ratio_of_totals(s, n_b, num, exact=exact, like=ratio)
        estimates.append(skewed_interval(ratio, confidence_level, own_bounds))
    return estimates


def mean_interval_of_moments(
    sizes: npt.NDArray[np.float64],
    clusters: npt.NDArray[np.float64],
    moments: npt.NDArray[np.float64],
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
) -> IntervalEstimate:
    """`mean_interval` where clusters of a size are known by three sums of powers.

    Args:
      sizes: [K] different numbers of pairs of a cluster, at least 1.
      clusters: [K] how many clusters are of this size.
      moments: [3, K] over these clusters, the sums of what each has, of its square and of
        its cube.
      confidence_level: Such as 0.95.
      bounds: As in `mean_interval`.

    Returns:
      An estimate without axes.
    """
    ratio = bucket_sums.ratio_of_moments(sizes, clusters, moments)
    return skewed_interval(ratio, confidence_level, bounds)


def wilson_interval(
    rates: npt.ArrayLike, sizes: npt.ArrayLike, confidence_level: float = 0.95
) -> IntervalEstimate:
    """Wilson's interval of rates whose effective sizes are known already.

    Args:
      rates: [...] rates in [0, 1].
      sizes: [...] how many independent pairs tell as much, from `rate_interval`.
      confidence_level: Another than that of `rate_interval`, such as Bonferroni's.

    Returns:
      Estimates in [0, 1].
    """
    values, known = np.asarray(rates, np.float64), np.asarray(sizes, np.float64)
    nothing, infinite = np.zeros_like(values), np.full_like(values, np.inf)
    ratio = bucket_sums.Ratio(values, nothing, nothing, known, known, infinite)
    return score_interval(ratio, confidence_level, (0.0, 1.0), True)


def too_few_to_say(
    estimate: IntervalEstimate,
    num_originals: npt.ArrayLike,
    least_events: float = bucket_sums.MIN_EFFECTIVE_EVENTS,
) -> npt.NDArray[np.bool_]:
    """Whether a slice holds too little to trust its interval's coverage.

    True where effective_events < least_events: where the rarer outcome (flips, or their absence)
    came up so few times, counted in independent draws, or the mean rests on
    a few large gaps; where there are fewer than 30 originals, or they weigh as unevenly as
    fewer than 30 would (Kish's effective number); or nothing.

    Args:
      estimate: From any function of this module that gives an `IntervalEstimate`.
      num_originals: [...] distinct originals in the slice.
      least_events: 4 for rates; `bucket_sums.MIN_EVENTS_OF_MEANS` for means of skewed values.

    Returns:
      [...] flags.
    """
    value = np.asarray(estimate.value, np.float64)
    few = bucket_sums.matched_to(num_originals, value) < bucket_sums.MIN_ORIGINALS
    few = few | ~(estimate.num_independent >= bucket_sums.MIN_ORIGINALS)
    # Events are a product that rounds: four flips are four.
    few = few | ~(estimate.effective_events >= least_events * (1 - 1e-9))
    return np.asarray(few | np.isnan(value) | np.isnan(estimate.lower))
