"""What positive rates say of a model: whether it was matched, gave up an answer, has only one.

A model that says the same to all never flips, and one that gave up an answer flips less for
the wrong reason. What is too little is said here once, for the verdict, the page, the gate
and the sweep.

A model gives only as many positive rates as it has different scores, and one more.
Where many scores are equal, the nearest of them can be far from the rate that was
asked for; the flips there compare nothing. The report holds both rates
(`matched.positive_rate` and `matched.baseline_positive_rate`).
"""

from __future__ import annotations

from fairflip.protos.report_pb2 import SliceReport, ThresholdReport

#: How far a near rate may lie from its target, as a share of the rarer answer's rate: of
#: the positive rate where most answers are "no", of the negative rate where most are "yes".
NEAR_SHARE = 0.5

#: A model that gives the rarer answer less often says the same to nearly all.
LEAST_ANSWERS = 0.01
#: A candidate that gives an answer less than this share as often as the baseline is said to.
FEWER_ANSWERS = 0.5
#: Below this share it has collapsed, and no sweep chooses it.
COLLAPSE_SHARE = 0.25

#: Independent originals with the rarer answer that fix a matched threshold; with fewer, which
#: threshold matches is chance (benchmarks/intervals/coverage_by_cluster.py).
LEAST_RARER_ANSWERS = 7

YES, NO = "yes", "no"

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


def only_answer(*positive_rates: float) -> str:
    """The answer that nearly all get: "yes" or "no"; "" where both answers are given.

    Args:
        positive_rates: Of one model over one or several sets of texts, each 0 to 1; only
            where all of them are so extreme does the model say the same. With NaN: "".
    """
    if all(rate < LEAST_ANSWERS for rate in positive_rates):
        return NO
    return YES if all(1.0 - rate < LEAST_ANSWERS for rate in positive_rates) else ""


def only_answer_at(at: ThresholdReport) -> str:
    """The same of one model at one threshold, over both sides of the pairs; "" without pairs."""
    if not at.positive_count + at.negative_count:
        return ""
    return only_answer(at.positive_rate, at.counterfactual_positive_rate)


def only_class(part: SliceReport) -> tuple[str, float] | None:
    """The class that nearly all get of a model that decides by argmax, and its share of originals.

    None where several classes are given, on either side of the pairs, and without classes.
    """
    total = sum(each.original_count for each in part.class_counts)
    for each in part.class_counts:
        counts = (each.original_count, each.counterfactual_count)
        if total and all(1.0 - count / total < LEAST_ANSWERS for count in counts):
            return each.name, each.original_count / total
    return None


def given_up(before: float, after: float, share: float = FEWER_ANSWERS) -> str:
    """The answer that a candidate gives less than `share` as often as the baseline; "": none.

    Args:
        before: The baseline's positive rate, 0 to 1.
        after: The candidate's.
        share: `FEWER_ANSWERS` or `COLLAPSE_SHARE`.
    """
    if after < share * before:
        return YES
    return NO if 1.0 - after < share * (1.0 - before) else ""
