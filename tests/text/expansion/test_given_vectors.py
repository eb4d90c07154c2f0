"""Vectors of elsewhere: read line by line, and put to the words that texts hold."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from fairflip.protos.errors import InputError
from fairflip.text.expansion.given_vectors import parse_vectors, with_vectors


def test_wanted_words_alone_are_read_the_first_line_of_each():
    lines = ["4 2\n", "Tea 3 4\n", "soup 1 -1e-1\n", "tea 9 9\n", "other a b\n"]
    actual = parse_vectors(lines, {"tea", "soup"}, "file")
    assert {word: list(row) for word, row in actual.items()} == {"tea": [3, 4], "soup": [1, -0.1]}
    assert parse_vectors([], {"tea"}, "file") == {}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["tea 1 2", "soup 1"], "line 2: 1 numbers, expected 2"),
        (["tea"], "line 1: 0 numbers"),
        (["tea 1 x"], "line 1: what follows the word is no list of finite numbers"),
        (["tea 1 nan"], "line 1: what follows"),
    ],
)
def test_what_holds_no_vectors_says_so(lines, message):
    with pytest.raises(InputError, match=message):
        parse_vectors(lines, {"tea", "soup"}, "file")


def test_frequent_words_have_vectors_of_length_1_or_none():
    counts = Counter({"tea": 7, "soup": 9, "rare": 4, "strange": 5})
    rows = {"tea": np.array([3.0, 4.0]), "soup": np.zeros(2), "rare": np.ones(2)}
    actual = with_vectors(counts, rows, 5)
    assert actual.words == ("soup", "tea", "strange")
    assert list(actual.counts) == [9, 7, 5]
    np.testing.assert_allclose(actual.vectors, [[0, 0], [0.6, 0.8], [0, 0]])
    assert with_vectors(counts, {}, 5).vectors.shape == (3, 1)
