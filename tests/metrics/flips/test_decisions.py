"""Decisions, flips and gaps on cases counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.metrics.flips import decisions

INFINITY = float("inf")


@pytest.mark.parametrize(
    ("original", "counterfactual", "is_flip"),
    [
        (0.6, 0.5, True),  # a score equal to the threshold is negative
        (0.4, 0.6, True),
        (0.5, 0.5, False),
        (0.9, 0.8, False),
        (0.1, 0.5, False),
    ],
)
def test_a_flip_is_one_positive_side(original, counterfactual, is_flip):
    sides = np.array([original]), np.array([counterfactual])
    assert decisions.flips(*sides, 0.5).tolist() == [is_flip]
    assert decisions.flips(*reversed(sides), 0.5).tolist() == [is_flip]


def test_scores_are_compared_in_float64():
    score = np.array([0.1], np.float32)  # 0.1 in float32 lies above 0.1 in float64
    assert decisions.is_positive(score, 0.1).tolist() == [True]


def test_gaps_are_zero_between_equal_infinite_scores():
    before, after = np.array([0.25, INFINITY, 0.0]), np.array([0.75, INFINITY, INFINITY])
    assert decisions.gaps(before, after).tolist() == [0.5, 0.0, INFINITY]


def test_nothing_has_no_share_and_no_mean():
    nothing = np.zeros(0)
    assert np.isnan(decisions.share(decisions.is_positive(nothing, 0.5)))
    assert np.isnan(decisions.mean(nothing))
