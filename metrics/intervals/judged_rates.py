"""Flip rates corrected by people's answers about a sample of the pairs.

A pair counts where it is valid and its decision should stay the same. Of all pairs a share
r flips, which the run knows; of those that flip a share p_f counts, of the others p_n, which
a sample of each tells. Then, among the pairs that count,

    corrected rate = r p_f / (r p_f + (1 - r) p_n)

The three shares are estimated from draws that are independent of each other. Each has the
distribution Beta(x + 1/2, n - x + 1/2), n being its effective number of draws and x = n times
the share (Jeffreys); the interval holds the middle 95 % of what the formula makes of them. The
rates of identity pairs and of their controls move together: their quantiles are drawn with
the correlation of the two rates (a Gaussian copula).

The distribution is walked through on a fixed grid of points of low discrepancy (Roberts'
R sequence), so that the same answers give the same bounds. How well they cover:
benchmarks/intervals/reviewed_rates.py. Source: Hannig et al. (2016), "Generalized fiducial
inference", JASA 111(515), for intervals of functions of several parameters.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import special

from fairflip.metrics.intervals import bucket_sums

Floats = npt.NDArray[np.float64]
_NUM_POINTS = 1 << 14
#: Where a Beta quantile is computed, in standard deviations of a normal; between, interpolated.
_NODES = np.linspace(-5.0, 5.0, 201)


class Share(NamedTuple):
    """A share, and how many independent draws tell as much.

    Attributes:
      value: In [0, 1]; NaN over nothing.
      size: At least 0; 0 where nothing was drawn.
    """

    value: float
    size: float


class JudgedRate(NamedTuple):
    """A rate of a run, and what people's answers say of a sample of its pairs.

    Attributes:
      flips: The share of all pairs that flip.
      counting_flips: The share that counts, of the judged pairs that flip.
      counting_others: The same of the judged pairs that do not flip.
    """

    flips: Share
    counting_flips: Share
    counting_others: Share


def share_of_interval(value: float, upper: float, confidence_level: float) -> Share:
    """The share whose Wilson interval ends at `upper`.

        size = z**2 upper (1 - upper) / (upper - value)**2

    A rate of 1 is read from 1 - rate by the caller. Size 0 where the bound is no number.
    """
    if not (np.isfinite(value) and np.isfinite(upper)) or upper <= value:
        return Share(value, 0.0)
    z = float(bucket_sums.t_quantile(confidence_level, np.asarray(np.inf)))
    return Share(value, z * z * upper * (1 - upper) / (upper - value) ** 2)


def corrected_rate(
    judged: JudgedRate, confidence_level: float = 0.95
) -> tuple[float, float, float]:
    """The corrected rate with its interval.

    Example: of 1,000 pairs 100 flip; of 50 judged flips 25 count, of 50 judged others all:
    .1 x .5 / (.1 x .5 + .9) = 5.3 %.

    Returns:
      Value, lower and upper bound in [0, 1]; NaN where no judged pair counts.
    """
    drawn = _corrected(_draws(judged, _grid(3)))
    return _estimate(_value(judged), drawn, confidence_level)


def corrected_excess(
    judged: JudgedRate,
    controls: JudgedRate,
    correlation: float = 0.0,
    confidence_level: float = 0.95,
) -> tuple[float, float, float]:
    """The corrected rate of pairs less that of their controls, with its interval.

    Args:
      judged: Of the pairs that have a control.
      controls: Of these controls.
      correlation: Of the two flip rates over samples of originals, in (-1, 1).
      confidence_level: Such as 0.95.

    Returns:
      Value, lower and upper bound in [-1, 1]; NaN where no judged pair (or control) counts.
    """
    grid = _grid(6)
    others_rate = correlation * grid[0] + np.sqrt(1 - correlation**2) * grid[1]
    pairs = _corrected(_draws(judged, grid[[0, 2, 3]]))
    others = _corrected(_draws(controls, np.stack([others_rate, *grid[4:]])))
    value = _value(judged) - _value(controls)
    return _estimate(value, pairs - others, confidence_level)


def _value(judged: JudgedRate) -> float:
    rate, flips, others = (share.value for share in judged)
    # What never happened was not judged, and weighs nothing.
    flips, others = (0.0 if rate == 0 else flips), (0.0 if rate == 1 else others)
    counting = rate * flips + (1 - rate) * others
    return rate * flips / counting if counting > 0 else float("nan")


def _draws(judged: JudgedRate, scores: Floats) -> Floats:
    """[3, P] values of the three shares at normal scores of their distributions."""
    drawn = np.empty_like(scores)
    for row, share in enumerate(judged):
        yes = share.size * share.value if share.size > 0 else 0.0
        quantiles = special.betaincinv(yes + 0.5, share.size - yes + 0.5, special.ndtr(_NODES))
        drawn[row] = np.interp(scores[row], _NODES, quantiles)
    return drawn


def _corrected(drawn: Floats) -> Floats:
    flips = drawn[0] * drawn[1]
    return flips / (flips + (1 - drawn[0]) * drawn[2])


def _estimate(value: float, drawn: Floats, confidence_level: float) -> tuple[float, float, float]:
    """The value with the middle of what was drawn; a value at the edge is in its interval."""
    tail = (1 - confidence_level) / 2
    lower, upper = np.quantile(drawn, [tail, 1 - tail])
    return value, float(np.fmin(lower, value)), float(np.fmax(upper, value))


@functools.cache
def _grid(num_axes: int) -> Floats:
    """[num_axes, P] normal scores that fill the space evenly: Roberts' R sequence (2018)."""
    ratio = 2.0
    for _ in range(60):  # the root of x**(d + 1) = x + 1
        ratio = (1 + ratio) ** (1 / (num_axes + 1))
    steps = ratio ** -np.arange(1.0, num_axes + 1)
    return special.ndtri((0.5 + steps[:, None] * np.arange(1, _NUM_POINTS + 1)) % 1.0)
