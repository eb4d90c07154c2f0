"""Calibration and gaps of groups: values by direct counting, and how often intervals hold."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fairflip.metrics.intervals.label_judgements import (
    calibration_error,
    difference_of,
    interval_of,
    worst_gap,
)


def made_up(number=500, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.random(number)
    labels = rng.random(number) < 0.3 + 0.5 * scores
    return rng, scores, labels


def test_calibration_error_by_direct_counting():
    rng, scores, labels = made_up()
    weights = rng.integers(1, 4, 500).astype(float)
    expected = 0.0
    for low in range(10):
        inside = [i for i in range(500) if low / 10 <= scores[i] < (low + 1) / 10]
        if inside:
            weight = sum(weights[i] for i in inside)
            mean_score = sum(weights[i] * scores[i] for i in inside) / weight
            share = sum(weights[i] * labels[i] for i in inside) / weight
            expected += weight / weights.sum() * abs(mean_score - share)
    judged = calibration_error(scores, labels, np.arange(500), weights)
    assert judged.value == pytest.approx(expected)
    assert judged.influences.sum() == pytest.approx(0, abs=1e-12)


def test_the_worst_gap_by_direct_counting():
    rng, scores, labels = made_up(2_000)
    groups = {name: rng.random(2_000) < 0.3 for name in "abc"}
    groups["few"] = np.arange(2_000) < 8
    arrays = np.arange(2_000), np.ones(2_000)
    judged = worst_gap(scores, labels, groups, 0.4, *arrays)
    gaps = {}
    for name in "abc":
        inside = (scores > 0.4)[labels & groups[name]]
        outside = (scores > 0.4)[labels & ~groups[name]]
        gaps[name] = abs(inside.mean() - outside.mean())
    worst = max(gaps, key=gaps.get)
    assert (judged.group, judged.value) == (worst, pytest.approx(gaps[worst]))
    assert judged.num_inside == (labels & groups[worst]).sum()
    assert math.isnan(worst_gap(scores, labels, {"few": groups["few"]}, 0.4, *arrays).value)
    assert math.isnan(worst_gap(scores, labels, {}, 0.4, *arrays).value)


def test_differences_of_a_model_from_itself_are_nothing():
    _, scores, labels = made_up()
    judged = calibration_error(scores, labels, np.arange(500), np.ones(500))
    value, interval = difference_of(judged, judged)
    assert value == 0
    assert interval.lower <= 0 <= interval.upper


def coverage(draws, truth):
    return np.mean([float(i.lower) <= truth <= float(i.upper) for i in draws])


def scores_of(rng, number, miscalibration):
    x = rng.normal(-1, 1.5, number)
    return 1 / (1 + np.exp(-x)), 1 / (1 + np.exp(-(1 + miscalibration) * x))


@pytest.mark.parametrize("miscalibration", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("number", [300, 2_000])
def test_intervals_of_calibration_hold(miscalibration, number):
    """Never less often than they say: the true error lies within, and that of two models."""
    rng = np.random.default_rng(0)
    share, score = scores_of(rng, 2_000_000, miscalibration)
    bins = (score * 10).astype(int)
    truth = np.abs(np.bincount(bins, score - share)).sum() / len(score)
    of_one, of_two = [], []
    for _ in range(200):
        share, score = scores_of(rng, number, miscalibration)
        labels = rng.random(number) < share
        arrays = labels, np.arange(number), np.ones(number)
        judged, calibrated = calibration_error(score, *arrays), calibration_error(share, *arrays)
        of_one.append(interval_of(judged))
        of_two.append(difference_of(judged, calibrated)[1])
    assert coverage(of_one, truth) >= 0.94
    assert coverage(of_two, truth) >= 0.94


@pytest.mark.parametrize("per_cluster", [1, 4])
def test_intervals_of_a_groups_gap_hold_with_clusters_too(per_cluster):
    """Rows of a cluster share the model's answer here, so that each cluster is one draw."""
    rng = np.random.default_rng(1)
    draws = []
    for _ in range(400):
        member = rng.random(300) < 0.4
        answer = rng.random(300) < np.where(member, 0.6, 0.8)
        clusters = np.repeat(np.arange(300), per_cluster)
        arrays = {"g": member[clusters]}, 0.5, clusters, np.ones(len(clusters))
        judged = worst_gap(answer[clusters] * 1.0, np.ones(len(clusters), bool), *arrays)
        draws.append(interval_of(judged))
    assert 0.92 <= coverage(draws, 0.2) <= 0.98
