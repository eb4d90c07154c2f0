"""What is known of a text's words without reading them all is what reading them gives."""

from __future__ import annotations

import random

import pytest

from fairflip.text.matcher import Matcher, words_of
from fairflip.text.words import Words

PARTS = ["he", "she", "the", "hers", "a", "he's", "Him", "x1", "(s)he", "HE", "it,", "he-man", "\n"]
TERMS = ["he", "she", "her", "him", "a man", "the he"]


def random_texts(number: int) -> list[str]:
    chance = random.Random(7)
    gaps = [" ", " ", "  ", "-", ".", ""]
    return [
        "".join(
            chance.choice(PARTS) + chance.choice(gaps) for _ in range(chance.randrange(1, 12))
        ).strip()
        for _ in range(number)
    ]


def candidates_of(words: Words, first: set[str]) -> list[int]:
    return [place for place, word in enumerate(words.words) if word in first]


@pytest.mark.parametrize("text", [*random_texts(300), "he he the he", "caf\u00e9 he", "he_man he"])
def test_places_of_some_words_are_those_of_all(text):
    words, whole = words_of(text), [place.span() for place in words_of(text).places]
    positions = candidates_of(words, {"he", "a"})
    assert words.spans_at(positions) == [whole[place] for place in positions]
    for place, (_, end) in enumerate(whole[:-1]):
        assert words_of(text).span_after(end, place + 1) == whole[place + 1]


def test_words_of_a_changed_text_are_those_that_it_has():
    matcher = Matcher(TERMS)
    first = set(matcher.first_words)
    num_known = 0
    for text in random_texts(600):
        words = words_of(text)
        words.candidates = candidates_of(words, first)
        matches = [m for m in matcher.find_in(words) if text[m.start : m.end].isalnum()]
        changed, position, new = "", 0, []
        for number, match in enumerate(matches):
            new.append(("she", "Her", "it's", "man")[number % (4 if len(text) % 5 == 0 else 2)])
            changed += text[position : match.start] + new[-1]
            position = match.end
        changed += text[position:]
        made = words.with_words(changed, [match.start for match in matches], new)
        num_known += made.candidates is not None
        plain = words_of(changed)
        assert made.words == plain.words
        assert [place.span() for place in made.places] == [p.span() for p in plain.places]
        assert matcher.find_in(made) == matcher.find(changed)
    assert num_known > 300


def test_beginnings_say_what_must_follow():
    beginnings = Matcher(["he", "the old man", "the man", "he man"]).beginnings
    assert beginnings == {"he": None, "the": frozenset({"old", "man"})}
