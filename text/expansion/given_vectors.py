"""Word vectors that somebody else made, for the words of some texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

import numpy as np

from fairflip.protos.errors import InputError
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


def parse_vectors(
    lines: Iterable[str], wanted: Collection[str], name: str
) -> dict[str, np.ndarray]:
    """Vectors of wanted words from lines "word number number ...", as GloVe and word2vec write.

    A first line of two whole numbers (how many words, how long vectors are) is passed over. Of a
    word that comes twice, the first line counts.

    Args:
        lines: Lines.
        wanted: In lower case.
        name: What errors call the file.

    Raises:
        InputError: A line holds no numbers, or not as many as the first.
    """
    rows: dict[str, np.ndarray] = {}
    size = 0
    for number, line in enumerate(lines, start=1):
        fields = line.rstrip().split(" ")
        if number == 1 and len(fields) == 2 and all(field.isdigit() for field in fields):
            continue
        size = size or len(fields) - 1
        if len(fields) - 1 != size or size < 1:
            raise InputError(
                f"{name}, line {number}: {len(fields) - 1} numbers, expected {size}; write a word "
                "and its numbers on each line, with one space between"
            )
        word = fields[0].lower()
        if word not in wanted or word in rows:
            continue
        try:
            vector = np.array(fields[1:], np.float64)
        except ValueError:
            vector = np.array([np.nan])
        if not np.isfinite(vector).all():
            raise InputError(
                f"{name}, line {number}: what follows the word is no list of finite numbers"
            )
        rows[word] = vector
    return rows
