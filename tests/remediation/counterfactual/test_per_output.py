"""Pair losses and MinDiff losses of several outputs, against those of each."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from fairflip.remediation.counterfactual import losses
from fairflip.remediation.counterfactual.losses.per_output import PerOutputLoss
from fairflip.remediation.min_diff.losses import MMDLoss
from fairflip.remediation.min_diff.losses.per_output import PerOutputMinDiffLoss

pytestmark = pytest.mark.system

RANDOM = np.random.default_rng(0)
A, B = RANDOM.uniform(0.05, 0.95, (2, 7, 3)).astype(np.float32)
WEIGHTS = (1.0, 0.0, 2.5)


@pytest.mark.parametrize("name", ["pairwise_mse", "pairwise_symmetric_kl", "pairwise_decision"])
def test_the_mean_over_outputs_of_the_loss_of_each(name):
    weight = np.array([1, 0, 2, 1, 1, 1, 1], np.float32)
    each = [float(losses.get(name)(A[:, k : k + 1], B[:, k : k + 1], weight)) for k in range(3)]
    expected = np.dot(WEIGHTS, each) / 3
    assert float(PerOutputLoss(name, WEIGHTS)(A, B, weight)) == pytest.approx(expected, rel=1e-5)


def test_outputs_of_their_own_are_no_distribution_over_classes():
    together = float(losses.get("pairwise_symmetric_kl")(A, B))
    log_odds = np.log(A / (1 - A)) - np.log(B / (1 - B))
    apart = float(PerOutputLoss("pairwise_symmetric_kl", (1, 1, 1))(A, B))
    assert apart == pytest.approx(((A - B) * log_odds).sum(axis=1).mean() / 3, rel=1e-4)
    assert abs(together - apart) > 0.01


def test_each_output_compares_the_rows_that_weigh_for_it():
    member = np.array([1, 1, 1, 0, 0, 0, 0], np.float32)[:, None]
    rows = RANDOM.integers(0, 2, (7, 3)).astype(np.float32)
    rows[[0, 3]] = 1
    each = [float(MMDLoss()(member, A[:, k : k + 1], rows[:, k : k + 1])) for k in range(3)]
    actual = float(PerOutputMinDiffLoss("mmd", WEIGHTS)(member, A, rows))
    assert actual == pytest.approx(np.dot(WEIGHTS, each) / 3, rel=1e-5)


@pytest.mark.parametrize(
    "loss", [PerOutputLoss("pairwise_mse", WEIGHTS), PerOutputMinDiffLoss("mmd", WEIGHTS)]
)
def test_they_can_be_saved(loss):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(again) is type(loss)
    assert again.weights == list(WEIGHTS)
    assert type(again.loss) is type(loss.loss)
