"""Plurals and genders, held to words written by hand."""

from __future__ import annotations

import pytest

from fairflip.text.languages.portuguese.forms import adjective, determiner, plural_of


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("médico", "médicos"),
        ("professor", "professores"),
        ("ladrão", "ladrões"),
        ("alemão", "alemães"),
        ("cidadão", "cidadãos"),
        ("juiz", "juízes"),
        ("inglês", "ingleses"),
        ("policial", "policiais"),
        ("espanhol", "espanhóis"),
        ("jovem", "jovens"),
        ("irmã", "irmãs"),
    ],
)
def test_plurals(singular, plural):
    assert plural_of(singular) == plural


@pytest.mark.parametrize(
    ("masculine", "feminine", "number"),
    [
        ("cansado", "cansada", "s"),
        ("novos", "novas", "p"),
        ("bom", "boa", "s"),
        ("cristão", "cristã", "s"),
        ("cristãos", "cristãs", "p"),
        ("franceses", "francesas", "p"),
        ("europeu", "europeia", "s"),
        ("juntos", "juntas", "p"),
    ],
)
def test_adjectives_both_ways(masculine, feminine, number):
    assert adjective(masculine) == ("m", number, masculine, feminine)
    assert adjective(feminine) == ("f", number, masculine, feminine)


@pytest.mark.parametrize("word", ["agora", "vidas", "como", "casa", "corredor", "junto", "ameaças"])
def test_words_that_are_no_adjectives_with_a_gender(word):
    assert adjective(word) is None


def test_articles_hold_prepositions():
    assert determiner("pelo") == ("m", "s", "pelo", "pela")
    assert determiner("àquelas") == ("f", "p", "àqueles", "àquelas")
    assert determiner("nessa") == ("f", "s", "nesse", "nessa")
    assert determiner("cada") is None
