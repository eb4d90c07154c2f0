"""Plurals and genders, held to words written by hand."""

from __future__ import annotations

import pytest

from fairflip.text.languages.spanish.forms import adjective, determiner, plural_of


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("médico", "médicos"),
        ("profesor", "profesores"),
        ("ladrón", "ladrones"),
        ("alemán", "alemanes"),
        ("inglés", "ingleses"),
        ("actriz", "actrices"),
        ("joven", "jóvenes"),
        ("marroquí", "marroquíes"),
        ("guía", "guías"),
    ],
)
def test_plurals(singular, plural):
    assert plural_of(singular) == plural


@pytest.mark.parametrize(
    ("masculine", "feminine", "number"),
    [
        ("cansado", "cansada", "s"),
        ("nuevos", "nuevas", "p"),
        ("trabajador", "trabajadora", "s"),
        ("trabajadores", "trabajadoras", "p"),
        ("francés", "francesa", "s"),
        ("franceses", "francesas", "p"),
        ("alemán", "alemana", "s"),
        ("españoles", "españolas", "p"),
        ("español", "española", "s"),
    ],
)
def test_adjectives_both_ways(masculine, feminine, number):
    assert adjective(masculine) == ("m", number, masculine, feminine)
    assert adjective(feminine) == ("f", number, masculine, feminine)


@pytest.mark.parametrize(
    "word",
    "ahora trabaja explica como mejor interior amable casa pero".split(),  # noqa: SIM905
)
def test_words_that_are_no_adjectives_with_a_gender(word):
    assert adjective(word) is None


def test_articles():
    assert determiner("del") == ("m", "s", "del", "de la")
    assert determiner("aquellas") == ("f", "p", "aquellos", "aquellas")
    assert determiner("mi") is None
