"""A table of made-up sentences with labels of several kinds, for models of several outputs."""

from __future__ import annotations

import pathlib

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from support.outputs.models import CLASSES

_WHO = ("she", "he", "the woman", "the man", "a muslim", "a christian", "the girl", "the boy")
_WORDS = [
    "a",
    "the",
    "is",
    "very",
    "good",
    "bad",
    "runs",
    "home",
    "nurse",
    "doctor",
    "tall",
    "old",
    "kind",
    "angry",
    "happy",
    "sees",
]


def write_examples(folder: pathlib.Path, size: int = 400) -> pathlib.Path:
    """Examples with the columns cls, insult_label, toxicity, gender and weight."""
    random = np.random.default_rng(3)
    texts = [f"{random.choice(_WHO)} {' '.join(random.choice(_WORDS, 6))}" for _ in range(size)]
    table = pa.table(
        {
            "example_id": [f"e{i}" for i in range(size)],
            "comment_text": texts,
            "cls": random.choice(CLASSES, size),
            "insult_label": random.integers(0, 2, size),
            "toxicity": random.integers(0, 2, size),
            "gender": random.choice(["female", "male"], size),
            "weight": random.choice([1.0, 2.0], size),
        }
    )
    path = folder / "examples.parquet"
    pq.write_table(table, path)
    return path
