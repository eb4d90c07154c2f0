"""Vectors of elsewhere: put to the words that texts hold."""

from __future__ import annotations

from collections import Counter

import numpy as np

from fairflip.text.expansion.given_vectors import with_vectors


def test_frequent_words_have_vectors_of_length_1_or_none():
    counts = Counter({"tea": 7, "soup": 9, "rare": 4, "strange": 5})
    rows = {"tea": np.array([3.0, 4.0]), "soup": np.zeros(2), "rare": np.ones(2)}
    actual = with_vectors(counts, rows, 5)
    assert actual.words == ("soup", "tea", "strange")
    assert list(actual.counts) == [9, 7, 5]
    np.testing.assert_allclose(actual.vectors, [[0, 0], [0.6, 0.8], [0, 0]])
    assert with_vectors(counts, {}, 5).vectors.shape == (3, 1)
