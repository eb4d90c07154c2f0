"""Weights of losses are numbers of 0 or more, in whichever form they are given."""

from __future__ import annotations

import keras
import pytest

from fairflip.remediation import counterfactual, min_diff

pytestmark = pytest.mark.system

BAD = [-1.0, -1e-9, float("nan"), float("inf"), float("-inf")]


def model():
    return keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, "sigmoid")])


@pytest.mark.parametrize("weight", BAD)
def test_a_weight_that_is_no_weight_is_refused(weight):
    pair, group = counterfactual.losses.PairwiseMSELoss(), min_diff.losses.MMDLoss()
    make = counterfactual.keras.CounterfactualModel
    with pytest.raises(ValueError, match=r"loss_weight is .*0 or more"):
        make(model(), pair, weight)
    with pytest.raises(ValueError, match="loss_weight is"):
        make(model(), {"a": pair, "b": pair}, {"b": weight})
    with pytest.raises(ValueError, match="loss_weight is"):
        make(model(), {"a": pair, "b": pair}, weight)
    with pytest.raises(ValueError, match="loss_weight is"):
        make(model(), [pair], [weight])
    with pytest.raises(ValueError, match="loss_weight is"):
        min_diff.keras.MinDiffModel(model(), group, weight)


@pytest.mark.parametrize("weight", [0, 0.0, 1, 2.5])
def test_any_other_is_taken(weight):
    pair = counterfactual.losses.PairwiseMSELoss()
    made = counterfactual.keras.CounterfactualModel(model(), pair, weight)
    assert made.get_config()["loss_weight"] == float(weight)
