"""Words that need no look around them are cut out and replaced as by whoever looks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.ablation import remove
from fairflip.text.controls.many_places import Places, leaves_no_trace, stands_plainly
from fairflip.text.controls.plain_texts import read_texts
from fairflip.text.controls.word_runs import runs_of
from fairflip.text.matcher import Match, words_of
from fairflip.text.substitution import replace

PIECES = [
    "a",
    "an",
    "A",
    "An",
    "plan",
    "garden",
    "Garden",
    "THE",
    "river's",
    "it’s",
    ".",
    ",",
    "-",
    "(",
    ")",
    "#",
    "3",
    "s'",
    "x",
]
texts = st.lists(st.sampled_from([*PIECES, " ", " ", " ", " ", "\n", "  "]), max_size=30).map(
    "".join
)


@given(st.lists(texts, max_size=4))
def test_what_is_plain_is_edited_as_by_whoever_looks(given_texts):
    read = read_texts(given_texts)
    words = np.arange(len(read.codes))
    of_text = np.searchsorted(read.firsts, words, side="right") - 1
    masks = [mask(read, words, of_text).tolist() for mask in (leaves_no_trace, stands_plainly)]
    for word, row, is_cut, is_replaced in zip(words, of_text, *masks, strict=True):
        text = given_texts[row]
        start, end = (
            int(side[word] - read.starts[row]) for side in (read.word_starts, read.word_ends)
        )
        if is_cut:
            assert remove(text, [(start, end)]) == text[:start] + text[end + 1 :]
        if is_replaced:
            for other in ("apple", "bread"):
                expected = replace(text, [Match(start, end, 0)], [other])
                new = other.capitalize() if text[start].isupper() else other
                assert text[:start] + new + text[end:] == expected


def test_most_words_are_plain():
    read = read_texts(["the field beside that river stood green"])
    words = np.arange(len(read.codes))
    assert leaves_no_trace(read, words, 0 * words).tolist() == [False] + [True] * 5 + [False]
    assert stands_plainly(read, words, 0 * words).tolist() == [True] * 7


@given(st.lists(texts, max_size=4), st.sampled_from(["a", "garden", "s", "b", "a b", "é"]))
def test_words_stand_where_a_reading_of_each_text_says(given_texts, word):
    read = read_texts(given_texts)
    places = Places(given_texts, read, runs_of(read, len(given_texts)))
    for row, text in enumerate(given_texts):
        expected = words_of(text)
        one = places.text(row)
        spans = [(*span, w) for w in (word, "x") for span in expected.spans_of(w)]
        assert one.places((word, "x")) == sorted(spans)
        assert (word in expected.words) == (word in one.counts)
