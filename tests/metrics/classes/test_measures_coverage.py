"""Intervals of changes of class, and of distances, hold the truth as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.intervals import class_coverage as coverage


def test_what_is_measured_is_what_numpy_says():
    sizes = np.array([1, 3, 2])
    changes, distances = coverage.measured(np.random.default_rng(0), sizes, 4, 2.0)
    rng = np.random.default_rng(0)
    latent = rng.normal(0, 2, (3, 4))
    common, rows = rng.normal(0, np.sqrt(2.0), (3, 4)), [0, 1, 1, 1, 2, 2]
    moved = latent[rows] + common[rows] + rng.normal(0, np.sqrt(2.0), (6, 4))
    before, after = (
        np.exp(x) / np.exp(x).sum(axis=1, keepdims=True) for x in (latent[rows], moved)
    )
    assert (changes == (latent[rows].argmax(axis=1) != moved.argmax(axis=1))).all()
    assert distances == pytest.approx(0.5 * np.abs(before - after).sum(axis=1))
    assert 0 < changes.sum() < 6


def test_coverage_of_both_in_some_settings(monkeypatch):
    monkeypatch.setattr(coverage, "_POPULATION", 400_000)
    made = list(
        coverage.cells(300, seed=1, classes=(3,), moves=(0.3,), originals=(200,), most_each=(1, 5))
    )
    assert [cell.kind for cell in made] == ["change", "distance"] * 2
    for cell in made:
        assert not cell.is_flagged, cell
        assert 0.92 <= cell.unflagged_coverage <= 0.985, cell
        assert 0.005 < cell.truth < 0.2, cell
