"""A text is read by the rules of its marks wherever one of them may find something."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fairflip.text.doubts import pair_doubts, possible_faults
from fairflip.text.doubts.changed_words import sides
from fairflip.text.doubts.grammar_faults import has_more_faults, num_faults
from fairflip.text.doubts.window_keys import Keys
from fairflip.text.repair import takes_an
from fairflip.text.validity import new_fragments

SINGULARS, PLURALS = frozenset({"woman", "jew"}), frozenset({"women", "jews"})
WORDS = """he she they we i are am have don't is was has isn't do let that with at by against a an A An
this each another every these many few woman women jew jews hour honest unit one once European
lgbt NFL 8 nice old , . ! ; : ? ( ) [ { had Had the my its and or of than 's 'll in who but "he he.
x_a _an -an 'a word, (and of) and. of, the. a. then i'm sorry unable cannot rewrite here's the ```
rewritten text modified version: as an ai language model [NAME] {name} <mask> ___ $ don’t ’s “ he”
\U0001f600 the… —and i’m can’t here’s"""
PARTS = WORDS.split()
TEXTS = st.lists(
    st.sampled_from(PARTS)
    | st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1)
    | st.text(st.sampled_from("’“”…—\u203f\u200b\U0001f300\U0001faffa"), min_size=1)
).map(" ".join)


def is_in(pattern, text):
    """By the engine that evaluations use, and by that of the rules themselves."""
    texts = pa.array([text.encode()])
    by_arrow = pc.match_substring_regex(texts, pattern, ignore_case=True)[0].as_py()
    assert by_arrow == (re.search(pattern, text, re.IGNORECASE) is not None)
    return by_arrow


def keys_of(*texts):
    parts = [f"{text}\0".encode() for text in texts]
    ends = np.cumsum([0, *map(len, parts)])
    return Keys(np.frombuffer(b"".join(parts), np.uint8), ends)


def may_double(*texts):
    return possible_faults.may_double(keys_of(*texts)).tolist()


def may_be_left_over(*texts):
    return possible_faults.may_be_left_over(keys_of(*texts)).tolist()


def test_simple_signs_hold_no_letter_and_no_digit():
    signs = [chr(code) for code in range(0x80, 0x110000) if not 0xD800 <= code <= 0xDFFF]
    parts = [f"a{sign}\0".encode() for sign in signs]
    ends = np.cumsum([0, *map(len, parts)])
    simple = possible_faults.simple_signs(Keys(np.frombuffer(b"".join(parts), np.uint8), ends))
    known = [sign for sign, is_simple in zip(signs, simple, strict=True) if is_simple]
    assert {"’", "“", "…", "\U0001f600"} <= set(known)
    assert not any(map(re.compile(r"[^\W_]").match, known))


@given(TEXTS)
@example("a bc1")
@example("an once")
def test_no_slip_is_missed(text):
    if num_faults(text, SINGULARS, PLURALS):
        assert is_in(possible_faults.FAULTS, text) or may_double(text) == [True]


WORDS_OF_TEXTS = st.lists(st.sampled_from(PARTS), min_size=5, max_size=60)


@given(WORDS_OF_TEXTS, st.lists(st.tuples(st.integers(0, 59), st.sampled_from(PARTS)), max_size=3))
def test_a_clear_text_has_no_more_slips(old, changes):
    new = list(old)
    for place, word in changes:
        new[place % len(new)] = word
    texts = " ".join(old), " ".join(new)
    if has_more_faults(*texts, SINGULARS, PLURALS):
        assert not possible_faults.are_clear(*texts)


def test_slips_far_from_what_differs_are_in_both_texts():
    text = "Had had an young woman, and far from that the old {} sat here, a idiot , these woman."
    texts = text.format("doctor, who"), text.format("artist, who")
    assert possible_faults.are_clear(*texts)
    assert not possible_faults.are_clear(text.format("big doctor"), text.format("doctor doctor"))
    assert not possible_faults.are_clear(texts[0], texts[1].replace("sat", "sat there"))
    # In the first no word stands twice.
    text = "Had had, an young {} sat here."
    assert not possible_faults.are_clear(text.format("woman"), text.format("an"))


WORDS_OF_SLIPS = """he she they we i are am have don't aren't isn't doesn't is was has with against a an An
this every these few woman women jews hour honest unit one once useful European idiot lgbt NFL nth
8 nice , . ! ; ? ( [ the my its and or of than 's ’s in who had don’t aren’t"""
SLIPS = WORDS_OF_SLIPS.split()
NOUNS = ("woman", "women", "jews")


def are_in(pattern, texts):
    matches = pc.match_substring_regex(pa.array(texts), pattern, ignore_case=True)
    return matches.to_numpy(zero_copy_only=False)


def test_no_slip_of_two_words_or_three_is_missed():
    pairs = [f"{one} {other}" for one in SLIPS for other in SLIPS]
    nouns = [f"{one} {noun} {then}" for one in SLIPS for noun in NOUNS for then in SLIPS]
    texts = [*pairs, *(f"x {pair} x" for pair in pairs), *nouns]
    slips = np.array([num_faults(text, SINGULARS, PLURALS) > 0 for text in texts])
    seen = are_in(possible_faults.FAULTS, texts) | may_double(*texts)
    assert [texts[place] for place in np.flatnonzero(slips & ~seen)] == []
    assert slips.sum() > 1_000 > (seen & ~slips).sum()
    leftovers = np.array([new_fragments("", text) > 0 for text in texts])
    seen = are_in(possible_faults.FRAGMENTS, texts)
    seen |= are_in(possible_faults.FRAGMENTS_AT_START, texts)
    seen |= are_in(possible_faults.FRAGMENTS_AT_END, texts)
    assert [texts[place] for place in np.flatnonzero(leftovers & ~seen)] == []
    assert leftovers.sum() > 1_000


def test_no_wrong_article_is_missed():
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(some) for size in (2, 3) for some in itertools.product(letters, repeat=size)]
    words += [
        "honest",
        "honor",
        "hourly",
        "heiress",
        "unimportant",
        "university",
        "ubiquitous",
        "oneself",
        "lgbtq",
    ]
    texts = [f"{article} {word} x" for article in ("a", "an") for word in words]
    wrong = np.array([takes_an(word) for word in words] + [not takes_an(word) for word in words])
    assert not (wrong & ~are_in(possible_faults.FAULTS, texts)).any()


@pytest.mark.parametrize(
    "text",
    [
        *("[NAME]", "[A_PRONOUN 2]", "<mask>", "<s>", "</s>", "{name}", "{{x1}}", "____", "${x}"),
        *("As an AI", "as a language model", "as a large language model", "```"),
        *("I'm sorry, but", "I’m unable to help", "I am sorry ’’’’’’’’’’’’’’’’ to assist"),
        *("I cannot comply", "I can’t fulfill", "I won't provide"),
        *("Here's the rewritten", "here is your text", "here’s a revised", "Revised version :"),
    ],
)
def test_what_is_left_over_is_seen(text):
    assert any(pattern.search(text) for _, _, pattern in pair_doubts._LEFT_OVER)
    assert is_in(possible_faults.LEFT_OVER, text)
    assert may_be_left_over(text, "word") == [True, False]


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_leftover_is_missed(before, old, new, after):
    old, new = sides(f"{before} {old} {after}", f"{before} {new} {after}")
    if new_fragments(old.around, new.around):
        text = new.around
        assert (
            is_in(possible_faults.FRAGMENTS, text)
            or (not new.start and is_in(possible_faults.FRAGMENTS_AT_START, text))
            or (not new.num_after and is_in(possible_faults.FRAGMENTS_AT_END, text))
        )


@given(TEXTS)
def test_nothing_left_over_is_missed(text):
    if any(pattern.search(text) for _, _, pattern in pair_doubts._LEFT_OVER):
        assert is_in(possible_faults.LEFT_OVER, text)
        assert may_be_left_over(text) == [True]


def test_words_that_stand_twice():
    texts = [
        "had had",
        "Had hAD it",
        "had, had",
        "hadhad",
        "",
        "had",
        "he had hit",
        "(so so)",
        "had had",
    ]
    expected = [True, True, False, False, False, False, False, True, True]
    assert may_double(*texts) == expected
    assert may_double("it had", "had it") == [False, False]


def test_sound_english_is_not_read():
    text = "an old woman with a cat and an owl, so many friends whom she knew left"
    assert not is_in(possible_faults.FAULTS, text)
    assert not is_in(possible_faults.FRAGMENTS, text)
    assert not is_in(possible_faults.LEFT_OVER, text)
    assert may_double(text) == [False]


def test_capitals_alone_say_nothing():
    text = "the man saw the dog and the cat"
    assert not possible_faults.are_clear(text, text.upper())
