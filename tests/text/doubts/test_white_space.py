"""White space of many texts at once is Python's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.doubts.changed_windows import Texts
from fairflip.text.doubts.white_space import num_words, single_spaced


def texts_of(texts):
    ends = np.cumsum([0, *(len(text.encode()) for text in texts)])
    return Texts(np.frombuffer("".join(texts).encode(), np.uint8), ends[:-1], ends[1:])


def assert_alike(texts):
    there = texts_of(texts)
    assert num_words(there).tolist() == [len(text.split()) for text in texts]
    data, starts, ends = single_spaced(there)
    spaced = [data[a:b].tobytes().decode() for a, b in zip(starts, ends, strict=True)]
    assert spaced == [" ".join(text.split()) for text in texts]


def test_each_character():
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
    # Each between letters, and some at the beginning and the end.
    assert_alike(
        ["x".join(characters[at : at + 500]) for at in range(0, len(characters), 500)]
        + [f"{one}some words that are here{one}" for one in characters[:0x3100]]
    )


@given(st.lists(st.text(st.sampled_from("ab \t\n\x1c\x85\u00a0\u2009\u3000\x00é’\u0fff"))))
def test_texts_one_behind_the_other(texts):
    assert_alike(texts)
