"""The words beside a word, and what is an infinitive."""

from __future__ import annotations

import pytest

from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.french.neighbours import is_infinitive, word_after, word_before
from fairflip.text.languages.tokens import tokens_of


@pytest.mark.parametrize(
    "word", ["parler", "finir", "voir", "prendre", "mettre", "vivre", "oublier", "être", "dire"]
)
def test_infinitives(word):
    assert is_infinitive(word)


@pytest.mark.parametrize(
    "word",
    ["boulanger", "dernier", "jardinier", "livre", "maître", "lettre", "notaire", "mer", "leur"],
)
def test_nouns_that_end_alike(word):
    assert not is_infinitive(word)


def test_neighbours_stand_in_the_same_clause():
    tokens = tokens_of("Il vient, dit-elle d'ici", FRENCH.elisions)
    assert word_before(tokens, 1) == "il"
    assert word_after(tokens, 1) == ""
    assert word_before(tokens, 2) == ""
    assert word_after(tokens, 2) == "de"  # "d'" as it is before a consonant
    assert word_before(tokens, 1, 2) == ""
