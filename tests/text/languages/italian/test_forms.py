"""Plurals, genders and articles before each sound, held to words written by hand."""

from __future__ import annotations

import pytest

from fairflip.text.languages.italian.forms import adjective, determiner, fitted, plural_of


@pytest.mark.parametrize(
    ("singular", "gender", "plural"),
    [
        ("medico", "m", "medici"),
        ("tedesco", "m", "tedeschi"),
        ("psicologo", "m", "psicologi"),
        ("chirurgo", "m", "chirurghi"),
        ("zio", "m", "zii"),
        ("segretario", "m", "segretari"),
        ("artista", "m", "artisti"),
        ("artista", "f", "artiste"),
        ("amica", "f", "amiche"),
        ("uomo", "m", "uomini"),
        ("papà", "m", "papà"),
    ],
)
def test_plurals(singular, gender, plural):
    assert plural_of(singular, gender) == plural


@pytest.mark.parametrize(
    ("form", "following", "wanted"),
    [
        ("il", "padre", "il"),
        ("il", "amico", "l'"),
        ("il", "psicologo", "lo"),
        ("la", "amica", "l'"),
        ("i", "zii", "gli"),
        ("del", "studente", "dello"),
        ("della", "attrice", "dell'"),
        ("nei", "amici", "negli"),
        ("un", "studente", "uno"),
        ("una", "attrice", "un'"),
        ("nessun", "attore", "nessun"),
        ("quel", "uomo", "quell'"),
        ("quei", "studenti", "quegli"),
        ("le", "amiche", "le"),
        ("mia", "amica", "mia"),
    ],
)
def test_articles_hang_on_the_next_sound(form, following, wanted):
    assert fitted(form, following) == wanted


@pytest.mark.parametrize(
    ("masculine", "feminine", "number"),
    [
        ("stanco", "stanca", "s"),
        ("stanchi", "stanche", "p"),
        ("simpatici", "simpatiche", "p"),
        ("spaventati", "spaventate", "p"),
    ],
)
def test_adjectives_both_ways(masculine, feminine, number):
    assert adjective(masculine) == ("m", number, masculine, feminine)
    assert adjective(feminine) == ("f", number, masculine, feminine)


@pytest.mark.parametrize("word", ["felice", "intelligenti", "partito", "città", "casa", "fabbrica"])
def test_words_that_are_no_adjectives_with_a_gender(word):
    assert adjective(word) is None


def test_an_elided_article_has_no_gender():
    assert determiner("dell'") == ("", "s", "del", "della")
    assert determiner("un'") == ("f", "s", "un", "una")
    assert determiner("gli") == ("m", "p", "i", "le")
    assert determiner("ogni") is None
