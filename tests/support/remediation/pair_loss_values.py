"""Losses of fixed predictions by NumPy in float64, which the Keras and torch losses must give.

Each case: a loss's name, its inputs, and its value. Predictions are logits; probabilities are
their sigmoid or softmax.
"""

from __future__ import annotations

import numpy as np

RNG = np.random.default_rng(11)
ONE = RNG.normal(0, 2, (2, 9, 1))  # originals and counterfactuals of nine pairs
SEVERAL = RNG.normal(0, 2, (2, 9, 3))
WEIGHT = RNG.uniform(0.2, 2.0, 9)
MEMBERSHIP = np.array([1, 0, 0, 1, 1, 0, 0, 1, 0.0])


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    e = np.exp(z - z.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def _mean(values, weight):
    return float((values.reshape(len(values), -1).mean(1) * weight).sum() / len(values))


def pair_loss(name: str, a: np.ndarray, b: np.ndarray, weight: np.ndarray) -> float:
    """A pair loss from logits."""
    single = a.shape[-1] == 1
    to_p = sigmoid if single else softmax
    p, q = to_p(a), to_p(b)
    if name == "pairwise_mse":
        return _mean((p - q) ** 2, weight)
    if name == "pairwise_absolute_difference":
        return _mean(np.abs(p - q), weight)
    if name == "pairwise_mse_on_logits":
        return _mean((a - b) ** 2, weight)
    if name == "pairwise_absolute_difference_on_logits":
        return _mean(np.abs(a - b), weight)
    if name == "pairwise_symmetric_kl":
        logs = (a - b) if single else np.log(p) - np.log(q)
        return _mean(((p - q) * logs).sum(-1), weight)
    if name == "pairwise_decision":
        d = [(sigmoid if single else softmax)(z / 0.5) for z in (a, b)]
        return _mean((d[0] - d[1]) ** 2, weight)
    if name == "pairwise_cosine":
        cosine = (a * b).sum(-1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)
        return _mean(-cosine, weight)
    raise ValueError(name)


PAIR_LOSSES = (
    "pairwise_mse",
    "pairwise_absolute_difference",
    "pairwise_mse_on_logits",
    "pairwise_absolute_difference_on_logits",
    "pairwise_symmetric_kl",
    "pairwise_decision",
    "pairwise_cosine",
)
#: (name, originals, counterfactuals): of one column and of several, where the loss is defined.
PAIR_CASES = [
    (name, *outputs)
    for name in PAIR_LOSSES
    for outputs in (ONE, SEVERAL)
    if not (name == "pairwise_cosine" and outputs is ONE)
]
MIN_DIFF_LOSSES = ("mmd", "adjusted_mmd", "absolute_correlation")


def min_diff_loss(name: str, member: np.ndarray, p: np.ndarray, weight: np.ndarray) -> float:
    """A MinDiff loss of probabilities `[rows]`."""
    weight = weight / weight.sum()
    if name == "absolute_correlation":
        x, y = (v - (weight * v).sum() for v in (member, p))
        scale = [np.sqrt((weight * v**2).sum() + 1e-7) for v in (x, y)]
        return float(abs((weight * x * y).sum() / scale[0] / scale[1]))
    kernel = np.exp(-((p[:, None] - p[None]) ** 2) / 0.1**2)
    a, b = weight * (member == 1), weight * (member == 0)

    def mean(u, v):
        return float(u @ kernel @ v / (u.sum() * v.sum()))

    value = mean(a, a) - 2 * mean(a, b) + mean(b, b)
    if name == "mmd":
        return value
    variance = 0.0
    for group, kind in ((a, 1), (b, 0)):
        number = (member == kind).sum()
        spread = (group * np.diag(kernel)).sum() / group.sum() - mean(group, group)
        variance += spread * (group**2).sum() / number / (number * (group.sum() / number) ** 2)
    return value / (variance + 1e-2)
