"""Candidate against baseline on the same pairs: difference, interval, test, power.

Use these through `fairflip.metrics.intervals`, which explains shapes and buckets.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from fairflip.metrics.intervals import bucket_sums, hypothesis_tests
from fairflip.metrics.intervals.bucket_sums import Floats
from fairflip.protos import errors


class DifferenceEstimate(NamedTuple):
    """Candidate - baseline on the same pairs; all arrays have one shape.

    Attributes:
      value: The difference; below 0 where the candidate flips less.
      lower: Lower bound.
      upper: Upper bound.
      standard_error: Standard error of `value`; above 0 also where nothing differs.
      effective_size: Number of independent events in which the models differ, as if
        all were of one size. Buckets bound it: many events look like 2/3 of them, so
        that fewer than 20 buckets never suffice for `too_few_to_compare`.
      p_value: Two-sided, cluster-correct; see `hypothesis_tests.paired_cluster_test`.
      num_independent: How many originals of equal weight would weigh as evenly (Kish).
    """

    value: Floats
    lower: Floats
    upper: Floats
    standard_error: Floats
    effective_size: Floats
    p_value: Floats
    num_independent: Floats


def rate_difference(
    flips_candidate: npt.ArrayLike,
    flips_baseline: npt.ArrayLike,
    pairs: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
    exact: bool = False,
    adjustment: npt.ArrayLike | None = None,
    repeats: npt.NDArray[np.float64] | None = None,
) -> DifferenceEstimate:
    """Candidate's rate - baseline's rate on the same pairs, one original one draw.

    With d_b the difference of both sums in bucket b, D = sum d_b / N and V its
    variance as in `intervals.rate_interval`, the interval is D -+ t sqrt(V (1 + 2/m)):
    two unseen events, one each way, are added to the m events seen, as Bonett and
    Price do for independent pairs. Where the models do not differ at all, the unseen
    events are two whole originals, so a difference of 0 has an interval that is not
    [0, 0]. With fewer than 10 events, t has about 2 m degrees of freedom at most.

    Example: on 128 single pairs the candidate flips 7 that the baseline does not, and
    nothing else differs: D = 7/128 = 0.0547, m = 7 if they are in 7 buckets, and the
    test gives p = 2**-7 = 0.0078.

    Args:
      flips_candidate: [B, ...] sums per bucket of the candidate's flips.
      flips_baseline: [B, ...] the same of the baseline, on the same pairs.
      pairs: [B, ...] sums per bucket of pairs.
      num_originals: [...] distinct originals in the slice, unweighted.
      confidence_level: Such as 0.95.
      exact: Each entry of the first axis is one original (or cluster), not a bucket of
        several; entries of zeros stand for nothing.
      adjustment: [B, ...] what each entry adds to the error of the candidate's flips
        through a threshold that was chosen on the same data. Interval and test allow
        for it.
      repeats: [B, ...] of how many clusters each entry is what one of them has; None: of
        one. With `exact`, and without `adjustment`.

    Returns:
      Estimates in [-1, 1]; NaN where `pairs` sum to 0. The p-value comes from a test
      without the added events, so it may differ from the interval on the verge of 0.

    Source: Bonett and Price (2012), https://doi.org/10.3102/1076998611411915.
    """
    bounds = (-1.0, 1.0)
    arrays = (flips_candidate, flips_baseline, pairs, num_originals)
    return _difference(*arrays, confidence_level, bounds, False, exact, adjustment, repeats)


def mean_difference(
    sums_candidate: npt.ArrayLike,
    sums_baseline: npt.ArrayLike,
    counts: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = None,
    exact: bool = False,
) -> DifferenceEstimate:
    """Candidate's mean - baseline's mean on the same pairs, one original one draw.

    As `rate_difference`, and corrected for skewness as `intervals.mean_interval` is.

    Args:
      sums_candidate: [B, ...] sums per bucket of the candidate.
      sums_baseline: [B, ...] the same of the baseline, on the same pairs.
      counts: [B, ...] number (or weight) of pairs per bucket.
      num_originals: [...] distinct originals in the slice, unweighted.
      confidence_level: Such as 0.95.
      bounds: Smallest and largest possible difference, (-1, 1) for gaps of
        probabilities; the interval is cut there.
      exact: As in `rate_difference`.

    Returns:
      Estimates; NaN where `counts` sum to 0.
    """
    arrays = (sums_candidate, sums_baseline, counts, num_originals)
    return _difference(*arrays, confidence_level, bounds, True, exact)


def _difference(
    sums_candidate: npt.ArrayLike,
    sums_baseline: npt.ArrayLike,
    counts: npt.ArrayLike,
    num_originals: npt.ArrayLike,
    confidence_level: float,
    bounds: tuple[float, float] | None,
    is_skewed: bool,
    exact: bool,
    adjustment: npt.ArrayLike | None = None,
    repeats: npt.NDArray[np.float64] | None = None,
) -> DifferenceEstimate:
    candidate = np.asarray(sums_candidate, np.float64)
    baseline = np.asarray(sums_baseline, np.float64)
    if candidate.shape != baseline.shape:
        raise ValueError(
            f"sums of the candidate have shape {candidate.shape}, of the baseline "
            f"{baseline.shape}; both need the same buckets, slices and thresholds"
        )
    # Rounding of weighted sums must not pass for an event.
    scale = np.abs(candidate) + np.abs(baseline)
    d = candidate - baseline
    d = np.where(np.abs(d) <= 1e-12 * bucket_sums.total_of(scale, repeats), 0.0, d)
    d, n_b, num = bucket_sums.aligned(d, counts, num_originals, repeats)
    if adjustment is not None:
        adjustment = np.broadcast_to(np.asarray(adjustment, np.float64), d.shape)
    ratio = bucket_sums.ratio_of_totals(d, n_b, num, is_skewed, exact, adjustment, repeats)
    some = ratio.total > 0
    absolute = bucket_sums.total_of(np.abs(d), repeats)
    squared = bucket_sums.total_of(np.square(d), repeats)
    seen = squared > 0
    num_events = np.where(seen, np.square(absolute) / np.where(seen, squared, 1.0), 0.0)
    # Without bounds there is no telling how large an unseen event would be.
    widest = 0.0 if bounds is None else max(abs(bounds[0]), abs(bounds[1]))
    originals = np.maximum(ratio.num_independent, 1.0)
    unseen = 2.0 * np.square(widest / originals)
    widened = ratio.variance * (1.0 + 2.0 / np.where(seen, num_events, 1.0))
    # One value for all pairs has no variance either.
    widened = np.where(seen & (widened > 0), widened, unseen)
    error = np.where(some, np.sqrt(widened), np.nan)
    few = seen & (num_events < bucket_sums.MIN_DIFFERING_EVENTS)
    limit = np.where(few, num_events, np.inf)
    df = bucket_sums.degrees_of_freedom(ratio.degrees_of_freedom, limit)
    t = bucket_sums.t_quantile(confidence_level, df)
    tested = d if adjustment is None else d + adjustment
    lower = ratio.value - error * bucket_sums.skewed_reach(t, ratio.skewness)
    upper = ratio.value - error * bucket_sums.skewed_reach(-t, ratio.skewness)
    if bounds is not None:
        lower, upper = np.clip(lower, *bounds), np.clip(upper, *bounds)
    return DifferenceEstimate(
        np.asarray(ratio.value),
        np.minimum(lower, ratio.value),
        np.maximum(upper, ratio.value),
        error,
        np.where(some, num_events, 0.0),
        np.where(some, hypothesis_tests.paired_cluster_test(tested, repeats), np.nan),
        ratio.num_independent,
    )


def minimum_detectable_difference(
    standard_error: npt.ArrayLike, confidence_level: float = 0.95, power: float = 0.8
) -> Floats:
    """The smallest true difference that this slice would have shown.

    (z_{1 - alpha/2} + z_power) standard_error, 2.80 standard errors by default. A
    smaller difference than this may be there and remain unseen.

    Args:
      standard_error: [...] of a difference, for candidate against baseline; of a
        rate, for the rate against a fixed value such as a limit.
      confidence_level: Of the interval or test that should show it.
      power: Probability with which it should be shown.

    Returns:
      [...] differences in the unit of the standard error; NaN where that is NaN.
    """
    if not 0 < power < 1:
        raise errors.ConfigurationError(f"power is {power}; set it between 0 and 1, such as 0.8")
    quantiles = special.ndtri(1 - bucket_sums.tail_probability(confidence_level)) + special.ndtri(
        power
    )
    return np.asarray(quantiles * np.asarray(standard_error, np.float64))


def too_few_to_compare(
    difference: DifferenceEstimate, num_originals: npt.ArrayLike
) -> npt.NDArray[np.bool_]:
    """Whether the two models differ too rarely in a slice to trust the comparison.

    True where they differ in fewer than 10 independent events, or there are fewer
    than 30 originals, or originals that weigh as unevenly as fewer would, or nothing.

    Args:
      difference: From `rate_difference` or `mean_difference`.
      num_originals: [...] distinct originals in the slice.

    Returns:
      [...] flags.
    """
    value = np.asarray(difference.value, np.float64)
    few = bucket_sums.matched_to(num_originals, value) < bucket_sums.MIN_ORIGINALS
    few = few | ~(difference.num_independent >= bucket_sums.MIN_ORIGINALS)
    return np.asarray(
        few | ~(difference.effective_size >= bucket_sums.MIN_DIFFERING_EVENTS) | np.isnan(value)
    )
