"""What single words tell of the way back is what finding all terms anew tells."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from fairflip.pipeline.generate.term_lists import load_terms
from fairflip.text import substitution, way_back
from fairflip.text.english.phrases import fixed_phrases
from fairflip.text.substitution import Substitution

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
def test_words_alone_tell_what_a_look_at_the_whole_text_tells(monkeypatch, name):
    answers: Counter[bool | None] = Counter()

    def counted(*arguments):
        answer = way_back.returns_by_words(*arguments)
        answers[answer] += 1
        return answer

    texts = random_texts(name, number=1500, seed=len(name))
    swap = Substitution(load_terms(name))
    monkeypatch.setattr(substitution, "returns_by_words", counted)
    by_words = swap.generate(texts)
    monkeypatch.setattr(substitution, "returns_by_words", lambda *_: None)
    assert swap.generate(texts) == by_words
    if name != "singular_they":  # whose terms lead nowhere back
        assert min(answers[True], answers[None]) > 100
        assert answers[False] > 0 or name == "clp_tutorial"
