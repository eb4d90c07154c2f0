"""The Keras losses give the numbers that `tests/models` holds the torch losses to."""

from __future__ import annotations

import numpy as np
import pytest

from support.remediation import pair_loss_values as values

pytestmark = pytest.mark.system


@pytest.mark.parametrize(("name", "original", "counterfactual"), values.PAIR_CASES)
def test_pair_losses(name, original, counterfactual):
    from fairflip.remediation.counterfactual import losses

    loss = losses.get(name)
    if name != "pairwise_cosine":
        loss.from_logits = True
    expected = values.pair_loss(name, original, counterfactual, values.WEIGHT)
    sides = (side.astype(np.float32) for side in (original, counterfactual))
    actual = float(loss(*sides, values.WEIGHT.astype(np.float32)))
    if name.startswith(("pairwise_mse", "pairwise_absolute")) and "on_logits" not in name:
        # These compare what the model gives: here it gives probabilities.
        loss.from_logits = False
        p = values.sigmoid if original.shape[-1] == 1 else values.softmax
        sides = (p(side).astype(np.float32) for side in (original, counterfactual))
        actual = float(loss(*sides, values.WEIGHT.astype(np.float32)))
    assert actual == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", values.MIN_DIFF_LOSSES)
def test_min_diff_losses(name):
    from fairflip.remediation.min_diff import losses

    p = values.sigmoid(values.ONE[0][:, 0])
    expected = values.min_diff_loss(name, values.MEMBERSHIP, p, values.WEIGHT)
    arrays = (values.MEMBERSHIP, p[:, None], values.WEIGHT)
    actual = float(losses.get(name)(*(a.astype(np.float32) for a in arrays)))
    assert actual == pytest.approx(expected, rel=1e-6, abs=1e-6)
