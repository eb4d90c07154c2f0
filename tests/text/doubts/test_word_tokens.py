"""Words read one by one are those of the whole text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.doubts import word_tokens
from fairflip.text.doubts.word_tokens import APOSTROPHE, TOKEN, CountedWords, WordTokens

_PIECES = st.sampled_from(
    ["she", "Don’t", "ʼtwas", "ΟΔΟΣ", "İſ", "12", ".5", ",", "1st", "a_b", "女"]
)
_SPACES = st.sampled_from([" ", "\n", "\u3000", "\xa0", "\x1f", "-", "", "'"])
_TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.tuples(_PIECES, _SPACES)).map(lambda pairs: "".join(map("".join, pairs))),
)


@given(_TEXTS)
def test_tokens_of_words_are_those_of_the_text(text):
    assert WordTokens().of(text.split()) == TOKEN.findall(text.lower())


@given(st.lists(_TEXTS, max_size=5))
def test_counts_are_those_of_all_tokens(texts):
    counted = {"she", "dont", "1st", "οδος"}
    words = CountedWords(counted, WordTokens())
    for text in texts:
        tokens = [APOSTROPHE.sub("", token) for token in TOKEN.findall(text.lower())]
        assert words.of(text.split()) == (sum(map(counted.__contains__, tokens)), len(tokens))


@pytest.mark.parametrize("remembered", [WordTokens(), CountedWords({"word"}, WordTokens())])
def test_what_is_remembered_is_bounded(remembered, monkeypatch):
    monkeypatch.setattr(word_tokens, "_MOST_WORDS", 10)
    words = [f"word {i}" for i in range(35)]
    long = "word" * word_tokens._LONGEST_WORD
    first = [remembered.of(text.split()) for text in [*words, long]]
    assert len(remembered) <= 10
    assert long not in remembered
    assert [remembered.of(text.split()) for text in [*words, long]] == first
