"""The curve of a loss comes from the running means that Keras tells after each step."""

from __future__ import annotations

import numpy as np
import pytest

pytestmark = pytest.mark.system


def test_curves_are_means_of_the_steps_of_all_epochs():
    from fairflip.remediation.training.checkpoints import TrainingKeeper

    keeper = TrainingKeeper(epochs=2)
    values = np.random.default_rng(0).random((2, 30))
    for epoch, losses in enumerate(values):
        keeper.on_epoch_begin(epoch)
        for step in range(30):
            mean = losses[: step + 1].mean()
            keeper.on_train_batch_end(step, {"counterfactual_loss": mean, "accuracy": 0.5})
    curves = keeper.curves()
    assert list(curves) == ["counterfactual_loss"]
    np.testing.assert_allclose(
        curves["counterfactual_loss"], values.reshape(20, 3).mean(1), atol=1e-12
    )
