"""Intervals hold the truth as often as they say, in simulations."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from benchmarks.intervals import coverage


def test_coverage_of_rates_in_some_settings():
    cells = list(
        coverage.rate_cells(
            1000, seed=1, designs=coverage.DESIGNS[:4:3], rates=(0.05, 0.3), slices=(200, 1000)
        )
    )
    assert len(cells) == 8
    trusted = [cell for cell in cells if not cell.is_flagged]
    assert len(trusted) >= 7
    for cell in trusted:
        assert 0.93 <= cell.unflagged_coverage <= 0.985, cell


def test_coverage_of_differences_and_false_alarms():
    cells = list(
        coverage.difference_cells(
            1000,
            seed=1,
            designs=coverage.CLUSTERED[2:3],
            discordances=(0.1,),
            shares_worse=(0.5, 0.05),
            slices=(200, 1000),
        )
    )
    for cell in cells:
        assert not cell.is_flagged, cell
        assert 0.93 <= cell.coverage <= 0.975, cell
        if cell.truth == 0:
            assert 0.03 <= cell.rejections <= 0.07, cell
        else:
            assert cell.rejections > 0.9, cell


def test_taking_pairs_as_independent_would_not_cover():
    """What the design effect is for: Wilson on all pairs misses far too often."""
    design, rng = coverage.CLUSTERED[3], np.random.default_rng(0)
    table = coverage.flip_outcomes(design, 0.1)
    flips, _, pairs = coverage.draw_bucket_sums(rng, table, 200, 500)
    lower, upper = proportion_confint(flips.sum(axis=0), pairs.sum(axis=0), method="wilson")
    assert np.mean((lower <= 0.1) & (upper >= 0.1)) < 0.7


def test_flagged_slices_err_on_the_wide_side():
    cells = coverage.rate_cells(
        1000, seed=2, designs=coverage.CLUSTERED[1:3], rates=(0.005,), slices=(50, 200)
    )
    for cell in cells:
        assert cell.is_flagged, cell
        assert cell.coverage >= 0.93, cell


def test_the_simulation_has_the_rate_it_claims():
    for design in coverage.DESIGNS:
        table = coverage.flip_outcomes(design, 0.05)
        chances = np.diff(table.cumulative, prepend=0)
        rate = (chances * table.events).sum() / (chances * table.sizes).sum()
        assert rate == pytest.approx(0.05)
        table = coverage.difference_outcomes(design, 0.1, 0.25)
        chances = np.diff(table.cumulative, prepend=0)
        rate = (chances * table.events).sum() / (chances * table.sizes).sum()
        assert rate == pytest.approx(-0.05)


def test_the_benchmark_prints_a_table_and_says_what_holds(capsys, monkeypatch):
    monkeypatch.setattr(coverage, "NUM_ORIGINALS", (50,))
    cells = list(coverage.rate_cells(40, designs=coverage.DESIGNS[:1], slices=(50, 1000)))
    table = coverage.markdown_table(cells)
    assert table.count("\n") == len(cells) + 1
    cells += coverage.difference_cells(40, designs=coverage.DESIGNS[:1], slices=(50, 1000))
    cells += coverage.gap_cells(40, slices=(5000,))
    actual = coverage.summary(cells, power=0.8, cpu_seconds=1.0)
    for record in actual:
        assert set(record) == {"name", "value", "bound", "holds"}
        assert isinstance(record["holds"], bool)
