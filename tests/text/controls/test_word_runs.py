"""How words stand in thousands of texts at once, beside a reading of each."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.controls.plain_texts import read_texts
from fairflip.text.controls.word_classes import names_in, standing_words
from fairflip.text.controls.word_runs import are_names, num_capitals, runs_of, stands_alone
from fairflip.text.matcher import words_of

PIECES = [
    "the",
    "The",
    "THE",
    "garden",
    "Garden",
    "gaRden",
    "a",
    "I",
    ".",
    ",",
    "…",
    "...",
    "(",
    ")",
    "[",
    "]",
    "“",
    "”",
    "‘",
    "’",
    "'",
    "-",
    "—",
    "@",
    "#",
    "/",
    "3",
    "3d",
    "x.y",
    "!",
    "?",
    ":",
    ";",
    "\n",
    "\t",
    "\x1c",
    "\xa0",
    ">",
    "•",
    "*",
    "£",
]
texts = st.lists(st.sampled_from([*PIECES, " ", " ", " "]), max_size=60).map("".join)


@given(st.lists(texts, max_size=6), st.integers(0, 6))
def test_words_are_counted_as_a_reading_of_each_text_counts_them(given_texts, number):
    number = min(number, len(given_texts))
    read = read_texts(given_texts)
    runs = runs_of(read, number)
    num_words = len(runs.places)
    alone = stands_alone(read, num_words)
    capitals = num_capitals(read, num_words)
    is_loud = np.array([text.isupper() for text in given_texts], bool)
    names = are_names(read, num_words, alone, capitals, is_loud)
    totals = runs.total(alone), runs.total(names), runs.total(alone & (capitals == 0))
    for row, text in enumerate(given_texts[:number]):
        of_row = np.flatnonzero(runs.text == row)
        words = [read.words[code] for code in runs.code[of_row]]
        expected = words_of(text).words
        assert dict(zip(words, runs.num_places[of_row], strict=True)) == Counter(expected)
        first = dict(zip(words, runs.first[of_row] - read.firsts[row], strict=True))
        assert all(expected.index(word) == place for word, place in first.items())
        standing = standing_words(text)
        by_alone, by_names, by_low = (
            {word: n for word, n in zip(words, total[of_row].tolist(), strict=True) if n}
            for total in totals
        )
        assert by_alone == Counter(word.casefold() for word in standing)
        assert set(by_names) == {word.casefold() for word in names_in(text)}
        assert by_low == Counter(word for word in standing if word.islower())
