"""Articles are joined with prepositions, fitted to what follows, and keep their capitals."""

from __future__ import annotations

import pytest

from fairflip.text.languages.romance.edits import Edits
from fairflip.text.languages.spanish.grammar import SPANISH
from fairflip.text.languages.tokens import tokens_of


@pytest.mark.parametrize(
    ("text", "place", "word", "wanted"),
    [
        ("Vi a la actriz.", 2, "el", "Vi al actriz."),
        ("A la actriz", 1, "el", "Al actriz"),
        ("LA ACTRIZ", 0, "el", "EL ACTRIZ"),
        ("Viene a, la actriz", 2, "el", "Viene a, el actriz"),
    ],
)
def test_an_article_is_joined_with_the_preposition_before_it(text, place, word, wanted):
    edits = Edits(text, tokens_of(text), SPANISH)
    edits.put(place, word)
    assert place in edits
    assert edits.text() == wanted


def test_the_first_edit_of_a_word_stays_and_phrases_keep_their_capital():
    text = "Personas con discapacidad y la actriz"
    edits = Edits(text, tokens_of(text), SPANISH)
    edits.put_phrase(0, 2, "personas sin discapacidad")
    edits.put(5, "actor")
    edits.put(5, "otra")
    assert edits.text() == "Personas sin discapacidad y la actor"


def test_a_noun_brings_its_article_along():
    text = "una judía"
    edits = Edits(text, tokens_of(text), SPANISH)
    edits.put(1, "musulmana", "f")
    assert edits.text() == "una musulmana"
