"""Pair losses, MinDiff losses and kernels against NumPy, and where they could break."""

from __future__ import annotations

import numpy as np
import pytest

keras = pytest.importorskip("keras")
import tensorflow as tf  # noqa: E402

from fairflip.remediation import counterfactual, min_diff  # noqa: E402

pytestmark = pytest.mark.system

P = np.array([[0.9], [0.4], [0.2]], "float32")
Q = np.array([[0.6], [0.4], [0.7]], "float32")
P3 = np.array([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]], "float32")
Q3 = np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]], "float32")
WEIGHT = np.array([1.0, 0.5, 2.0], "float32")


def logit(p):
    return np.log(p / (1 - p))


def softmax(z):
    return np.exp(z) / np.exp(z).sum(-1, keepdims=True)


def symmetric_kl(p, q):
    return np.sum(p * np.log(p / q) + q * np.log(q / p), axis=-1)


def cosine(p, q):
    return -np.sum(p * q, -1) / np.linalg.norm(p, axis=-1) / np.linalg.norm(q, axis=-1)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pairwise_mse", (P - Q)[:, 0] ** 2),
        ("pairwise_absolute_difference", np.abs(P - Q)[:, 0]),
        (
            "pairwise_symmetric_kl",
            symmetric_kl(np.hstack([P, 1 - P]), np.hstack([Q, 1 - Q])),
        ),
    ],
)
def test_one_column_by_formula(name, values):
    loss = counterfactual.losses.get(name)
    np.testing.assert_allclose(float(loss(P, Q)), values.mean(), rtol=1e-5)
    np.testing.assert_allclose(float(loss(P, Q, 3.0)), 3 * values.mean(), rtol=1e-5)
    expected = (WEIGHT * values).sum() / 3
    np.testing.assert_allclose(float(loss(P, Q, WEIGHT)), expected, rtol=1e-5)
    np.testing.assert_allclose(float(loss(P, Q, WEIGHT[:, None])), expected, rtol=1e-5)
    np.testing.assert_allclose(float(loss(Q, P)), values.mean(), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("pairwise_mse_loss", ((P3 - Q3) ** 2).mean(-1)),
        ("PAIRWISE_ABSOLUTE_DIFFERENCE", np.abs(P3 - Q3).mean(-1)),
        ("pairwise_symmetric_kl_loss", symmetric_kl(P3, Q3)),
        ("pairwise_cosine", cosine(P3, Q3)),
    ],
)
def test_several_columns_by_formula(name, values):
    loss = counterfactual.losses.get(name)
    np.testing.assert_allclose(float(loss(P3, Q3)), values.mean(), rtol=1e-5)


def test_on_logits_takes_probabilities_back():
    loss = counterfactual.losses.PairwiseMSELoss(on_logits=True)
    np.testing.assert_allclose(float(loss(P, Q)), np.mean((logit(P) - logit(Q)) ** 2), rtol=1e-4)
    z, w = np.array([[1.0, -1.0, 0.0]], "float32"), np.array([[0.5, 0.5, -1.0]], "float32")
    np.testing.assert_allclose(
        float(loss(softmax(z), softmax(w))), np.mean((z - w) ** 2), rtol=1e-4
    )
    named = counterfactual.losses.get("pairwise_mse_on_logits")
    np.testing.assert_allclose(float(named(P, Q)), float(loss(P, Q)))
    given = counterfactual.losses.PairwiseMSELoss(on_logits=True, from_logits=True)
    np.testing.assert_allclose(float(given(z, w)), np.mean((z - w) ** 2), rtol=1e-5)


def test_symmetric_kl_from_logits_is_that_of_probabilities_and_stays_finite():
    loss = counterfactual.losses.PairwiseSymmetricKLLoss(from_logits=True)
    plain = counterfactual.losses.PairwiseSymmetricKLLoss()
    np.testing.assert_allclose(float(loss(logit(P), logit(Q))), float(plain(P, Q)), rtol=1e-4)
    z, w = np.array([[1.0, -1.0, 0.0]], "float32"), np.array([[0.5, 0.5, -1.0]], "float32")
    np.testing.assert_allclose(float(loss(z, w)), float(plain(softmax(z), softmax(w))), rtol=1e-4)
    for extreme in (loss([[80.0]], [[-80.0]]), plain([[1.0]], [[0.0]])):
        assert np.isfinite(float(extreme))
    with pytest.raises(ValueError, match="from_logits"):
        counterfactual.losses.PairwiseSymmetricKLLoss(on_logits=True)


def test_softened_decisions_by_formula():
    def decision(p, threshold, temperature):
        return 1 / (1 + np.exp(-(logit(p) - logit(threshold)) / temperature))

    make = counterfactual.losses.PairwiseDecisionLoss
    for threshold, temperature in ((0.5, 0.5), (0.3, 0.25), (0.8, 2.0)):
        settings = {"threshold": threshold, "temperature": temperature}
        expected = (decision(P, threshold, temperature) - decision(Q, threshold, temperature)) ** 2
        np.testing.assert_allclose(float(make(**settings)(P, Q)), expected.mean(), rtol=1e-4)
        on_logits = make(**settings, from_logits=True)(logit(P), logit(Q))
        np.testing.assert_allclose(float(on_logits), expected.mean(), rtol=1e-4)
    z, w = np.float32([[1.0, -1.0, 0.0]]), np.float32([[0.5, 0.5, -1.0]])
    np.testing.assert_allclose(
        float(make()(softmax(z), softmax(w))),
        np.mean((softmax(2 * z) - softmax(2 * w)) ** 2),
        rtol=1e-4,
    )


def test_softened_decisions_lie_between_squared_differences_and_the_flip_rate():
    make = counterfactual.losses.PairwiseDecisionLoss
    plain = counterfactual.losses.PairwiseMSELoss()
    np.testing.assert_allclose(float(make(temperature=1.0)(P, Q)), float(plain(P, Q)), rtol=1e-5)
    for threshold in (0.3, 0.5, 0.65):
        hard = np.mean(np.greater(P, threshold) != np.greater(Q, threshold))
        np.testing.assert_allclose(
            float(make(threshold=threshold, temperature=1e-3)(P, Q)), hard, rtol=1e-5
        )


@pytest.mark.parametrize(
    "wrong", [{"threshold": 0.0}, {"threshold": 1.0}, {"temperature": 0.0}, {"on_logits": True}]
)
def test_softened_decisions_refuse_what_has_no_meaning(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        counterfactual.losses.PairwiseDecisionLoss(**wrong)


def test_cosine_of_one_column_warns_that_it_is_constant():
    with pytest.warns(UserWarning, match="constant"):
        value = counterfactual.losses.PairwiseCosineLoss()(P, Q)
    np.testing.assert_allclose(float(value), -1.0, rtol=1e-6)


class OwnLoss(counterfactual.losses.CounterfactualLoss):
    def call(self, original, counterfactual, sample_weight=None):
        return keras.ops.mean(original - counterfactual)


@pytest.mark.parametrize("name", [*sorted(counterfactual.losses.LOSSES), "own"])
def test_no_pairs_give_zero_and_zero_gradients(name):
    loss = OwnLoss() if name == "own" else counterfactual.losses.get(name)

    @tf.function(input_signature=[tf.TensorSpec([None, 2]), tf.TensorSpec([None, 2])])
    def value_and_gradient(a, b):
        with tf.GradientTape() as tape:
            tape.watch(a)
            value = loss(a, b)
        return value, tape.gradient(value, a)

    empty = tf.zeros([0, 2])
    value, gradient = value_and_gradient(empty, empty)
    assert float(value) == 0.0
    assert gradient is None or gradient.shape == (0, 2)
    value, gradient = value_and_gradient(tf.constant(P3[:, :2]), tf.constant(P3[:, :2]))
    assert np.isfinite(gradient).all()


def test_wrong_shapes_and_names_are_refused():
    loss = counterfactual.losses.PairwiseMSELoss()
    with pytest.raises(ValueError, match="Incompatible shape"):
        loss(P, Q[:2])
    with pytest.raises(ValueError, match="must not be None"):
        loss(P, None)
    with pytest.raises(ValueError, match="one weight per pair"):
        loss(P, Q, [1.0, 2.0])
    with pytest.raises(ValueError, match="pairwise_mse"):
        counterfactual.losses.get("nonsense")
    with pytest.raises(TypeError, match="int"):
        counterfactual.losses.get(3)
    with pytest.raises(ValueError, match="mmd"):
        min_diff.losses.get("nonsense")
    with pytest.raises(ValueError, match="gaussian"):
        min_diff.losses.MMDLoss("nonsense")


MEMBER = np.array([1, 1, 0, 0, 0], "float32")[:, None]
SCORES = np.array([0.9, 0.5, 0.2, 0.4, 0.1], "float32")[:, None]


def mmd_by_loops(kernel, weight=None):
    weight = np.ones(5) if weight is None else weight
    sums, norms = {}, {}
    for i in range(5):
        for j in range(5):
            key = MEMBER[i, 0], MEMBER[j, 0]
            w = weight[i] * weight[j]
            sums[key] = sums.get(key, 0) + w * kernel(SCORES[i, 0], SCORES[j, 0])
            norms[key] = norms.get(key, 0) + w
    mean = {key: sums[key] / norms[key] for key in sums}
    return mean[1.0, 1.0] - 2 * mean[1.0, 0.0] + mean[0.0, 0.0]


KERNELS = {
    "gaussian": lambda a, b: np.exp(-((a - b) ** 2) / 0.1**2),
    "laplacian": lambda a, b: np.exp(-abs(a - b) / 0.1),
}


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_mmd_by_loops_over_couples(kernel):
    loss = min_diff.losses.MMDLoss(kernel)
    expected = mmd_by_loops(KERNELS[kernel])
    np.testing.assert_allclose(float(loss(MEMBER, SCORES)), expected, rtol=1e-5)
    weight = np.array([0.5, 2, 1, 0, 3], "float32")
    expected = mmd_by_loops(KERNELS[kernel], weight)
    np.testing.assert_allclose(float(loss(MEMBER, SCORES, weight)), expected, rtol=1e-5)


def test_absolute_correlation_is_pearsons():
    loss = min_diff.losses.AbsoluteCorrelationLoss()
    expected = abs(np.corrcoef(MEMBER[:, 0], SCORES[:, 0])[0, 1])
    np.testing.assert_allclose(float(loss(MEMBER, SCORES)), expected, rtol=1e-5)


@pytest.mark.parametrize("name", sorted(set(min_diff.losses.LOSSES) - {"abs_corr"}))
@pytest.mark.parametrize("kernel", sorted(KERNELS))
@pytest.mark.parametrize("member", [0.0, 1.0])
def test_a_batch_of_one_group_teaches_nothing(name, kernel, member):
    cls = min_diff.losses.LOSSES[name]
    loss = cls() if name == "absolute_correlation" else cls(kernel)

    @tf.function
    def value_and_gradient(scores):
        with tf.GradientTape() as tape:
            tape.watch(scores)
            value = loss(tf.fill([5, 1], member), scores)
        return value, tape.gradient(value, scores)

    value, gradient = value_and_gradient(tf.constant(SCORES))
    assert abs(float(value)) < 1e-6
    np.testing.assert_allclose(gradient, 0.0, atol=1e-6)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_equal_predictions_have_finite_gradients_in_graph_mode(kernel):
    loss = min_diff.losses.MMDLoss(kernel)

    @tf.function
    def gradient(scores):
        with tf.GradientTape() as tape:
            tape.watch(scores)
            value = loss(MEMBER, scores)
        return tape.gradient(value, scores)

    for scores in (tf.fill([5, 1], 0.3), tf.constant(SCORES)):
        assert np.isfinite(gradient(scores)).all()


@keras.saving.register_keras_serializable("fairflip_tests")
def halved(values):
    return values / 2


def test_losses_round_trip_through_their_config():
    made = [
        counterfactual.losses.PairwiseMSELoss(name="mine", on_logits=True),
        counterfactual.losses.PairwiseDecisionLoss(threshold=0.4, temperature=0.3),
        counterfactual.losses.PairwiseSymmetricKLLoss(from_logits=True),
        min_diff.losses.MMDLoss(min_diff.losses.LaplacianKernel(0.3)),
        min_diff.losses.AdjustedMMDLoss("laplacian", predictions_transform=halved),
        min_diff.losses.AbsoluteCorrelationLoss(),
    ]
    for loss in made:
        again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
        assert type(again) is type(loss)
        assert again.get_config() == loss.get_config()
    again = min_diff.losses.MMDLoss.from_config(made[3].get_config())
    assert again.predictions_kernel.kernel_length == 0.3


def test_predictions_transform_comes_first():
    loss = min_diff.losses.MMDLoss(predictions_transform=halved)
    plain = min_diff.losses.MMDLoss()
    np.testing.assert_allclose(
        float(loss(MEMBER, SCORES)), float(plain(MEMBER, SCORES / 2)), rtol=1e-6
    )
