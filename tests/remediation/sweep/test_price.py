"""What a sweep chooses among retraining and remedies, and when it chooses nothing."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fairflip.metrics.intervals.differences import rate_difference
from fairflip.remediation.sweep.price import SweepSetting, sweep_message
from fairflip.remediation.sweep.score_metrics import ControlRows, EvaluationScores, price_point


def point_of(identity_share: float, control_share: float, seed: int = 0, number: int = 400):
    """A baseline whose identity edits and control edits flip at given rates, made up."""
    rng = np.random.default_rng(seed)
    originals = np.full(number, 0.9)
    counterfactuals = np.where(rng.random(number) < identity_share, 0.1, 0.9)
    controls = np.where(rng.random(2 * number) < control_share, 0.1, 0.9)
    labels = rng.random(number) < 0.5
    scores = EvaluationScores(
        np.clip(0.3 * labels + 0.7 * rng.random(number), 0, 1), originals, counterfactuals, controls
    )
    rows = ControlRows(np.repeat(np.arange(number), 2), np.arange(number))
    held_out = np.zeros(number, bool)
    point = price_point(
        scores, scores, labels=labels, held_out=held_out, groups={}, control_rows=rows
    )
    return point, scores


def runs_of(start, **auc_losses):
    """Points with fewer flips than the baseline, at given losses of AUC."""
    better = {
        name.replace("_", " "): [
            dataclasses.replace(
                start, matched_flip_rate=flips, excess_flip_rate=flips, auc=start.auc - loss
            )
        ]
        for name, (flips, loss) in auc_losses.items()
    }
    return {"baseline": [start], **better}


SETTINGS = [SweepSetting("clp", "l", 1.0)]


def test_nothing_is_chosen_where_identity_edits_flip_no_more_than_controls():
    start, _ = point_of(0.05, 0.05)
    runs = runs_of(start, clp_l_1=(0.01, 0.0), averaging=(0.01, 0.0))
    message = sweep_message(SETTINGS, runs)
    assert message.chosen == ""
    assert not any(point.chosen for point in message.points)
    assert message.nothing_to_remove.startswith("nothing to remove: identity edits change ")
    assert f"{start.control_flip_rate:.1%}" in message.nothing_to_remove
    assert len(message.points) == 3


def test_something_is_chosen_where_identity_edits_flip_more():
    start, _ = point_of(0.15, 0.05)
    message = sweep_message(SETTINGS, runs_of(start, clp_l_1=(0.01, 0.0)))
    assert (message.chosen, message.nothing_to_remove) == ("clp l 1", "")


def test_without_controls_nothing_tells_that_there_is_nothing_to_remove():
    start, _ = point_of(0.0, 0.0)
    nothing = {
        f: float("nan") for f in dataclasses.asdict(start) if "control" in f or "excess" in f
    }
    start = dataclasses.replace(start, **nothing)
    message = sweep_message(SETTINGS, runs_of(start, clp_l_1=(0.0, 0.0)))
    assert message.chosen == "clp l 1"


@pytest.mark.parametrize(
    ("averaging", "blindness", "chosen"),
    [
        ((0.02, 0.0), (0.0, 0.2), "averaging"),  # being blind costs too much
        ((0.02, 0.0), (0.0, 0.004), "blindness"),
        ((0.05, 0.0), (0.0, 0.2), "clp l 1"),
    ],
)
def test_remedies_at_inference_are_chosen_by_the_same_rule(averaging, blindness, chosen):
    start, _ = point_of(0.15, 0.05)
    runs = runs_of(start, clp_l_1=(0.03, 0.0), averaging=averaging, blindness=blindness)
    assert sweep_message(SETTINGS, runs).chosen == chosen


def test_the_interval_of_the_excess_by_hand():
    """Of many events that of the paired differences, one original one draw."""
    point, scores = point_of(0.3, 0.1, seed=3)
    identity = (scores.originals > 0.5) != (scores.counterfactuals > 0.5)
    control = (scores.controls.reshape(-1, 2) <= 0.5).mean(axis=1)
    difference = identity - control
    assert point.excess_flip_rate == pytest.approx(difference.mean())
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    assert point.excess_lower == pytest.approx(difference.mean() - 1.966 * error, abs=2e-4)
    assert point.excess_upper == pytest.approx(difference.mean() + 1.966 * error, abs=2e-4)
    cautious = rate_difference(identity, control, np.ones(400), 400, 0.95, True)
    assert cautious.lower <= point.excess_lower


def test_nothing_to_remove_is_said_of_nearly_all_models_without_an_excess():
    """Under no excess the interval lies above 0 in some 2.5 % of draws."""
    above = sum(point_of(0.08, 0.08, seed, 200)[0].excess_lower > 0 for seed in range(400))
    assert above / 400 < 0.05
