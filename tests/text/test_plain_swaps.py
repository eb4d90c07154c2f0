"""What is known of plain words, and of the way back, is what a look at the whole text tells."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text.english.phrases import fixed_phrases
from fairflip.text.plain_swaps import PlainSwaps
from fairflip.text.substitution import Substitution
from fairflip.text.terms import Term, TermList

SIGNS = [" ", " ", " ", " ", " ", ", ", ". ", "'s ", "-", "/", "\n", " (", ") ", "+ ", "' ", ' "']
OTHERS = ["a", "an", "A", "An", "the", "in", "of", "and", "to", "for", "is", "they", "Bale", "I"]


def random_texts(name: str, number: int, seed: int) -> list[str]:
    """Texts of listed words and phrases, with what may stand around them."""
    draw = random.Random(seed)
    listed = [term.text for term in load_terms(name).terms]
    pronouns = ["he", "she", "him", "her", "his", "hers", "man", "woman", "boy", "Mr", "Mrs"]
    parts = [word for phrase in fixed_phrases() for word in phrase.text.split()]
    texts = []
    for _ in range(number):
        text = ""
        for _ in range(draw.randint(1, 9)):
            word = draw.choice(draw.choice([listed, pronouns, parts, OTHERS, OTHERS]))
            case = draw.random()
            word = word.capitalize() if case < 0.1 else word.upper() if case < 0.15 else word
            text += word + draw.choice(SIGNS)
        texts.append(text.strip())
    return texts


@pytest.mark.parametrize("name", ["identity", "clp_tutorial", "names_by_gender", "singular_they"])
def test_plain_words_tell_what_a_look_at_the_whole_text_tells(monkeypatch, name):
    answers: Counter[bool | str | None] = Counter()
    swapped = PlainSwaps.swapped

    def counted(self, words, matches, chosen, exchange, longer):
        made = swapped(self, words, matches, chosen, exchange, longer)
        has_several = any(" " in words.text[match.start : match.end] for match in matches)
        answers["not plain" if made is None else made[1]] += 1
        answers["several words"] += has_several and made is not None and made[1] is True
        return made

    texts = random_texts(name, number=1500, seed=len(name))
    monkeypatch.setattr(PlainSwaps, "swapped", counted)
    plainly = Substitution(load_terms(name)).generate(texts)
    monkeypatch.setattr(PlainSwaps, "swapped", lambda *_: None)
    assert Substitution(load_terms(name)).generate(texts) == plainly
    assert answers["not plain"] > 100
    if name != "singular_they":  # whose terms lead nowhere back
        assert min(answers[True], answers[None]) > 100
        assert answers[False] > 0 or name == "clp_tutorial"
    if name == "identity":
        assert answers["several words"] > 100


@pytest.mark.parametrize(
    ("text", "returns"),
    [
        ("The red man sang.", True),
        ("The red man choir sang.", False),  # "blue man choir" is a term of its own
        ("The red man, choir and all, sang.", True),
        ("The old red man sang.", False),  # so is "old blue"
        ("The red man and the blue man sang.", True),
    ],
)
def test_a_longer_term_that_a_swap_makes_does_not_go_back(text, returns):
    terms = (
        Term("red man", "red", "colour", ("blue man",)),
        Term("blue man", "blue", "colour", ("red man",)),
        Term("blue man choir", "choir", "colour"),
        Term("old blue", "old", "colour"),
    )
    [made] = Substitution(TermList("colours", terms, language="en")).generate([text])[0]
    assert made.returns is returns
