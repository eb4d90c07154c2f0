"""Texts of like length go through together, and the scores come back in their order."""

from __future__ import annotations

import types

import numpy as np
import pytest

from fairflip.pipeline.score.libraries.torch_classifier import by_length, greatest_length


def test_scores_come_back_in_the_order_of_the_texts():
    rng = np.random.default_rng(0)
    texts = ["x" * length for length in rng.permutation(70)]
    calls = []

    def score(part):
        calls.append([len(text) for text in part])
        return np.array([[len(text), -len(text)] for text in part])

    result = by_length(texts, score, batch_size=32)
    np.testing.assert_array_equal(result[:, 0], [len(text) for text in texts])
    np.testing.assert_array_equal(result[:, 1], -result[:, 0])
    assert [len(call) for call in calls] == [32, 32, 6]
    assert [length for call in calls for length in call] == list(range(70))


@pytest.mark.parametrize(
    ("config", "output", "expected"),
    [
        ({}, 128, 128),
        ({}, int(1e30), None),
        ({"max_position_embeddings": 512}, int(1e30), 512),
        ({"max_position_embeddings": 514, "model_type": "roberta", "pad_token_id": 1}, None, 512),
        ({"max_position_embeddings": -1}, None, None),
    ],
)
def test_the_most_tokens_that_a_model_takes(config, output, expected):
    tokenizer = types.SimpleNamespace(model_max_length=output)
    assert greatest_length(types.SimpleNamespace(**config), tokenizer) == expected
