"""What comparing says of a slice that did not change and of one that did, in a few draws."""

from __future__ import annotations

import pytest

from benchmarks.intervals import run_comparison


def test_an_unchanged_slice_is_called_so_and_a_planted_change_is_seen():
    row = run_comparison.row(300, 0.05, 0.5, draws=30, seed=1)
    # Of 1,000 draws 96 % and 99 %; fewer than these by chance once in ten thousand.
    assert row.called_unchanged >= 0.85
    assert row.planted_found >= 0.9
    assert row.named_exactly


@pytest.mark.slow
def test_of_a_thousand_unchanged_slices_at_least_93_in_100_are_called_unchanged():
    """The hardest row of docs/compare.md: both models flip equally often, on pairs of their own."""
    row = run_comparison.row(300, 0.05, 0.0, draws=1000)
    assert row.called_unchanged >= 0.93
    assert row.named_exactly
