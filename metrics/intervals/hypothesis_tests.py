"""Tests of counterfactual flips: direction, candidate against baseline, many slices.

Every function is vectorised over slices and thresholds. Which test answers what:

- `mcnemar_exact`: are flips negative_to_positive as likely as positive_to_negative?
  It takes pairs as independent, so it is right only with one counterfactual per
  original.
- `paired_cluster_test`: the same question, or candidate against baseline on the
  same pairs, when one original has several counterfactuals.
- `benjamini_hochberg`: how many of the slices found so are chance?
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from fairflip.metrics.intervals.bucket_sums import Floats, total_of


def mcnemar_exact(
    negative_to_positive: npt.ArrayLike, positive_to_negative: npt.ArrayLike
) -> Floats:
    """Exact two-sided McNemar test that both flip directions are equally likely.

    p = min(1, 2 P(X <= min(n01, n10))) for X ~ Binomial(n01 + n10, 1/2).

    Pairs are taken as independent draws. Several counterfactuals of one original
    tend to flip together, which makes this p-value too small: with clusters use
    `paired_cluster_test` on the difference of both directions per bucket.

    Example: 1 flip one way and 8 the other gives p = 2 (1 + 9) / 2**9 = 0.0391.

    Args:
      negative_to_positive: [...] unweighted counts of flips to positive.
      positive_to_negative: [...] unweighted counts of flips to negative.

    Returns:
      [...] p-values in (0, 1]; 1 where nothing flipped, since there is no evidence.

    Raises:
      ValueError: A count is negative or no whole number (a weighted sum).

    Source: McNemar (1947), https://doi.org/10.1007/BF02295996.
    """
    n01, n10 = np.broadcast_arrays(
        np.asarray(negative_to_positive, np.float64), np.asarray(positive_to_negative, np.float64)
    )
    for name, counts in (("negative_to_positive", n01), ("positive_to_negative", n10)):
        # NaN is no whole number either.
        wrong = ~((counts >= 0) & (counts == np.floor(counts)))
        if wrong.any():
            raise ValueError(
                f"{name} holds {counts[wrong][0]}; McNemar's test needs unweighted counts, "
                "for weighted sums use paired_cluster_test"
            )
    # P(X <= k) = P(X >= n - k), as both directions are alike.
    tail = _binomial_upper_tail(np.maximum(n01, n10), n01 + n10)
    return np.asarray(np.minimum(1.0, 2.0 * tail))


def paired_cluster_test(differences: npt.ArrayLike, repeats: Floats | None = None) -> Floats:
    """Tests whether differences per bucket are symmetric around 0.

    Under the null hypothesis, exchanging the two sides (candidate and baseline, or
    the two directions) leaves the distribution as it is, so the sign of each
    bucket's net difference d_b is a fair coin. The sum of randomly signed d_b is
    approximated by a binomial of the same variance and the same largest value:

        m = (sum |d_b|)**2 / sum d_b**2        events, as if all were of one size
        s = sum d_b**2 / sum |d_b|             the size of one event
        x = (m + |sum d_b| / s) / 2            events in the prevailing direction
        p = min(1, P(X >= x) + P(X > x)),  X ~ Binomial(m, 1/2), continued to real m

    That is the two-sided mid-p test. With events of equal size in buckets of their
    own it is McNemar's mid-p test on clusters; with many events it is the score
    test sum d_b / sqrt(sum d_b**2). Whole originals fall into one bucket, so any
    dependence between the counterfactuals of one original is allowed for.

    Example: six buckets with +1 and two with -1 give m = 8, s = 1, x = 6 and
    p = P(X >= 6) + P(X >= 7) = (37 + 9) / 256 = 0.1797.

    Args:
      differences: [B, ...] sums per resampling bucket of candidate - baseline (or
        negative_to_positive - positive_to_negative); may be weighted.
      repeats: [B, ...] how many clusters each entry stands for; None: one.

    Returns:
      [...] p-values in (0, 1]; 1 where all differences are 0; NaN where one is NaN.
    """
    d = np.asarray(differences, np.float64)
    if d.ndim == 0:
        raise ValueError("differences need a leading axis of resampling buckets")
    absolute = total_of(np.abs(d), repeats)
    squared = total_of(np.square(d), repeats)
    with np.errstate(divide="ignore", invalid="ignore"):
        num_events = np.square(absolute) / squared
        # |sum d| <= sum |d| = s m: rounding must not carry x above m.
        net = np.minimum(np.abs(total_of(d, repeats)) * absolute / squared, num_events)
        x = (num_events + net) / 2.0
        p = _binomial_upper_tail(x, num_events) + _binomial_upper_tail(x + 1.0, num_events)
    p = np.minimum(1.0, p)
    return np.asarray(np.where(squared == 0.0, 1.0, p))


def _binomial_upper_tail(x: Floats, n: Floats) -> Floats:
    """P(X >= x) for X ~ Binomial(n, 1/2), continued to real x and n; 0 above n."""
    # The largest step of the lattice is 1, so the tail runs out at x = n + 1.
    left = n - x + 1.0
    inside = left > 0.0
    return np.where(
        np.isnan(left),
        np.nan,
        np.where(inside, special.betainc(x, np.where(inside, left, 1), 0.5), 0),
    )


def benjamini_hochberg(p_values: npt.ArrayLike, axis: int = 0) -> Floats:
    """Adjusts p-values so that rejecting at q keeps the false discovery rate below q.

    adjusted_(i) = min over j >= i of min(1, p_(j) m / j), for the i-th smallest of
    m p-values. NaN (a slice without pairs) is no test: it stays NaN and does not
    count in m. The rate is kept for independent and for positively dependent tests,
    such as overlapping slices.

    Example: (0.01, 0.04, NaN, 0.03) gives (0.03, 0.04, NaN, 0.04).

    Args:
      p_values: [..., S, ...] p-values of one family along `axis`.
      axis: The axis of the slices; other axes (thresholds) are families of their own.

    Returns:
      Adjusted p-values of the same shape.

    Raises:
      ValueError: A p-value lies outside [0, 1].

    Source: Benjamini and Hochberg (1995),
    https://doi.org/10.1111/j.2517-6161.1995.tb02031.x.
    """
    # SciPy's own takes no NaN, and importing scipy.stats costs an evaluation 0.4 CPU-seconds.
    p = np.asarray(p_values, np.float64)
    if ((p < 0) | (p > 1)).any():
        raise ValueError("p-values lie outside [0, 1]; pass the p-values themselves")
    p = np.moveaxis(np.atleast_1d(p), axis, 0)
    order = np.argsort(p, axis=0, kind="stable")  # NaN sorts last.
    ordered = np.take_along_axis(p, order, axis=0)
    num_tests = np.sum(~np.isnan(ordered), axis=0)
    rank = np.arange(1, len(p) + 1).reshape((-1,) + (1,) * (p.ndim - 1))
    # The factor is at least 1, also when rounded: no p-value becomes smaller.
    scaled = np.minimum(1.0, ordered * (num_tests / rank))
    # fmin, not minimum: the NaN at the end must not run down over the others.
    running = np.fmin.accumulate(scaled[::-1], axis=0)[::-1]
    adjusted = np.empty_like(p)
    np.put_along_axis(adjusted, order, np.where(np.isnan(ordered), np.nan, running), axis=0)
    return np.moveaxis(adjusted, 0, axis).reshape(np.shape(p_values))
