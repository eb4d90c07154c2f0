"""Whether a candidate was matched to the baseline's positive rate at all.

A model gives only as many positive rates as it has different scores, and one more.
Where many scores are equal, the nearest of them can be far from the rate that was
asked for; the flips there compare nothing. The report holds both rates
(`matched.positive_rate` and `matched.baseline_positive_rate`). What is far is said
here once, for the page, the gate and the sweep.
"""

from __future__ import annotations

#: How far a near rate may lie from its target, as a share of the rarer answer's rate: of
#: the positive rate where most answers are "no", of the negative rate where most are "yes".
NEAR_SHARE = 0.5

# Sums of weights in two orders differ by rounding; that decides nothing.
_ROUNDING = 1e-12


def is_near(rate: float, target: float) -> bool:
    """Whether a positive rate can stand for another one: |rate - target| is small enough.

    Small enough is half of min(target, 1 - target): at a target of 5 % a model that says
    "yes" to 2.5 % to 7.5 % is near, at 95 % one that says "no" as rarely.

    Args:
        rate: The nearest that a threshold gives the model, 0 to 1.
        target: The baseline's positive rate.

    Returns:
        Whether it is near; both ends of the range are. True where the target does not lie
        between 0 and 1: every model gives the rates 0 and 1 at thresholds beyond its
        scores, and a target of NaN, of a slice without originals, asks for nothing. False
        where the target asks for something and the rate is NaN.
    """
    if not 0.0 < target < 1.0:
        return True
    return abs(rate - target) <= NEAR_SHARE * min(target, 1.0 - target) + _ROUNDING
