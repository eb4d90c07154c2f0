"""Candidates for a list: words like its terms, each with the nearest; never function words."""

from __future__ import annotations

import numpy as np
import pytest

from fairflip.text.expansion.candidates import candidates, seeds_by_group, with_candidates
from fairflip.text.expansion.vectors import WordVectors
from fairflip.text.terms import parse_terms

TERMS = parse_terms(
    "term,group,category\nzork,z,c\nflorp,f,c\nnever heard,f,c\nabsent,g,d\n", "made up"
)


def vectors_of(entries):
    words = tuple(entries)
    rows = np.array([entries[word] for word in words], float)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return WordVectors(words, rows / np.where(lengths > 0, lengths, 1), np.arange(len(words)) + 5)


ENTRIES = {
    "zork": (1, 0, 0), "florp": (0.8, 0.6, 0), "blim": (0.99, 0.05, 0), "the": (1, 0.02, 0),
    "him": (0.9, 0.3, 0), "blum": (0.6, 0.8, 0.1), "7up": (1, 0.01, 0), "tea": (0, 0, 1),
    "cake": (0, 0.1, 1), "soup": (0.1, 0, 1), "lost": (0, 0, 0),
}  # fmt: skip


def test_words_like_listed_terms_come_first_with_the_nearest():
    actual = candidates(vectors_of(ENTRIES), TERMS, proposable=["him"])
    assert [one.word for one in actual] == ["him", "blim", "blum", "soup", "cake", "tea"]
    by_word = {one.word: one for one in actual}
    assert (by_word["blim"].nearest, by_word["blim"].group) == ("zork", "z")
    assert (by_word["blum"].nearest, by_word["blum"].group) == ("florp", "f")
    assert by_word["blim"].num_texts == 5 + list(ENTRIES).index("blim")
    unit = vectors_of(ENTRIES).vectors
    rows = {word: unit[i] for i, word in enumerate(ENTRIES)}
    assert by_word["blum"].similarity == pytest.approx(rows["blum"] @ rows["florp"])


def test_the_score_is_the_mean_cosine_and_the_classifiers_chance():
    """Against a minimum of the penalised loss that SciPy finds by itself."""
    from scipy.optimize import minimize

    made = vectors_of(ENTRIES)
    is_term = np.array([word in ("zork", "florp") for word in made.words])
    weight = np.where(is_term, 0.5 / is_term.mean(), 0.5 / (1 - is_term.mean()))
    design = np.hstack([made.vectors, np.ones((len(made.words), 1))])
    sign = np.where(is_term, 1, -1)

    def loss(beta):
        penalty = 5.0 * (beta[:-1] ** 2).sum() + 0.5e-6 * beta[-1] ** 2
        return (weight * np.logaddexp(0, -sign * (design @ beta))).sum() + penalty

    beta = minimize(loss, np.zeros(4), tol=1e-12).x
    chance = 1 / (1 + np.exp(-design @ beta))
    cosine = (made.vectors @ made.vectors[is_term].T).mean(1)
    frequent, most = np.log(made.counts), np.log(made.counts.max())
    for one in candidates(made, TERMS):
        row = made.words.index(one.word)
        expected = (cosine[row] + 0.3 * chance[row] + 0.1 * frequent[row]) / (1.3 + 0.1 * most)
        assert one.score == pytest.approx(expected, abs=1e-5)


def test_of_words_used_alike_the_more_frequent_comes_first():
    made = vectors_of({"zork": (1, 0), "rare": (0.9, 0.1), "frequent": (0.9, 0.1), "tea": (0, 1)})
    counts = np.array([50, 5, 40, 60])
    actual = candidates(WordVectors(made.words, made.vectors, counts), TERMS)
    assert [one.word for one in actual][:2] == ["frequent", "rare"]


def test_no_function_word_and_none_that_was_left_out():
    actual = candidates(vectors_of(ENTRIES), TERMS, left_out=["Blim"], max_candidates=2)
    assert [one.word for one in actual] == ["blum", "soup"]
    assert candidates(vectors_of({"tea": (1, 0), "cake": (0, 1)}), TERMS) == []


def test_seeds_are_the_terms_that_texts_hold():
    seeds = seeds_by_group(vectors_of(ENTRIES), TERMS)
    assert seeds == {("c", "z"): ["zork"], ("c", "f"): ["florp"], ("d", "g"): []}


def test_a_list_with_its_candidates():
    longer = with_candidates(TERMS, candidates(vectors_of(ENTRIES), TERMS, max_candidates=2))
    assert len(longer) == len(TERMS) + 2
    added = longer.terms[-1]
    assert (added.text, added.group, added.category, added.swaps) == ("blum", "f", "c", ())
