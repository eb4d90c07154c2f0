"""What counts as near a positive rate: bounds, ends and nothing at all."""

from __future__ import annotations

import math

import pytest

from fairflip.protos.matched_rates import is_near


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
