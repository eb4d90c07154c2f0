"""Remedies that ask the baseline about other texts, as points of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

#: From texts to, for each of them, the texts whose mean score is its score.
Asked = Callable[[Sequence[str]], Sequence[Sequence[str]]]


def mean_scores(
    score: Callable[[np.ndarray], np.ndarray], asked: Asked, texts: np.ndarray
) -> np.ndarray:
    """Mean scores over what is asked in the place of each text, float64 `[rows]`.

    Args:
        score: The model: from texts `[n]` to scores `[n]`.
        asked: What it is asked about.
        texts: `[rows]`. Each distinct text is scored once.
    """
    parts = asked(list(texts))
    flat = [text for part in parts for text in part]
    if not flat:
        return np.empty(0)
    distinct, position = np.unique(np.asarray(flat, object), return_inverse=True)
    scores = np.asarray(score(distinct), np.float64).reshape(-1)[position]
    row = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return np.bincount(row, scores, len(parts)) / np.bincount(row, minlength=len(parts))


def calls_per_text(asked: Asked, texts: np.ndarray) -> float:
    """Texts asked about for each text, the mean."""
    return float(np.mean([len(part) for part in asked(list(texts))]))
