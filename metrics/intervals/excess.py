"""How much more identity edits change than other edits do, with two intervals.

    excess = flip rate of the pairs - flip rate of their controls

Two questions, two intervals:

* *These terms, this model.* Interval A takes the clusters (originals) as the sample, as
  every rate here does. It says whether removing these very terms flips more.
* *Identity words, unlike other words?* A few terms make most pairs, so that any few words
  would differ from any others by chance. Interval B takes what was done to words (a word
  removed, two words swapped) as a sample, too:

      SE_B**2 = SE_A**2 + v (h_I + h_C)
      lower   = excess - SE_B (t + g (z**2 - 1) / 6)
      upper   = excess + SE_B t

  v is the variance between words, estimated from the controls alone. h_I = sum s**2, where
  s is the share of the pairs in which one edit takes part: effects of several edits of one
  pair add up. h_C is the same of controls. t has max(2, effective terms - 1) degrees of
  freedom. Effects of words cannot be negative, so few are large: g is the skewness of the
  excess where each has the skewness 2 sqrt(v) / control rate (a gamma variable of that mean
  and variance), at most 4; z is the normal quantile.

A claim that identity is what matters needs B above 0. An excess of 0 or less is never
evidence of fairness: a model that cannot see identity words has a negative one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.metrics.intervals import bucket_sums
from fairflip.metrics.intervals.differences import (
    DifferenceEstimate,
    mean_difference,
    rate_difference,
)
from fairflip.metrics.intervals.excess_sums import ExcessSums
from fairflip.metrics.intervals.keyed_sums import Floats, KeyedSums

# Where control edits flip next to nothing, their skewness cannot be told.
_MOST_SKEWED = 4.0


class ExcessEstimate(NamedTuple):
    """Excess at each of T thresholds, over the pairs that have a control.

    Attributes:
      value: [T] identity - control; NaN without a pair that has a control.
      lower: [T] of interval A.
      upper: [T] of interval A.
      over_words_lower: [T] of interval B.
      over_words_upper: [T] of interval B.
      identity: [T] rate (or mean gap) of the pairs that have a control.
      control: [T] mean of their controls.
      standard_error: [T] of interval A.
      variance_between_words: [T] v.
      effective_terms: How many edits of equal share would be as uneven, a pair's share being
        split among its edits; 0 without pairs.
      effective_words: The same of controls.
    """

    value: Floats
    lower: Floats
    upper: Floats
    over_words_lower: Floats
    over_words_upper: Floats
    identity: Floats
    control: Floats
    standard_error: Floats
    variance_between_words: Floats
    effective_terms: float
    effective_words: float


class TopTerm(NamedTuple):
    """The term that moves the excess most, at each of T thresholds.

    Attributes:
      term: [T] strings; "" where no pair has a control.
      without: [T] the excess over the pairs that do not edit this term; NaN where every
        pair does.
    """

    term: npt.NDArray[Any]
    without: Floats


def excess_rate(
    sums: ExcessSums,
    confidence_level: float = 0.95,
    num_clusters: int | None = None,
    is_difference: bool = False,
) -> ExcessEstimate:
    """The excess flip rate, from sums of flips.

    Args:
      sums: Of flips (0 or 1) in one direction or both; or of one model's flips less
        another's.
      confidence_level: Of both intervals.
      num_clusters: How many clusters there are, where those of `sums` are hashed buckets of
        them; None: each is one cluster.
      is_difference: Whether the sums are of differences: these may have either sign, so that
        interval B knows no skewness.

    Returns:
      Estimates in [-1, 1]; NaN where no pair has a control, bounds also where all pairs
      are of one cluster.
    """
    bounds = (-2.0, 2.0) if is_difference else (-1.0, 1.0)
    return _excess(sums, confidence_level, _rate_difference, bounds, num_clusters, is_difference)


def excess_mean(
    sums: ExcessSums,
    confidence_level: float = 0.95,
    bounds: tuple[float, float] | None = (-1.0, 1.0),
    num_clusters: int | None = None,
) -> ExcessEstimate:
    """The excess of a mean score gap, from sums of gaps.

    Interval B holds its size for gaps where words are removed, not where they are replaced:
    show it there, decide nothing by it.

    Args:
      sums: Of gaps.
      confidence_level: Of both intervals.
      bounds: Smallest and largest possible excess; None where scores have no bounds.
      num_clusters: As in `excess_rate`.
    """

    def difference(candidate, baseline, counts, num_originals, confidence_level, exact):
        arrays = (candidate, baseline, counts, num_originals)
        return mean_difference(*arrays, confidence_level, bounds, exact)

    return _excess(sums, confidence_level, difference, bounds, num_clusters)


def top_term(sums: ExcessSums) -> TopTerm:
    """The identity term without whose pairs the excess changes most.

    Terms of equal influence: the first by alphabet.
    """
    weight, totals = _totals(sums.clusters)
    num_thresholds = totals.shape[1]
    if not len(sums.terms.keys) or weight <= 0:
        return TopTerm(np.full(num_thresholds, "", object), np.full(num_thresholds, np.nan))
    excess = (totals[0] - totals[1]) / weight
    left = weight - sums.terms.weights[:, 0]
    some = left > 1e-9 * weight
    moved = (totals[0] - totals[1]) - (sums.terms.values[:, 0] - sums.terms.values[:, 1])
    without = np.full(moved.shape, np.nan)
    np.divide(moved, left[:, None], out=without, where=some[:, None])
    # A term that all pairs edit moves all there is.
    influence = np.where(some[:, None], np.abs(without - excess), np.inf)
    first = influence.argmax(axis=0)
    return TopTerm(sums.terms.keys[first].astype(object), without[first, np.arange(num_thresholds)])


def effective_number(shares: npt.ArrayLike) -> float:
    """How many equal shares would be as uneven: (sum s)**2 / sum s**2; 0 of none."""
    share = np.asarray(shares, np.float64)
    squares = float(np.square(share).sum())
    return float(share.sum() ** 2 / squares) if squares > 0 else 0.0


def variance_between_words(words: KeyedSums) -> Floats:
    """v: how much control words differ in what editing them does, [T], at least 0.

    With r = control - mean and a the share of an edit in a word,

        u_w = (S**2 - Q) / (n**2 - q),   S = sum a r,  Q = sum (a r)**2,  n = sum a,  q = sum a**2
        v = max(0, sum n_w u_w / sum n_w)

    Squares are of sums over one original, so that u_w holds products of different originals
    only and is 0 on average where all words are alike. Words of one original say nothing.
    """
    total = words.weights[:, 0].sum()
    num_thresholds = words.values.shape[2]
    if total <= 0:
        return np.zeros(num_thresholds)
    share, squared_share = words.weights[:, 0], words.weights[:, 1]
    pairs_of_originals = np.square(share) - squared_share
    several = pairs_of_originals > 1e-9 * np.square(share)
    if not several.any():
        return np.zeros(num_thresholds)
    mean = words.values[:, 0].sum(axis=0) / total
    events, squares, products = (words.values[several, i] for i in range(3))
    share, squared_share = share[several, None], squared_share[several, None]
    residual = events - mean * share
    own = squares - 2 * mean * products + np.square(mean) * squared_share
    each = (np.square(residual) - own) / pairs_of_originals[several, None]
    return np.maximum(0.0, (share * each).sum(axis=0) / share.sum())


def _rate_difference(
    identity: Floats,
    control: Floats,
    weights: Floats,
    num_clusters: int,
    confidence_level: float,
    exact: bool,
) -> DifferenceEstimate:
    """The paired difference; with many events by its plain variance, which then is exact."""
    arrays = (weights, num_clusters)
    cautious = rate_difference(identity, control, *arrays, confidence_level, exact)
    d, weight, num = bucket_sums.aligned(identity - control, *arrays)
    ratio = bucket_sums.ratio_of_totals(d, weight, num, is_skewed=False, exact=exact)
    error = np.sqrt(ratio.variance)
    many = cautious.effective_size >= bucket_sums.MIN_DIFFERING_EVENTS
    reach = bucket_sums.t_quantile(confidence_level, ratio.degrees_of_freedom) * error
    return cautious._replace(
        lower=np.where(many, np.clip(cautious.value - reach, -2, 2), cautious.lower),
        upper=np.where(many, np.clip(cautious.value + reach, -2, 2), cautious.upper),
        standard_error=np.where(many, error, cautious.standard_error),
    )


def _without_bounds(
    value: Floats, identity: Floats, control: Floats, variance: Floats, terms: float, words: float
) -> ExcessEstimate:
    none = np.full(value.shape, np.nan)
    return ExcessEstimate(
        value, none, none, none, none, identity, control, none, variance, terms, words
    )


def _totals(clusters: KeyedSums) -> tuple[float, Floats]:
    """The weight of all pairs with a control, and [2, T] identity and control."""
    return float(clusters.weights[:, 0].sum()), clusters.values.sum(axis=0)


def _excess(
    sums: ExcessSums,
    confidence_level: float,
    difference: Any,
    bounds: tuple[float, float] | None,
    num_clusters: int | None = None,
    is_difference: bool = False,
) -> ExcessEstimate:
    weight, totals = _totals(sums.clusters)
    nothing = np.full(totals.shape[1], np.nan)
    terms = effective_number(sums.edits.weights[:, 0])
    words = effective_number(sums.words.weights[:, 0])
    if weight <= 0:
        return _without_bounds(nothing, nothing, nothing, nothing, 0.0, 0.0)
    identity, control = totals / weight
    variance = variance_between_words(sums.words)
    num_there = int((sums.clusters.weights[:, 0] > 0).sum())
    if num_there < 2:
        return _without_bounds(identity - control, identity, control, variance, terms, words)
    paired = difference(
        sums.clusters.values[:, 0],
        sums.clusters.values[:, 1],
        sums.clusters.weights[:, 0],
        num_there if num_clusters is None else num_clusters,
        confidence_level,
        num_clusters is None,
    )
    shares = sums.edits.weights[:, 1] / weight
    control_shares = sums.words.weights[:, 2] / weight
    added = np.square(shares).sum() + np.square(control_shares).sum()
    error = np.sqrt(np.square(paired.standard_error) + variance * added)
    skewness = np.zeros_like(error)
    if not is_difference:
        np.divide(np.sqrt(variance), control, out=skewness, where=control > 0)
    skewness = np.minimum(2 * skewness, _MOST_SKEWED) * np.power(shares, 3).sum()
    np.divide(skewness * variance**1.5, error**3, out=skewness, where=error > 0)
    t = bucket_sums.t_quantile(confidence_level, max(2.0, terms - 1))
    z = bucket_sums.t_quantile(confidence_level, np.inf)
    lower = paired.value - error * (t + skewness * (z * z - 1) / 6)
    upper = paired.value + error * t
    if bounds is not None:
        lower, upper = np.clip(lower, *bounds), np.clip(upper, *bounds)
    return ExcessEstimate(
        paired.value,
        paired.lower if bounds is None else np.maximum(paired.lower, bounds[0]),
        paired.upper if bounds is None else np.minimum(paired.upper, bounds[1]),
        lower,
        upper,
        identity,
        control,
        paired.standard_error,
        variance,
        terms,
        words,
    )
