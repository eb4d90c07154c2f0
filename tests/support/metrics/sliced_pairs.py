"""Scored pairs of two models that are in slices by original, by list and by pair."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

MODELS = ("one", "two")


def sliced_pairs(rng: np.random.Generator, which: np.ndarray, topics: int, words: int) -> pa.Table:
    """Pairs of the originals `which`, whose pairs stand together.

    `race` is of the original, `topic` of the original and in lists, `word` of each pair, so that an
    original is in several slices with some of its pairs. Of topics and words there are as many
    as asked for.
    """
    num_pairs = len(which)
    scores = {}
    for model in MODELS:
        before = rng.beta(0.5, 0.5, num_pairs)[which]
        scores[f"score.{model}"] = before
        changed = before + rng.normal(0, 0.3, num_pairs) * (rng.random(num_pairs) < 0.7)
        scores[f"counterfactual.score.{model}"] = np.clip(changed, 0, 1)
    lists = [
        [f"t{n}" for n in rng.choice(topics, rng.integers(0, 3), False)] for _ in range(num_pairs)
    ]
    labels = rng.integers(0, 2, num_pairs).astype(float)
    return pa.table(
        {
            "example_id": [f"id{i}" for i in which],
            "label": [None if i % 7 == 0 else labels[i] for i in which],
            "race": [None if i % 5 == 0 else f"r{i % 3}" for i in which],
            "topic": [lists[i] for i in which],
            "word": [f"w{n}" for n in rng.integers(0, words, num_pairs)],
            **scores,
        }
    )
