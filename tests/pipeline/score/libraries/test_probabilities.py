"""A classifier's logits become what transformers' own pipeline would say."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.pipeline.score.libraries.probabilities import labels_of, probabilities

LOGITS = np.array([[2.0, -1.0], [0.0, 0.0], [-800.0, 800.0]])


@pytest.mark.parametrize(
    ("problem_type", "expected"),
    [
        (None, [[1 / (1 + np.exp(-3)), 1 / (1 + np.exp(3))], [0.5, 0.5], [0, 1]]),
        (
            "multi_label_classification",
            [[1 / (1 + np.exp(-2)), 1 / (1 + np.e)], [0.5, 0.5], [0, 1]],
        ),
        ("regression", LOGITS),
    ],
)
def test_by_problem_type(problem_type, expected):
    np.testing.assert_allclose(probabilities(LOGITS, problem_type), expected, atol=1e-12)


def test_one_label_is_a_sigmoid():
    np.testing.assert_allclose(probabilities(LOGITS[:, :1], None)[:2, 0], [0.8807971, 0.5])


def test_labels_stand_in_the_order_of_their_units():
    assert labels_of({"id2label": {"10": "k", "2": "c", "0": "a"}}) == ("a", "c", "k")
    assert labels_of({}) == ()
