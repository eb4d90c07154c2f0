"""What is near a positive rate, and what is too far from both answers: bounds and ends."""

from __future__ import annotations

import math

import pytest

from fairflip.protos.positive_rates import COLLAPSE_SHARE, given_up, is_near, only_answer


@pytest.mark.parametrize(
    ("rate", "target", "near"),
    [
        (0.3, 0.3, True),
        (0.15, 0.3, True),  # at the bound
        (0.45, 0.3, True),  # 0.45 - 0.3 is a little more than 0.15 in binary
        (0.1499, 0.3, False),
        (0.4501, 0.3, False),
        (0.975, 0.95, True),
        (0.976, 0.95, False),
        (0.925, 0.95, True),
        (0.9, 0.95, False),
        (0.25, 0.5, True),
        (0.75, 0.5, True),
        (1.0, 0.5, False),
        (0.0, 0.5, False),
        (0.0, 1e-12, True),  # nearer than rounding can tell
        (0.0, 1e-6, False),
        # Every model gives 0 and 1, so no candidate misses them.
        (0.0, 0.0, True),
        (1.0, 1.0, True),
        (0.4, 0.0, True),
        (0.4, 1.0, True),
        (0.4, math.nan, True),
        (math.nan, math.nan, True),
        (math.nan, 0.4, False),
    ],
)
def test_near(rate, target, near):
    assert is_near(rate, target) is near


@pytest.mark.parametrize("target", [0.001, 0.2, 0.5, 0.7, 0.999])
def test_yes_and_no_are_alike_and_neither_end_is_near(target):
    for rate in (0.0, 0.4 * target, 0.6 * target, target, 0.5 * (1 + target), 1.0):
        assert is_near(rate, target) == is_near(1 - rate, 1 - target)
    assert not is_near(0.0, target)
    assert not is_near(1.0, target)


@pytest.mark.parametrize(
    ("rates", "answer"),
    [
        ([0.0099], "no"),
        ([0.01], ""),
        ([0.991, 1.0], "yes"),
        ([0.99], ""),
        ([0.0, 0.02], ""),  # the other side of the pairs gets both answers
        ([0.0, 1.0], ""),
        ([float("nan"), 0.0], ""),
        ([float("nan")], ""),
    ],
)
def test_one_answer_only_is_less_than_a_hundredth_of_the_other_everywhere(rates, answer):
    assert only_answer(*rates) == answer


@pytest.mark.parametrize(
    ("before", "after", "half", "quarter"),
    [
        (0.4, 0.19, "yes", ""),
        (0.4, 0.21, "", ""),
        (0.4, 0.09, "yes", "yes"),
        (0.6, 0.81, "no", ""),
        (0.6, 0.91, "no", "no"),
        (0.0, 0.0, "", ""),
        (float("nan"), 0.5, "", ""),
    ],
)
def test_an_answer_is_given_up_by_its_share_of_the_baselines(before, after, half, quarter):
    assert given_up(before, after) == half
    assert given_up(before, after, COLLAPSE_SHARE) == quarter
