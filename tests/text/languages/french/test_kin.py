"""Wives, daughters and gentlemen are told by the words beside them."""

from __future__ import annotations

import pytest

from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.french.kin import other_noun
from fairflip.text.languages.french.readings import read
from fairflip.text.languages.tokens import tokens_of


@pytest.mark.parametrize(
    ("text", "noun", "wanted"),
    [
        ("ma femme", "femme", "mari"),
        ("mon ex-femme", "femme", "mari"),
        ("la femme du boulanger", "femme", "mari"),
        ("la femme de Paul", "femme", "mari"),
        ("la femme de mon frère", "femme", "mari"),
        ("la femme de ménage", "femme", ""),
        ("la femme de sa vie", "femme", ""),
        ("la femme du siècle", "femme", ""),
        ("une femme", "femme", ""),
        ("leurs filles", "filles", "fils"),
        ("une fille de 15 ans", "fille", ""),
        ("une fille de quinze ans", "fille", ""),
        ("une fille de paysans", "fille", "fils"),
        ("une jeune fille", "fille", "homme"),
        ("les jeunes filles", "filles", "hommes"),
        ("le monsieur", "monsieur", "dame"),
        ("ce vieux monsieur", "monsieur", "dame"),
        ("cher monsieur", "monsieur", ""),
        ("beau, monsieur", "monsieur", ""),
        ("mon voisin", "voisin", ""),
    ],
)
def test_other_noun(text, noun, wanted):
    tokens = read(tokens_of(text, FRENCH.elisions))
    place = next(at for at, token in enumerate(tokens) if token.lower == noun)
    assert other_noun(tokens, place) == wanted
