"""Word vectors from nothing but texts: positive pointwise mutual information, and its SVD.

Levy, Goldberg and Dagan 2015, "Improving Distributional Similarity with Lessons Learned from
Word Embeddings": smoothed contexts, singular values to the power 1/2. Contexts before and
behind a word are told apart, as what a word stands between says which kind of word it is.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from fairflip.text.matcher import words_of

_LONGEST_WORD = 40
_MORE_DIMENSIONS, _POWER_STEPS = 20, 2


@dataclasses.dataclass(frozen=True)
class WordVectors:
    """Vectors of words.

    Attributes:
        words: Most frequent first; equal ones by alphabet.
        vectors: float64 `[words, dimensions]`, each of length 1, or 0 where a word has no
            neighbour that says anything.
        counts: int64 `[words]`: texts that hold the word.
    """

    words: tuple[str, ...]
    vectors: np.ndarray
    counts: np.ndarray

    def position(self) -> dict[str, int]:
        """Where each word stands."""
        return {word: number for number, word in enumerate(self.words)}


def word_vectors(
    texts: Iterable[str | None],
    *,
    dimensions: int = 50,
    window: int = 2,
    min_count: int = 5,
    max_words: int = 30_000,
    smoothing: float = 0.75,
) -> WordVectors:
    """Vectors of the words of some texts.

    M[w, c] = max(0, log(n(w, c) n / (n(w) m(c)))), where n(w, c) counts how often the context c
    (a word, before or behind) stands within `window` words of w, n(w) and n are sums of these,
    and m(c) = n n(c)^a / Σ n(c)^a. The vector of w is its row of U √S of the truncated SVD
    M ≈ U S Vᵀ, divided by its length.

    Args:
        texts: Texts; one that is None is none.
        dimensions: At most; fewer where there are few words.
        window: Words on each side.
        min_count: Words in fewer texts have no vector.
        max_words: The most frequent ones that have.
        smoothing: The exponent a of contexts.

    Returns:
        The vectors, the same for the same texts in any order.
    """
    split = [words_of(text).words for text in texts if text]
    ranked = vocabulary_of(counts_of(split), min_count, max_words)
    vocabulary = tuple(word for word, _ in ranked)
    counts = np.array([count for _, count in ranked], np.int64)
    if not vocabulary:
        return WordVectors(vocabulary, np.zeros((0, 1)), counts)
    matrix = ppmi(contexts(split, vocabulary, window), smoothing)
    return WordVectors(vocabulary, _reduced(matrix, dimensions), counts)


def counts_of(split: Iterable[Sequence[str]]) -> Counter[str]:
    """How many texts hold each word."""
    in_texts: Counter[str] = Counter()
    for words in split:
        in_texts.update(set(words))
    return in_texts


def vocabulary_of(
    counts: Counter[str], min_count: int, max_words: int = 30_000
) -> list[tuple[str, int]]:
    """Words that are frequent enough and no longer than words are, with their counts.

    Returns:
        The most frequent first, equal ones by alphabet.
    """
    return sorted(
        (
            (word, count)
            for word, count in counts.items()
            if count >= min_count and len(word) <= _LONGEST_WORD
        ),
        key=lambda item: (-item[1], item[0]),
    )[:max_words]


def contexts(split: Sequence[Sequence[str]], words: Sequence[str], window: int) -> Any:
    """How often each word stands within a window of each context.

    Args:
        split: The words of each text.
        words: Those that count, n of them.
        window: Words on each side.

    Returns:
        A sparse matrix `[n, 2 n]`: contexts behind the word, then those before it.
    """
    from scipy import sparse

    position = {word: number for number, word in enumerate(words)}
    # All texts as one line of numbers, with a gap of `window` between two texts.
    line: list[int] = []
    for text in split:
        line += [position.get(word, -1) for word in text]
        line += [-1] * window
    numbers = np.array(line, np.int64)
    size = len(words)
    behind = sparse.csr_matrix((size, size))
    for distance in range(1, window + 1):
        left, right = numbers[:-distance], numbers[distance:]
        both = (left >= 0) & (right >= 0)
        ones = np.ones(int(both.sum()))
        behind = behind + sparse.csr_matrix((ones, (left[both], right[both])), (size, size))
    return sparse.hstack([behind, behind.T]).tocsr()


def ppmi(counts: Any, smoothing: float) -> Any:
    """Positive pointwise mutual information of a sparse matrix of counts; see `word_vectors`."""
    from scipy import sparse

    counts = counts.tocoo()
    of_word = np.asarray(counts.sum(1)).reshape(-1)
    of_context = np.asarray(counts.sum(0)).reshape(-1) ** smoothing
    total = of_word.sum()
    of_context *= total / max(of_context.sum(), 1e-12)
    information = np.log(counts.data * total / (of_word[counts.row] * of_context[counts.col]))
    positive = information > 0
    return sparse.csr_matrix(
        (information[positive], (counts.row[positive], counts.col[positive])), counts.shape
    )


def _reduced(matrix: Any, dimensions: int) -> np.ndarray:
    """U √S of the truncated SVD, rows of length 1 (Halko, Martinsson and Tropp 2011)."""
    size = min(matrix.shape)
    rank = min(dimensions + _MORE_DIMENSIONS, size)
    start = np.random.default_rng(0).standard_normal((matrix.shape[1], rank))
    basis = np.linalg.qr(matrix @ start)[0]
    for _ in range(_POWER_STEPS):
        basis = np.linalg.qr(matrix @ (matrix.T @ basis))[0]
    left, values, _ = np.linalg.svd((matrix.T @ basis).T, full_matrices=False)
    vectors = (basis @ left)[:, :dimensions] * np.sqrt(values[:dimensions])
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(lengths > 1e-9, vectors / np.maximum(lengths, 1e-9), 0.0)
