"""Curves of training: means over parts, from running means, and a loss that stands still."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fairflip.metrics.curves.learning_curves import curve_of, stands_still, steps_of


def test_parts_are_equal_means_in_order():
    values = np.random.default_rng(0).random(47)
    curve = curve_of(list(values))
    assert len(curve) == 20
    edges = [part * 47 // 20 for part in range(21)]
    np.testing.assert_allclose(curve, [values[a:b].mean() for a, b in itertools.pairwise(edges)])
    assert curve_of([1.0, 2.0]) == [1.0, 2.0]
    assert curve_of([]) == []


def test_steps_come_back_from_running_means():
    values = np.random.default_rng(1).random(30)
    running = np.cumsum(values) / np.arange(1, 31)
    np.testing.assert_allclose(steps_of(list(running)), values)


@pytest.mark.parametrize(
    ("curve", "stands"),
    [
        ([1.0] * 20, True),
        (list(np.linspace(1, 0.97, 20)), True),
        (list(np.linspace(1, 0.5, 20)), False),
        ([0.5, 1.5] * 10, True),
        ([0.0] * 20, False),
        ([1.0] * 9, False),
        ([], False),
    ],
)
def test_a_loss_that_ends_where_it_began(curve, stands):
    assert stands_still(curve) is stands
