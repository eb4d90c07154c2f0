"""What originals say by themselves."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fairflip.pipeline.generate.examined_originals import (
    _are_few_words,
    are_english,
    see_originals,
)
from fairflip.pipeline.generate.examined_pairs import examiner_of
from fairflip.text.doubts.pair_doubts import FEW_WORDS
from fairflip.text.matcher import has_words_without_spaces

GERMAN = "eins zwei drei vier fünf sechs sieben"


def test_originals_are_told_apart_where_they_change():
    seen = see_originals(pa.array(["one two", "one two", GERMAN, "one two"]))
    assert seen.num_words.tolist() == [2, 2, 7, 2]
    assert seen.is_first.tolist() == [True, False, True, True]
    texts, text_of = seen.distinct(np.array([0, 1, 3]))
    assert (texts.to_pylist(), text_of.tolist()) == (["one two"] * 2, [0, 0, 1])


def test_the_language_is_told_of_those_that_are_asked_of():
    seen = see_originals(pa.array(["one two", "one two", GERMAN, "one two", GERMAN]))
    every = np.arange(5)
    examiner = examiner_of("")
    assert are_english(seen, every, examiner).tolist() == [True, True, False, True, False]
    assert are_english(seen, every[1:3], examiner).tolist() == [True, False]
    assert are_english(seen, every[:0], examiner).tolist() == []
    for language, is_english in (("de", False), ("en-GB", True)):
        examiner = examiner_of("", language)
        assert are_english(seen, every, examiner).tolist() == [is_english] * 5


def test_white_space_is_python_s_where_a_language_is_told():
    examiner = examiner_of("")
    for one in map(chr, [*range(0x100), 0x2028, 0x3000]):
        # Words of another language, and as many of English: fewer if any are joined.
        text = f"{one}the{one}and{one}{one}zwei drei vier fünf sechs sieben acht neun zehn{one}"
        actual = are_english(see_originals(pa.array([text, "", text[1:]])), np.arange(3), examiner)
        expected = [examiner._is_english(part.split()) for part in (text, "", text[1:])]
        assert actual.tolist() == expected, one


@pytest.mark.parametrize("seed", range(20))
def test_few_words_are_seen_at_once_and_said_of_no_other_text(seed):
    random = np.random.default_rng(seed)
    characters = np.array([*"aaaaabbbbb11 2-'., \t"])
    texts = ["".join(random.choice(characters, size)) for size in random.integers(0, 60, 400)]
    texts[::5] = [text[:5] + random.choice([*"é中—"]) + text[5:] for text in texts[::5]]
    examiner, few = examiner_of(""), _are_few_words(pa.array(texts))
    assert 40 < few.sum() < 360
    assert all(
        examiner._is_english(text.split())
        for text, is_few in zip(texts, few, strict=True)
        if is_few
    )
    counts = [len(list(examiner._tokens.of(text.split()))) for text in texts]
    assert max(np.array(counts)[few]) < FEW_WORDS


def test_scripts_without_spaces_are_found():
    letters = [chr(code) for code in range(0x80, 0x31000, 7) if not 0xD800 <= code <= 0xDFFF]
    texts = [*letters, *(f"a {one}" for one in letters), "", "a"]
    seen = see_originals(pa.array(texts))
    assert seen.is_unspaced.tolist() == list(map(has_words_without_spaces, texts))
