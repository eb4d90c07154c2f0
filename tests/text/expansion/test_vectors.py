"""Word vectors against a direct computation: counts, PPMI, and what the SVD keeps."""

from __future__ import annotations

import math

import numpy as np

from fairflip.text.expansion.vectors import contexts, ppmi, word_vectors

SPLIT = [["a", "b", "a", "c"], ["b", "c"], ["x", "a"]]
WORDS = ("a", "b", "c")


def directly_counted(window):
    counts = np.zeros((3, 6))
    for text in SPLIT:
        for i, word in enumerate(text):
            for j, other in enumerate(text):
                if word in WORDS and other in WORDS and 0 < abs(i - j) <= window:
                    before = 3 if j < i else 0
                    counts[WORDS.index(word), before + WORDS.index(other)] += 1
    return counts


def test_contexts_behind_and_before_are_told_apart():
    for window in (1, 2, 3):
        actual = contexts(SPLIT, WORDS, window).toarray()
        np.testing.assert_array_equal(actual, directly_counted(window))


def test_information_is_positive_and_smoothed_over_contexts():
    counts = directly_counted(2)
    from scipy import sparse

    actual = ppmi(sparse.csr_matrix(counts), 0.75).toarray()
    smoothed = counts.sum(0) ** 0.75
    smoothed *= counts.sum() / smoothed.sum()
    for row in range(3):
        for column in range(6):
            expected = 0.0
            if counts[row, column]:
                share = counts[row, column] * counts.sum()
                expected = max(0.0, math.log(share / (counts[row].sum() * smoothed[column])))
            assert math.isclose(actual[row, column], expected, abs_tol=1e-12)


def texts_of(number, seed):
    rng = np.random.default_rng(seed)
    people, things = ["she", "zork", "florp"], ["tea", "cake", "soup"]
    return [
        f"now {rng.choice(people)} eats the {rng.choice(things)} {rng.choice(['here', 'there'])}"
        for _ in range(number)
    ]


def test_words_in_like_places_have_like_vectors_whatever_the_order():
    texts = texts_of(400, seed=1)
    made = word_vectors(texts, min_count=3)
    position = made.position()
    np.testing.assert_allclose(np.linalg.norm(made.vectors, axis=1), 1.0)
    cosines = made.vectors @ made.vectors.T
    alike = cosines[position["she"], position["zork"]]
    assert alike > 0.9
    assert cosines[position["she"], position["tea"]] < 0.3
    again = word_vectors(texts[::-1], min_count=3)
    assert again.words == made.words
    np.testing.assert_allclose(again.vectors, made.vectors, atol=1e-8)
    expected = [sum(word in text.split() for text in texts) for word in made.words]
    np.testing.assert_array_equal(made.counts, expected)
    assert list(made.counts) == sorted(made.counts, reverse=True)


def test_all_information_is_kept_where_there_are_dimensions_enough():
    """Cosines of the rows of U √S are those of M M' to the power 1/2, by an exact eigensystem."""
    texts = texts_of(60, seed=2)
    made = word_vectors(texts, min_count=1, dimensions=1000)
    split = [text.split() for text in texts]
    matrix = ppmi(contexts(split, made.words, 2), 0.75).toarray()
    values, vectors = np.linalg.eigh(matrix @ matrix.T)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T  # U S U'
    scale = np.sqrt(np.diag(root))
    np.testing.assert_allclose(
        made.vectors @ made.vectors.T, root / np.outer(scale, scale), atol=1e-6
    )


def test_nothing_of_nothing():
    assert word_vectors(["", None, "one"]).words == ()
    assert word_vectors(["one"], min_count=1).vectors.shape[0] == 1
