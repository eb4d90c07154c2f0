"""Pronouns that mean a person, a thing or nobody, with a verb and without."""

from __future__ import annotations

import pytest

from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.french.readings import read
from fairflip.text.languages.tokens import tokens_of


def reading(text: str, word: str) -> str:
    tokens = read(tokens_of(text, FRENCH.elisions))
    return next(token.lower for token in tokens if token.text.lower() == word)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Il arrive demain.", "il"),
        ("Il arrive que je parte.", "il*"),
        ("Il faut partir.", "il*"),
        ("Il y a un chat.", "il*"),
        ("Il doit y avoir un chat.", "il*"),
        ("Il est tard.", "il*"),
        ("Il est cinq heures.", "il*"),
        ("Il est clair que je pars.", "il*"),
        ("Il devrait être clair que je pars.", "il*"),
        ("N'est-il pas clair que je pars ?", "il*"),
        ("Y a-t-il un chat ?", "il*"),
        ("Cela montre-t-il que je pars ?", "il*"),
        ("S'il vous plaît.", "il*"),
        ("Il fait froid.", "il*"),
        ("Il est sûr que je pars.", "il?"),
        ("Il est plus utile que moi.", "il"),
        ("Il pense à moi.", "il!"),
        ("Il ne me parle pas.", "il!"),
        ("Est-il content ?", "il"),
    ],
)
def test_il(text, wanted):
    assert reading(text, "il") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Elle est là.", "elle"),
        ("Avec elle, tout va.", "elle*"),
        ("C'est elle qui part.", "elle*"),
        ("Je sais qu'elle part.", "elle"),
        ("Il court plus vite qu'elle.", "elle*"),
        ("Elle aussi part.", "elle*"),
        ("Toutes les filles comme elle sont là.", "elle?"),
        ("Elle pense.", "elle!"),
    ],
)
def test_elle(text, wanted):
    assert reading(text, "elle") == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Je lui parle.", "lui*"),
        ("Pour lui parler, viens.", "lui*"),
        ("Dis-lui bonjour.", "lui*"),
        ("Je pense à lui.", "lui"),
        ("C'est lui le coupable.", "lui"),
        ("Plus grand que lui.", "lui"),
        ("Lui, il part.", "lui"),
        ("Elle et lui sont partis.", "lui"),
    ],
)
def test_lui(text, wanted):
    assert reading(text, "lui") == wanted


def test_leur_before_a_noun_and_before_a_verb():
    assert reading("Je leur parle.", "leur") == "leur*"
    assert reading("Voici leur mère.", "leur") == "leur"
