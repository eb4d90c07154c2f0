"""The torch losses give the numbers of the Keras losses, by NumPy, and slopes where there are some."""

from __future__ import annotations

import numpy as np
import pytest

from support.remediation import pair_loss_values as values

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.models


@pytest.mark.parametrize(("name", "original", "counterfactual"), values.PAIR_CASES)
def test_pair_losses(name, original, counterfactual):
    from fairflip.remediation.torch import pair_losses

    expected = values.pair_loss(name, original, counterfactual, values.WEIGHT)
    sides = [torch.tensor(side, dtype=torch.float32) for side in (original, counterfactual)]
    weight = torch.tensor(values.WEIGHT, dtype=torch.float32)
    actual = float(pair_losses.get(name)(*sides, weight))
    assert actual == pytest.approx(expected, rel=1e-6, abs=1e-6)
    if original.shape[-1] == 1:
        flat = float(pair_losses.get(name)(*(side[:, 0] for side in sides), weight))
        assert flat == pytest.approx(expected, rel=1e-6, abs=1e-6)
    none = pair_losses.get(name)(*(side[:0] for side in sides))
    assert float(none) == 0.0


def test_probabilities_are_read_where_told_so():
    from fairflip.remediation.torch.pair_losses import PairwiseMSELoss, PairwiseSymmetricKLLoss

    for outputs, to_p in ((values.ONE, values.sigmoid), (values.SEVERAL, values.softmax)):
        p = [torch.tensor(to_p(side), dtype=torch.float64) for side in outputs]
        for name, loss in (
            ("pairwise_mse", PairwiseMSELoss(from_logits=False)),
            ("pairwise_symmetric_kl", PairwiseSymmetricKLLoss(from_logits=False)),
        ):
            expected = values.pair_loss(name, *outputs, np.ones(9))
            assert float(loss(*p)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", values.MIN_DIFF_LOSSES)
def test_min_diff_losses(name):
    from fairflip.remediation.torch import min_diff_losses

    p = values.sigmoid(values.ONE[0][:, 0])
    expected = values.min_diff_loss(name, values.MEMBERSHIP, p, values.WEIGHT)
    arrays = [torch.tensor(a, dtype=torch.float32) for a in (values.MEMBERSHIP, p, values.WEIGHT)]
    assert float(min_diff_losses.get(name)(*arrays)) == pytest.approx(expected, rel=1e-6, abs=1e-6)
    one_group = min_diff_losses.get(name)(torch.ones(9), arrays[1])
    assert float(one_group) == pytest.approx(0.0, abs=1e-7)


def test_slopes_are_finite_where_predictions_agree_and_where_they_are_saturated():
    from fairflip.remediation.torch import min_diff_losses, pair_losses

    for name, size in (("pairwise_symmetric_kl", 12.0), ("pairwise_mse_on_logits", 60.0)):
        for logits in (torch.zeros(4, 1), torch.full((4, 1), size)):
            side = logits.clone().requires_grad_()
            pair_losses.get(name)(side, logits - 3).backward()
            assert torch.isfinite(side.grad).all()
            assert (side.grad != 0).all()
    same = torch.full((6,), 0.5, requires_grad=True)
    member = torch.tensor([1.0, 1, 1, 0, 0, 0])
    for loss in (min_diff_losses.MMDLoss("laplacian"), min_diff_losses.AdjustedMMDLoss()):
        same.grad = None
        loss(member, same).backward()
        assert torch.isfinite(same.grad).all()


def test_what_cannot_be_compared_says_why():
    from fairflip.remediation.torch import min_diff_losses, pair_losses

    with pytest.raises(ValueError, match="one shape"):
        pair_losses.get("pairwise_mse")(torch.zeros(3, 1), torch.zeros(2, 1))
    with pytest.raises(ValueError, match="constant"):
        pair_losses.get("pairwise_cosine")(torch.zeros(3, 1), torch.zeros(3, 1))
    with pytest.raises(ValueError, match="choose one of"):
        pair_losses.get("pairwise_mes")
    with pytest.raises(ValueError, match="choose one of"):
        min_diff_losses.get("mdm")
