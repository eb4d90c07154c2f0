"""The words that edits of many pairs touched are those of looking at each pair."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.controls.edited_words import EditedWord, words_edited
from fairflip.text.controls.many_edits import NOTHING, edits_of
from fairflip.text.controls.plain_texts import read_texts
from fairflip.text.matcher import words_of

texts = st.lists(st.sampled_from(["a", "an", "he", "she's", "s", "x", "X,", "y"]), max_size=8)


@given(st.lists(st.tuples(texts.map(" ".join), texts.map(" ".join)), max_size=6))
def test_the_words_are_those_of_each_pair(pairs):
    read = read_texts([text for pair in pairs for text in pair])
    original = 2 * np.arange(len(pairs))
    actual = edits_of(read, original, original + 1)
    words = [*read.words, ""]
    assert words[NOTHING] == ""
    for row, (old, new) in enumerate(pairs):
        expected = words_edited(words_of(old), words_of(new))
        first, last = read.firsts[2 * row : 2 * row + 2]
        edits = [
            EditedWord(words[word], words[replacement], places, (place - first) / (last - first))
            for pair, word, replacement, places, place in zip(*actual, strict=True)
            if pair == row
        ]
        assert edits == sorted(expected, key=lambda edit: (-edit.num_places, edit.position))
