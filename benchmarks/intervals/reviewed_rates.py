"""How often the interval of a rate corrected by reviewers holds the truth.

    python -m benchmarks.intervals.reviewed_rates --draws 2000    # the table of docs/review.md
    python -m benchmarks.run_all reviewed_rates

Originals with several pairs each flip at a known rate, and a known share of the pairs that
flip, and of those that do not, counts as valid and of one decision. A review of 200 pairs,
half of those that flip and half of the others, is drawn and corrected as a run's is. With
controls, their flips depend on the same originals, and 120 and 80 pairs are judged.
"""

from __future__ import annotations

import argparse
import functools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import special

from fairflip.metrics.intervals.judged_rates import (
    JudgedRate,
    Share,
    corrected_excess,
    corrected_rate,
    share_of_interval,
)
from fairflip.metrics.intervals.rates_and_means import rate_interval

SIZE = 200
LEAST, MOST = 0.93, 0.97
#: What one original has in common with itself: the concentration of its own flip rate.
_CONCENTRATION = 4.0
_NUM_RATES = 2000


class Case(NamedTuple):
    """Originals, pairs of each, the flip rate, and the shares that count."""

    num_originals: int
    pairs_each: int
    flip_rate: float
    counting_flips: float
    counting_others: float


CASES = (
    Case(1000, 1, 0.05, 0.9, 0.97),
    Case(1000, 3, 0.05, 0.6, 0.9),
    Case(1000, 3, 0.2, 0.3, 0.95),
    Case(5000, 1, 0.01, 0.7, 0.9),
    Case(5000, 3, 0.05, 0.9, 0.97),
    Case(5000, 5, 0.2, 0.6, 0.9),
)
CONTROLS = Case(0, 0, 0.03, 0.8, 0.9)


class Coverage(NamedTuple):
    """Shares of draws in which the interval held the truth."""

    case: Case
    rate: float
    excess: float
    mean_width: float


def truth_of(case: Case) -> float:
    """The flip rate among the pairs that count."""
    flips = case.flip_rate * case.counting_flips
    return flips / (flips + (1 - case.flip_rate) * case.counting_others)


def coverage(case: Case, draws: int) -> Coverage:
    """Draws runs and reviews of one case."""
    rng = np.random.default_rng([case.num_originals, case.pairs_each, round(1000 * case.flip_rate)])
    controls = CONTROLS._replace(num_originals=case.num_originals, pairs_each=case.pairs_each)
    truth = truth_of(case)
    held, excess_held, width = 0, 0, 0.0
    for _ in range(draws):
        # One uniform number an original moves the rates of its pairs and of its controls.
        common = rng.random(case.num_originals)
        flips, rate, upper = _run(case, common, rng)
        control_flips, control_rate, control_upper = _run(controls, common, rng)
        judged = JudgedRate(share_of_interval(rate, upper, 0.95), *_review(case, flips, SIZE, rng))
        _, lower, upper = corrected_rate(judged)
        held += lower <= truth <= upper
        width += (upper - lower) / draws
        beside = JudgedRate(judged.flips, *_review(case, flips, 120, rng))
        of_controls = JudgedRate(
            share_of_interval(control_rate, control_upper, 0.95),
            *_review(controls, control_flips, 80, rng),
        )
        correlation = float(np.corrcoef(flips.mean(1), control_flips.mean(1))[0, 1])
        _, lower, upper = corrected_excess(beside, of_controls, correlation)
        excess_held += lower <= truth - truth_of(controls) <= upper
    return Coverage(case, held / draws, excess_held / draws, width)


def _run(
    case: Case, common: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, float, float]:
    """[originals, pairs] bool flips, their rate and the upper end of its interval."""
    own = _rates_of_originals(case.flip_rate)[(common * _NUM_RATES).astype(int)]
    flips = rng.random((case.num_originals, case.pairs_each)) < own[:, None]
    estimate = rate_interval(
        flips.sum(1).astype(float),
        np.full(len(flips), float(case.pairs_each)),
        len(flips),
        one_pair_each=case.pairs_each == 1,
        exact=True,
    )
    return flips, float(estimate.value), float(estimate.upper)


@functools.cache
def _rates_of_originals(mean: float) -> np.ndarray:
    """Ascending flip rates of originals, as likely as each other: a Beta distribution."""
    places = (np.arange(_NUM_RATES) + 0.5) / _NUM_RATES
    rates = special.betaincinv(_CONCENTRATION * mean, _CONCENTRATION * (1 - mean), places)
    return rates * (mean / rates.mean())


def _review(
    case: Case, flips: np.ndarray, size: int, rng: np.random.Generator
) -> tuple[Share, Share]:
    """The shares that count, of judged flips and of judged others."""
    number = int(flips.sum())
    of_flips = min(number, size // 2)
    of_others = min(flips.size - number, size - of_flips)
    shares = []
    for judged, counting in ((of_flips, case.counting_flips), (of_others, case.counting_others)):
        yes = rng.binomial(judged, counting)
        shares.append(Share(yes / judged if judged else np.nan, judged))
    return shares[0], shares[1]


def results(draws: int = 2000) -> Iterator[dict]:
    """Rows for benchmarks/run_all.py."""
    for case in CASES:
        measured = coverage(case, draws)
        name = (
            f"review of {SIZE}: {case.num_originals} originals x {case.pairs_each}, "
            f"{case.flip_rate:g} flip, {case.counting_flips:g}/{case.counting_others:g} count"
        )
        for what, value in (("rate", measured.rate), ("excess", measured.excess)):
            yield {
                "name": f"{name}: coverage of the {what}",
                "value": round(value, 4),
                "bound": f"{LEAST}-{MOST}",
                "holds": LEAST <= value <= MOST,
            }


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=2000)
    draws = parser.parse_args().draws
    print(
        "| originals | pairs each | flip rate | flips that count | others that count | truth "
        "| mean width | coverage, rate | coverage, excess |"
    )
    print("|" + " ---: |" * 9)
    for case in CASES:
        measured = coverage(case, draws)
        print(
            f"| {case.num_originals:,} | {case.pairs_each} | {case.flip_rate:.0%} "
            f"| {case.counting_flips:.0%} | {case.counting_others:.0%} | {truth_of(case):.2%} "
            f"| {100 * measured.mean_width:.1f} points | {measured.rate:.1%} "
            f"| {measured.excess:.1%} |"
        )


if __name__ == "__main__":
    main()
