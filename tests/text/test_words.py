"""What is known of a text's words without reading them all is what reading them gives."""

from __future__ import annotations

import random

import pytest

from fairflip.text.matcher import Matcher, words_of
from fairflip.text.terms import normalised
from fairflip.text.words import word_pattern

PARTS = ["he", "she", "the", "hers", "a", "he's", "Him", "x1", "(s)he", "HE", "it,", "he-man", "\n"]


# Signs beyond ASCII, of which some part words and some are words or of them.
OTHER_SIGNS = [
    "caf\u00e9 he",
    "he_man he",
    "\u201che\u201d\u2014she\u2026 he\u2019s",
    "he \u00a3 1\u00a0she",
    "he\u00ad man",
    "he \U0001f602 she",
    "he\u0301 she",
    "she\u2019s \u00e9",
    "\u5979 he",
]


def random_texts(number: int) -> list[str]:
    chance = random.Random(7)
    gaps = [" ", " ", "  ", "-", ".", ""]
    return [
        "".join(
            chance.choice(PARTS) + chance.choice(gaps) for _ in range(chance.randrange(1, 12))
        ).strip()
        for _ in range(number)
    ]


@pytest.mark.parametrize("text", [*random_texts(300), *OTHER_SIGNS, "", " "])
def test_each_word_stands_where_its_span_says(text):
    words = words_of(text)
    spans = [words.span(place) for place in range(len(words.words))]
    assert [normalised(text[start:end]) for start, end in spans] == words.words
    end = 0
    for start, stop in spans:  # nothing between two words is a word
        assert not any(map(str.isalnum, text[end:start]))
        assert not text[start - 1 : start].isalnum() or start == 0
        end = stop
    assert not any(map(str.isalnum, text[end:]))
    for word in {*words.words, "a"}:
        alone = [span for span, other in zip(spans, words.words, strict=True) if other == word]
        assert words.spans_of(word) == alone


@pytest.mark.parametrize("text", [*random_texts(50), *OTHER_SIGNS])
def test_places_do_not_hang_on_the_order_in_which_they_are_asked(text):
    chance = random.Random(len(text))
    expected = [words_of(text).span(place) for place in range(len(words_of(text).words))]
    words = words_of(text)
    for _ in range(20):
        if expected:
            place = chance.randrange(len(expected))
            assert words.span(place) == expected[place]


def test_beginnings_say_what_must_follow():
    beginnings = Matcher(["he", "the old man", "the man", "he man"]).beginnings
    assert beginnings == {"he": None, "the": frozenset({"old", "man"})}


@pytest.mark.parametrize(
    "sign", [*"-.,'\"/_\n", *"\u2019\u201c\u2026\u00a0\u00b7\u02bc\u00ad\u0301\U0001f602\u00e9"]
)
def test_words_are_those_of_the_pattern(sign):
    for text in (f"he{sign}she", f"He {sign} SHE{sign}", f"{sign}he{sign}{sign} she 1{sign}2"):
        words = words_of(text)
        places = list(word_pattern(text).finditer(text))
        assert words.words == [normalised(match.group()) for match in places]
        assert [words.span(n) for n in range(len(places))] == [match.span() for match in places]
