"""Rates and differences of rates with their intervals, one slice at a time.

The formulas are those of docs/intervals.md for slices that are counted by cluster.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np
from scipy import stats

LEVEL = 0.95
MIN_CLUSTERS = 30


@dataclasses.dataclass(frozen=True)
class Estimate:
    """A value, its bounds, and what its flags rest on."""

    value: float
    lower: float
    upper: float
    error: float = math.nan
    size: float = 0.0
    events: float = 0.0
    kish: float = 0.0
    p_value: float = math.nan

    @property
    def interval(self) -> dict[str, float]:
        """As in the report."""
        return {"value": self.value, "lower": self.lower, "upper": self.upper}

    def is_too_few(self, num_clusters: int, least_events: float) -> bool:
        """Whether fewer events, or clusters, stand behind it than an interval needs."""
        return bool(
            num_clusters < MIN_CLUSTERS
            or not self.kish >= MIN_CLUSTERS
            or not self.events >= least_events * (1 - 1e-9)
            or math.isnan(self.value)
        )


UNKNOWN = Estimate(math.nan, math.nan, math.nan)


@dataclasses.dataclass(frozen=True)
class Ratio:
    """F / N with the moments of its error."""

    value: float
    variance: float
    skewness: float
    kish: float
    df: float


def ratio(sums: np.ndarray, sizes: np.ndarray, pull: np.ndarray | None = None) -> Ratio:
    """F / N over clusters; `pull` is what else a cluster does to F, as through a threshold."""
    total = sizes.sum()
    value = sums.sum() / total
    residuals = sums - value * sizes
    if pull is not None:
        residuals = residuals + pull - pull.sum() / total * sizes
    residuals[np.abs(residuals) <= 1e-12 * np.abs(sums).sum()] = 0.0
    shares = sizes / total
    variance = float((residuals**2 / np.maximum(1 - shares, 1e-9)).sum() / total**2)
    n = max(len(sizes), 3)
    skewness = 0.0
    if variance > 0:
        cubes = ((residuals / total / math.sqrt(variance)) ** 3).sum()
        skewness = float(n**2 / ((n - 1) * (n - 2)) * cubes)
    kish = min(total**2 / (sizes**2).sum(), len(sizes))
    mass = sizes * (sizes + sizes[sizes > 0].mean())
    df = max(mass.sum() ** 2 / (mass**2).sum() - 1, 1.0)
    return Ratio(float(value), variance, skewness, float(kish), float(df))


def t_quantile(df: float, level: float = LEVEL) -> float:
    """Student's two-sided quantile."""
    tail = (1 + level) / 2
    return float(stats.norm.ppf(tail) if math.isinf(df) else stats.t.ppf(tail, df))


def degrees(base: float, events: float) -> float:
    """1/df = 1/base + 1/(2 events), at least 1."""
    return max(1 / (1 / base + 1 / (2 * max(events, 0.5))), 1.0)


def rate(
    sums: np.ndarray,
    sizes: np.ndarray,
    pull: np.ndarray | None = None,
    is_single: bool = False,
) -> Estimate:
    """Wilson's interval on the effective size of F / N; on N where each cluster is one pair.

    Args:
        sums: [K] F by cluster.
        sizes: [K] N by cluster.
        pull: [K] what else a cluster does to F, as through a threshold.
        is_single: Whether each cluster of the slice is one pair, all of one weight.
    """
    if not sizes.sum() > 0:
        return UNKNOWN
    if is_single and (pull is None or not pull.any()):
        p, total = sums.sum() / sizes.sum(), sizes.sum()
        actual = known_size(p, total, LEVEL)
        return dataclasses.replace(actual, events=min(p, 1 - p) * total, kish=total)
    return score(ratio(sums, sizes, pull))


def score(one: Ratio, low: float = 0.0, width: float = 1.0) -> Estimate:
    """Wilson's interval of a value in [low, low + width], by its variance."""
    p, variance = (one.value - low) / width, one.variance / width**2
    p = min(max(p, 0.0), 1.0)
    spread = p * (1 - p)
    varies = variance > 0
    size = spread / variance if varies and spread > 1e-12 else one.kish
    events = min(p, 1 - p) * size
    trust = min(max((events - 2) / 3, 0.0), 1.0) if varies else 0.0
    size = 1 / (trust / size + (1 - trust) / min(size, one.kish))
    df = degrees(one.df, events / trust if trust else math.inf)
    lower, upper, error = _wilson(p, size, t_quantile(df if spread > 1e-12 else math.inf))
    return Estimate(
        one.value,
        low + width * lower,
        low + width * upper,
        width * error,
        size,
        min(p, 1 - p) * size,
        one.kish,
    )


def known_size(p: float, size: float, level: float) -> Estimate:
    """Wilson's interval of a rate of so many independent pairs, at any level."""
    lower, upper, error = _wilson(p, size, t_quantile(math.inf, level))
    return Estimate(p, lower, upper, error, size)


def _wilson(p: float, size: float, t: float) -> tuple[float, float, float]:
    middle = (p + t**2 / (2 * size)) / (1 + t**2 / size)
    reach = t * math.sqrt(p * (1 - p) / size + t**2 / (4 * size**2)) / (1 + t**2 / size)
    error = math.sqrt(p * (1 - p) / size) if p * (1 - p) > 0 else reach / t
    return min(max(middle - reach, 0.0), p), max(min(middle + reach, 1.0), p), error


def hall(t: float, g: float) -> float:
    """Hall's cubic: how many standard errors an estimate may lie above the truth."""
    if abs(g) <= 1e-6:
        return t
    return float(3 / g * (np.cbrt(1 + g * (t - g / 6)) - 1))


def difference(
    candidate: np.ndarray,
    baseline: np.ndarray,
    sizes: np.ndarray,
    pull: np.ndarray | None = None,
    bounds: tuple[float, float] = (-1.0, 1.0),
    is_skewed: bool = False,
) -> Estimate:
    """D = sum of differences / N, widened by two unseen events, with its test."""
    if not sizes.sum() > 0:
        return UNKNOWN
    d = candidate - baseline
    d[np.abs(d) <= 1e-12 * (np.abs(candidate) + np.abs(baseline)).sum()] = 0.0
    one = ratio(d, sizes, pull)
    squares = (d**2).sum()
    events = float(np.abs(d).sum() ** 2 / squares) if squares else 0.0
    if squares and one.variance > 0:
        variance = one.variance * (1 + 2 / events)
    else:
        variance = 2 * (max(map(abs, bounds)) / max(one.kish, 1.0)) ** 2
    error = math.sqrt(variance)
    t = t_quantile(degrees(one.df, events if 0 < events < 10 else math.inf))
    g = one.skewness if is_skewed else 0.0
    lower, upper = (float(np.clip(one.value - error * hall(q, g), *bounds)) for q in (t, -t))
    return Estimate(
        one.value,
        min(lower, one.value),
        max(upper, one.value),
        error,
        events=events,
        kish=one.kish,
        p_value=signs(d if pull is None else d + pull),
    )


def signs(d: np.ndarray) -> float:
    """The paired cluster test: random signs of d, as a two-sided mid-p binomial test."""
    squares, absolute = (d**2).sum(), np.abs(d).sum()
    if not squares:
        return 1.0
    m = absolute**2 / squares
    x = (m + min(abs(d.sum()) * absolute / squares, m)) / 2
    return float(min(1.0, _tail(x, m) + _tail(x + 1, m)))


def _tail(x: float, m: float) -> float:
    """P(X >= x) for X ~ Binomial(m, 1/2), continued to real numbers by the beta distribution."""
    return float(stats.beta.cdf(0.5, x, m - x + 1)) if m - x + 1 > 0 else 0.0


def direction(rises: np.ndarray, falls: np.ndarray, num_pairs: int) -> float:
    """p-value of both directions being equally likely, from counts by cluster."""
    if num_pairs != len(rises):
        return signs((rises - falls).astype(float))
    total = int(rises.sum() + falls.sum())
    return float(stats.binomtest(int(rises.sum()), total).pvalue) if total else 1.0


def detectable(error: float) -> float:
    """What 80 % of repetitions would have shown."""
    return float((stats.norm.ppf((1 + LEVEL) / 2) + stats.norm.ppf(0.8)) * error)
