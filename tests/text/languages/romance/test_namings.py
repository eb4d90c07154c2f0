"""Adjectives behind an article that name somebody."""

from __future__ import annotations

import pytest

from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.french.readings import read
from fairflip.text.languages.romance.namings import named_behind
from fairflip.text.languages.tokens import tokens_of


def named(text: str):
    tokens = read(tokens_of(text, FRENCH.elisions))
    return named_behind(tokens, 2, frozenset(), FRENCH)


@pytest.mark.parametrize(
    ("text", "article", "is_open"),
    [
        ("Paul est un menteur.", "une", False),
        ("Paul est un vrai bavard.", "une", False),
        ("Paul est un imbécile.", "une", False),
        ("Paul est le pire.", "la", False),
        ("Paul est le plus grand.", "la", False),
        ("Ils sont des menteurs.", "", False),
        ("Ils sont de vrais amours.", "", True),
        ("Paul est un bricoleur.", "une", True),
        ("Paul est le plus farfelu.", "la", True),
    ],
)
def test_what_names_somebody(text, article, is_open):
    one = named(text)
    assert (one.article, one.is_open) == (article, is_open)


@pytest.mark.parametrize(
    "text",
    [
        "Paul est un fardeau.",
        "Paul est la meilleure chose.",
        "Ce sont de grosses erreurs.",
        "Paul est la petite maison.",
        "Paul est très grand.",
    ],
)
def test_what_is_a_thing_or_no_noun(text):
    assert named(text) is None
