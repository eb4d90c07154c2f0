"""Word vectors that somebody else made, for the words of some texts."""

from __future__ import annotations

from collections import Counter

import numpy as np

from fairflip.text.expansion.vectors import WordVectors, vocabulary_of


def with_vectors(counts: Counter[str], rows: dict[str, np.ndarray], min_count: int) -> WordVectors:
    """The words of some texts with vectors of elsewhere.

    Args:
        counts: Texts that hold each word.
        rows: Vectors by word, all of one length.
        min_count: Words in fewer texts are left out.

    Returns:
        Vectors of length 1, and of 0 for words that `rows` has not.
    """
    ranked = vocabulary_of(counts, min_count)
    size = len(next(iter(rows.values()))) if rows else 1
    matrix = np.zeros((len(ranked), size))
    for number, (word, _) in enumerate(ranked):
        if word in rows:
            matrix[number] = rows[word]
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    matrix = np.where(lengths > 1e-9, matrix / np.maximum(lengths, 1e-9), 0.0)
    words = tuple(word for word, _ in ranked)
    return WordVectors(words, matrix, np.array([count for _, count in ranked], np.int64))
