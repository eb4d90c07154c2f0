"""What all intervals share: ratios, their variance and degrees of freedom from bucket sums.

Inputs are [B, ...] sums, resampling buckets first; see `fairflip.metrics.intervals`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from fairflip.protos import errors

Floats = npt.NDArray[np.float64]

# A slice says too little when it rests on fewer events than this, in units of
# independent draws; calibrated by benchmarks/intervals/coverage.py.
MIN_EFFECTIVE_EVENTS = 4.0
# The same for a mean of skewed values, whose largest may not be in the sample.
MIN_EVENTS_OF_MEANS = 12.0
# The same for a difference: events in which the two models differ.
MIN_DIFFERING_EVENTS = 10.0
MIN_ORIGINALS = 30
# Below the first, a rate's variance is assumed; above the second, estimated.
EVENTS_OF_TRUST = (2.0, 5.0)


class Ratio(NamedTuple):
    """A ratio of two totals and how it varies; arrays of shape [...].

    Attributes:
      value: Total of sums / total of counts; NaN where the latter is 0.
      variance: Of `value`, all pairs of one original being one draw.
      skewness: Of `value`; 0 where it does not vary, or was not asked for.
      total: The total count.
      num_independent: How many originals of equal size would weigh as evenly; Kish's.
      degrees_of_freedom: Of `variance`, if the number of events did not limit them.
    """

    value: Floats
    variance: Floats
    skewness: Floats
    total: Floats
    num_independent: Floats
    degrees_of_freedom: Floats


def ratio_of_totals(
    sums: Floats,
    counts: Floats,
    num_originals: Floats,
    is_skewed: bool = True,
    exact: bool = False,
    adjustment: Floats | None = None,
    repeats: Floats | None = None,
    like: Ratio | None = None,
) -> Ratio:
    """The ratio of both totals, with the first three moments of its error.

    Over hashed buckets B/(B-1) n/(n-1) makes the variance unbiased to first order when n
    independent originals fall into B buckets at random. Where every entry is a cluster of
    its own, each squared residual is divided by 1 - its share of the total instead, which
    is n/(n-1) for equal clusters and more where one outweighs the others: a large cluster
    pulls the ratio towards itself, so that its residual is too small.

    Args:
      sums: [B, ...] per bucket, or per cluster.
      counts: [B, ...] the same of the denominator.
      num_originals: [...] clusters in all.
      is_skewed: Whether to find the skewness, which costs as much as all the rest.
      exact: Each entry of the first axis is one cluster, or nothing but zeros.
      adjustment: [B, ...] what a cluster adds to the error of `sums` besides, such as
        through a threshold that was chosen on the same data.
      repeats: [B, ...] how many clusters each entry stands for; None: one. Only where `exact`,
        and without skewness and adjustment.
      like: Another ratio over the same counts, whose sizes are not found again.
    """
    total = total_of(counts, repeats)
    some = total > 0
    divisor = np.where(some, total, 1.0)
    value = np.where(some, total_of(sums, repeats) / divisor, np.nan)
    residuals = np.where(some, sums - value * counts, 0.0) / divisor
    if adjustment is not None:
        centred = adjustment - adjustment.sum(axis=0) / divisor * counts
        residuals = residuals + np.where(some, centred, 0.0) / divisor
    # Where all pairs are alike, what is left is rounding.
    rounding = 1e-12 * total_of(np.abs(sums), repeats) / divisor
    residuals = np.where(np.abs(residuals) <= rounding, 0.0, residuals)
    if exact:
        # A cluster that is all there is has no residual either.
        rest = np.maximum(1.0 - counts / divisor, 1e-9)
        variance = total_of(np.square(residuals) / rest, repeats)
    else:
        num_buckets = len(sums)
        # n/(n-1), written so that n may be infinite.
        factor = num_buckets / (num_buckets - 1) / (1 - 1 / np.maximum(num_originals, 2.0))
        variance = factor * np.square(residuals).sum(axis=0)
    skewness = np.zeros_like(variance)
    if is_skewed:
        skewness = skewness_of(residuals, variance, num_originals if exact else len(sums))
    return Ratio(
        value,
        np.where(some, variance, np.nan),
        skewness,
        total,
        independent_originals(counts, num_originals, exact, repeats)
        if like is None
        else like.num_independent,
        base_degrees_of_freedom(counts, num_originals, exact, repeats)
        if like is None
        else like.degrees_of_freedom,
    )


def ratio_of_moments(sizes: Floats, clusters: Floats, moments: Floats) -> Ratio:
    """`ratio_of_totals` over clusters of which, by their size, three sums of powers are known.

    Args:
      sizes: [K] different numbers of pairs of a cluster.
      clusters: [K] how many clusters are of this size.
      moments: [3, K] over these clusters, the sums of what each has, of its square and of
        its cube.
    """
    first, second, third = moments
    total, num = float(sizes @ clusters), float(clusters.sum())
    value = first.sum() / total
    at = value * sizes
    squares = (second - 2 * at * first + at**2 * clusters) / total**2
    # Where all are alike, what is left is rounding.
    squares = np.where(squares <= 1e-12 * second / total**2, 0.0, squares)
    cubes = (third - 3 * at * second + 3 * at**2 * first - at**3 * clusters) / total**3
    variance = np.asarray((squares / np.maximum(1.0 - sizes / total, 1e-9)).sum())
    n = max(num, 3.0)
    skewness = np.zeros(())
    if variance > 0:
        skewness = np.asarray(n**2 / ((n - 1) * (n - 2)) * cubes.sum() / variance**1.5)
    return Ratio(
        np.asarray(value),
        variance,
        skewness,
        np.asarray(total),
        independent_originals(sizes, np.asarray(num), True, clusters),
        base_degrees_of_freedom(sizes, np.asarray(num), True, clusters),
    )


def total_of(values: Floats, repeats: Floats | None) -> Floats:
    """[...] sums over [B, ...], each entry as often as `repeats` says; None: once."""
    if repeats is None:
        return np.asarray(values.sum(axis=0))
    return np.asarray((values * repeats).sum(axis=0))


def skewness_of(residuals: Floats, variance: Floats, num_draws: npt.ArrayLike) -> Floats:
    """Of a sum of residuals [B, ...] whose variance is given; 0 where nothing varies.

    n**2 / ((n-1)(n-2)) makes the third moment of n draws unbiased.
    """
    n = np.maximum(np.asarray(num_draws, np.float64), 3.0)
    error = np.sqrt(variance)
    # Divided first: the cube of a tiny number is 0.
    parts = residuals / np.where(error > 0, error, 1.0)
    # A product: a power takes a hundred times as long.
    cubes = np.where(error > 0, parts * parts * parts, 0.0)
    return np.asarray(n**2 / ((n - 1) * (n - 2)) * cubes.sum(axis=0))


def independent_originals(
    counts: Floats, num_originals: Floats, exact: bool = False, repeats: Floats | None = None
) -> Floats:
    """How many originals of equal size would weigh as evenly: N**2 / sum m_i**2.

    Kish's effective size. Over hashed buckets the sum of squares over originals is not
    known; B/(B-1) sum (n_b - N/B)**2 estimates it without bias.
    """
    total = total_of(counts, repeats)
    if exact:
        squares = total_of(np.square(counts), repeats)
    else:
        num_buckets = len(counts)
        squares = np.square(counts - total / num_buckets).sum(axis=0)
        squares = num_buckets / (num_buckets - 1) * squares
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.where(total > 0, np.square(total) / squares, 0.0)
    return np.minimum(size, num_originals)


def base_degrees_of_freedom(
    counts: Floats, num_originals: Floats, exact: bool, repeats: Floats | None = None
) -> Floats:
    """Of a variance over clusters or buckets, as far as their sizes limit them.

    Over clusters (sum v_i)**2 / sum v_i**2 - 1 with v_i = m_i (m_i + mean m), which is n - 1
    for equal ones: the variance is a sum of squares, whose expected sizes are as the m_i
    where pairs of a cluster are independent and as the m_i**2 where they are alike; v_i is
    halfway. Satterthwaite's rule counts how many of them matter. Over buckets
    1 / (1/(B-1) + 1/(n-1)).
    """
    if exact:
        # Of the largest, so that weights of any size fit.
        there = counts if repeats is None else np.where(repeats > 0, counts, 0.0)
        largest = there.max(axis=0)
        shares = there / np.where(largest > 0, largest, 1.0)
        with np.errstate(invalid="ignore"):
            mean = total_of(shares, repeats) / total_of(shares > 0, repeats)
            expected = shares * (shares + mean)
            ratio = np.square(total_of(expected, repeats)) / total_of(np.square(expected), repeats)
        return np.where(largest > 0, np.maximum(ratio - 1.0, 1.0), 1.0)
    return bucket_degrees_of_freedom(len(counts), num_originals)


def bucket_degrees_of_freedom(num_buckets: int, num_originals: npt.ArrayLike) -> Floats:
    """Of a variance over hashed buckets: 1/df = 1/(B-1) + 1/(n-1)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        others = 1 / np.maximum(np.asarray(num_originals, np.float64) - 1, 1.0)
    return np.asarray(1 / (1 / (num_buckets - 1) + others))


def degrees_of_freedom(base: Floats, num_events: npt.ArrayLike = np.inf) -> Floats:
    """With few events: 1/df = 1/base + 1/(2 events), at least 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        inverse = 1 / base + 0.5 / np.maximum(np.asarray(num_events, np.float64), 0.5)
    return np.maximum(1 / inverse, 1.0)


def skewed_reach(t: Floats, skewness: Floats) -> Floats:
    """How many standard errors an estimate may lie above the truth, at quantile t.

    The inverse of Hall's cubic transformation, which takes the skewness out of a
    Studentized mean: (3/g) ((1 + g (t - g/6))**(1/3) - 1); t itself where g = 0.

    Source: Hall (1992), https://doi.org/10.1111/j.2517-6161.1992.tb01872.x.
    """
    is_skewed = np.abs(skewness) > 1e-6
    g = np.where(is_skewed, skewness, 1.0)
    return np.where(is_skewed, 3.0 / g * (np.cbrt(1.0 + g * (t - g / 6.0)) - 1.0), t)


def events_of_skewness(skewness: Floats) -> Floats:
    """Number of rare, independent events that a mean rests on: 1 / (2 skewness**2).

    The sum of equal, rare events has 1 / skewness**2 of them. Half of that, since a
    skewness estimated from few draws, of which the largest is yet to come, is too small.
    """
    is_skewed = np.abs(skewness) > 1e-6
    return np.where(is_skewed, 0.5 / np.square(np.where(is_skewed, skewness, 1.0)), np.inf)


def t_quantile(confidence_level: float, degrees_of_freedom: npt.ArrayLike) -> Floats:
    """Student's two-sided quantile; the normal one at infinite degrees of freedom."""
    probability = 1 - tail_probability(confidence_level)
    df = np.asarray(degrees_of_freedom, np.float64)
    finite = np.isfinite(df)
    t = special.stdtrit(np.where(finite, df, 1.0), probability)
    return np.where(finite, t, special.ndtri(probability))


def tail_probability(confidence_level: float) -> float:
    """The probability left out on each side: 0.025 at 95 %."""
    if not 0 < confidence_level < 1:
        raise errors.ConfigurationError(
            f"confidence_level is {confidence_level}; set it between 0 and 1, such as 0.95"
        )
    return (1 - confidence_level) / 2


def aligned(
    sums: npt.ArrayLike,
    counts: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    repeats: Floats | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Arrays of one shape [B, ...], that of `repeats` if given, and originals [...]; validated."""
    s, n_b = np.asarray(sums, np.float64), np.asarray(counts, np.float64)
    if repeats is None:  # else one entry may stand for any number of clusters that are alike
        count_buckets(s), count_buckets(n_b)
    num_axes = max(s.ndim, n_b.ndim)
    s = s.reshape(s.shape + (1,) * (num_axes - s.ndim))
    n_b = n_b.reshape(n_b.shape + (1,) * (num_axes - n_b.ndim))
    if repeats is None:
        s, n_b = np.broadcast_arrays(s, n_b)
    else:
        s, n_b, _ = np.broadcast_arrays(s, n_b, repeats)
    if not (np.isfinite(s).all() and np.isfinite(n_b).all()):
        raise ValueError("a sum per bucket is not finite; leave out records with such scores")
    if (n_b < 0).any():
        raise ValueError("a count per bucket is negative; weights must be at least 0")
    return s, n_b, matched_to(num_originals, s[0])


def count_buckets(per_bucket: Floats) -> int:
    """Length of the leading axis, which must be at least 2 for any variance."""
    if per_bucket.ndim == 0 or len(per_bucket) < 2:
        raise ValueError(
            f"sums per bucket have shape {per_bucket.shape}; intervals need at least 2 buckets "
            "on the first axis (64 is the default)"
        )
    return len(per_bucket)


def matched_to(num_originals: npt.ArrayLike, shaped: Floats) -> Floats:
    """Originals with axes appended to match, so [S] goes with [S, T]."""
    num = np.asarray(num_originals, np.float64)
    if num.ndim < shaped.ndim:
        num = num.reshape(num.shape + (1,) * (shaped.ndim - num.ndim))
    if not (num >= 0).all():
        raise ValueError("num_originals is negative or NaN; give counts of distinct originals")
    return np.broadcast_to(num, shaped.shape)
