"""The words of plain texts, thousands at once, are those of reading each."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from fairflip.text.controls.plain_texts import ARTICLE, blocks_of, read_texts
from fairflip.text.matcher import words_of

texts = st.one_of(st.text(alphabet="aAbZ09 _.’…é\n\t'-", max_size=20), st.text(max_size=20))


@given(st.lists(texts, max_size=8))
def test_the_words_are_those_of_each_text(given_texts):
    read = read_texts(given_texts)
    assert ARTICLE in read.words
    assert len(set(read.words)) == len(read.words)
    for number, (text, is_plain) in enumerate(zip(given_texts, read.is_plain, strict=True)):
        first, last = read.firsts[number : number + 2]
        if not is_plain:
            assert first == last
            continue
        expected = words_of(text)
        assert [read.words[code] for code in read.codes[first:last]] == expected.words
        spans = [expected.span(position) for position in range(len(expected.words))]
        starts, ends = (
            side[first:last] - read.starts[number] for side in (read.word_starts, read.word_ends)
        )
        assert list(zip(starts.tolist(), ends.tolist(), strict=True)) == spans


def test_what_is_plain():
    plain = ["", "A text, 3 words.", "“So” – it’s … 5 €", "tab\tand\nline"]
    other = ["snow_man", "snow_man…", "café", "2²", "\x85", "😀", "你好", "\ud800", "®"]
    assert read_texts(plain + other).is_plain.tolist() == [True] * 4 + [False] * len(other)


def test_every_character_by_itself_has_the_words_of_its_text():
    characters = [chr(code) for code in range(sys.maxunicode + 1) if not 0x3400 < code < 0xF0000]
    every = [f"a{one}b" for one in characters if one.isprintable() or ord(one) < 0x3000]
    for block in blocks_of(every):
        read = read_texts(block)
        for number in read.is_plain.nonzero()[0].tolist():
            first, last = read.firsts[number : number + 2]
            words = [read.words[code] for code in read.codes[first:last]]
            assert words == words_of(block[number]).words


@given(st.lists(st.text(max_size=3), max_size=9))
def test_blocks_hold_all_texts_in_their_order(given_texts):
    assert [text for block in blocks_of(given_texts) for text in block] == given_texts
