"""From answers to corrected rates: the `Review` of a run's report."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from fairflip.metrics.intervals.agreement import cohens_kappa
from fairflip.metrics.intervals.judged_rates import (
    JudgedRate,
    Share,
    corrected_excess,
    corrected_rate,
    share_of_interval,
)
from fairflip.metrics.intervals.rates_and_means import rate_interval
from fairflip.pipeline.review.sample import Design, Stratum, in_blind_order
from fairflip.pipeline.review.sheet import Answers
from fairflip.protos.report_pb2 import (
    Agreement,
    Interval,
    Review,
    Reviewer,
    ReviewStratum,
    ThresholdReport,
)

#: Fewest judged pairs of a stratum that tell a share, unless it holds no more.
LEAST_JUDGED = 10
_MOST_CORRELATED = 0.99


def review_of(
    at: ThresholdReport,
    strata: Sequence[Stratum],
    answers: Sequence[Answers],
    design: Design,
    confidence_level: float,
) -> Review:
    """The review of a run.

    Args:
        at: The run's rates over all pairs, at the threshold of the design.
        strata: From `sample.draw`.
        answers: One for each reviewer; none: the sample alone.
        design: What the sample was drawn by.
        confidence_level: Of all intervals.
    """
    review = Review(model=design.model, threshold=design.threshold, seed=design.seed)
    review.keys.extend(pair.key for pair in in_blind_order(strata))
    shares = {}
    for stratum in strata:
        entry, shares[stratum.is_control, stratum.flips] = _judge(stratum, answers)
        review.strata.append(entry)
    for one in answers:
        number = sum(answer.valid is not None for answer in one.by_key.values())
        review.reviewers.append(Reviewer(name=one.reviewer, num_answers=number))
    for first, second in itertools.combinations(answers, 2):
        review.agreements.extend(_agreements(first, second, confidence_level))
    review.flip_rate.CopyFrom(at.flip_rate)
    if at.HasField("excess_flip_rate"):
        review.control_flip_rate.CopyFrom(at.control_flip_rate)
        review.excess_flip_rate.CopyFrom(at.excess_flip_rate)
    if answers:
        review.too_few_to_say = _is_thin(review, is_control=False)
        _correct(review, shares, confidence_level)
    return review


def _is_thin(review: Review, is_control: bool) -> bool:
    """Whether a stratum was judged too little to correct anything by it."""
    return any(
        stratum.num_judged < min(LEAST_JUDGED, stratum.num_pairs)
        for stratum in review.strata
        if stratum.is_control == is_control
    )


def _judge(stratum: Stratum, answers: Sequence[Answers]) -> tuple[ReviewStratum, Share]:
    """What was said of a stratum, and the share of its pairs that counts.

    Several reviewers of one pair count as their mean. The pairs of one original are one draw,
    as in every rate.
    """
    entry = ReviewStratum(
        is_control=stratum.is_control,
        flips=stratum.flips,
        num_pairs=stratum.num_pairs,
        num_sampled=len(stratum.sampled),
    )
    counting: dict[str, float] = defaultdict(float)
    judged: dict[str, float] = defaultdict(float)
    for pair in stratum.sampled:
        answers_here = [one.by_key[pair.key] for one in answers if pair.key in one.by_key]
        valid = [answer.valid for answer in answers_here if answer.counts is not None]
        counts = [answer.counts for answer in answers_here if answer.counts is not None]
        if not counts:
            continue
        entry.num_judged += 1
        entry.num_valid += _mean(valid)
        entry.num_valid_and_same += _mean(counts)
        counting[pair.example_id] += pair.weight * _mean(counts)
        judged[pair.example_id] += pair.weight
    if not judged:
        return entry, Share(math.nan, 0.0)
    estimate = rate_interval(
        [counting[name] for name in judged],
        list(judged.values()),
        len(judged),
        one_pair_each=len(judged) == entry.num_judged and len(set(judged.values())) == 1,
        exact=True,
    )
    return entry, Share(float(estimate.value), float(estimate.effective_size))


def _mean(values: Sequence[bool | None]) -> float:
    return sum(map(bool, values)) / len(values)


def _agreements(first: Answers, second: Answers, confidence_level: float) -> list[Agreement]:
    agreements = []
    for question in ("valid", "same_decision"):
        both = [
            (mine, yours)
            for key in first.by_key.keys() & second.by_key.keys()
            if (mine := getattr(first.by_key[key], question)) is not None
            and (yours := getattr(second.by_key[key], question)) is not None
        ]
        kappa = cohens_kappa(
            [mine for mine, _ in both], [yours for _, yours in both], confidence_level
        )
        agreements.append(
            Agreement(
                first=first.reviewer,
                second=second.reviewer,
                question=question,
                num_pairs=len(both),
                share_agreeing=kappa.share_agreeing,
                kappa=Interval(value=kappa.value, lower=kappa.lower, upper=kappa.upper),
            )
        )
    return agreements


def _correct(
    review: Review, shares: dict[tuple[bool, bool], Share], confidence_level: float
) -> None:
    """Enters the corrected rates, as far as enough was judged."""
    if review.too_few_to_say:
        return
    flips = _share(review.flip_rate, confidence_level)
    judged = JudgedRate(flips, shares[False, True], shares[False, False])
    _enter(review.corrected_flip_rate, corrected_rate(judged, confidence_level))
    has_controls = review.HasField("excess_flip_rate") and (True, True) in shares
    if not has_controls or _is_thin(review, is_control=True):
        return
    # The excess is over the pairs that have a control, whose flip rate is the sum of both.
    control = _share(review.control_flip_rate, confidence_level)
    beside = review.excess_flip_rate.value + control.value
    pairs = judged._replace(flips=Share(beside, flips.size))
    controls = JudgedRate(control, shares[True, True], shares[True, False])
    _enter(review.corrected_control_flip_rate, corrected_rate(controls, confidence_level))
    correlation = _correlation(review, pairs, controls)
    excess = corrected_excess(pairs, controls, correlation, confidence_level)
    _enter(review.corrected_excess_flip_rate, excess)


def _share(rate: Interval, confidence_level: float) -> Share:
    """A rate of the run as draws that would have the width of its interval."""
    if rate.value <= 0.5:
        return share_of_interval(rate.value, rate.upper, confidence_level)
    share = share_of_interval(1 - rate.value, 1 - rate.lower, confidence_level)
    return Share(rate.value, share.size)


def _correlation(review: Review, pairs: JudgedRate, controls: JudgedRate) -> float:
    """Of the flip rates of pairs and controls: what makes their difference as sure as it is."""
    excess, rate, other = review.excess_flip_rate, pairs.flips, controls.flips
    if not (rate.size and other.size):
        return 0.0
    variance = rate.value * (1 - rate.value) / rate.size
    other_variance = other.value * (1 - other.value) / other.size
    control = review.control_flip_rate
    if min(variance, other_variance) <= 0 or control.upper <= control.lower:
        return 0.0
    # Both intervals are of one level, so that their widths compare as their errors do.
    error = math.sqrt(other_variance) * (excess.upper - excess.lower)
    of_excess = (error / (control.upper - control.lower)) ** 2
    shared = (variance + other_variance - of_excess) / 2
    bound = _MOST_CORRELATED
    return float(np.clip(shared / math.sqrt(variance * other_variance), -bound, bound))


def _enter(field: Interval, estimate: tuple[float, float, float]) -> None:
    field.value, field.lower, field.upper = estimate
