"""Declension, held to tables written by hand."""

from __future__ import annotations

import pytest

from fairflip.protos.errors import InputError
from fairflip.text.languages.german.forms import CELLS, DER, articles, noun_of

# Nominative, accusative, dative, genitive; singular and plural.
NOUNS = {
    ("Lehrer", "m -s -"): "Lehrer Lehrer Lehrer Lehrers Lehrer Lehrer Lehrern Lehrer",
    ("Lehrerin", "f - -nen"): "Lehrerin Lehrerin Lehrerin Lehrerin "
    "Lehrerinnen Lehrerinnen Lehrerinnen Lehrerinnen",
    ("Student", "m -en -en"): "Student Studenten Studenten Studenten "
    "Studenten Studenten Studenten Studenten",
    ("Kunde", "m -n -n"): "Kunde Kunden Kunden Kunden Kunden Kunden Kunden Kunden",
    ("Herr", "m -n -en"): "Herr Herrn Herrn Herrn Herren Herren Herren Herren",
    ("Arzt", "m -es Ärzte"): "Arzt Arzt Arzt Arztes Ärzte Ärzte Ärzten Ärzte",
    ("Mutter", "f - Mütter"): "Mutter Mutter Mutter Mutter Mütter Mütter Müttern Mütter",
    ("Mädchen", "n -s -"): "Mädchen Mädchen Mädchen Mädchens Mädchen Mädchen Mädchen Mädchen",
    ("Chef", "m -s -s"): "Chef Chef Chef Chefs Chefs Chefs Chefs Chefs",
    ("Professor", "m -s -en"): "Professor Professor Professor Professors "
    "Professoren Professoren Professoren Professoren",
}
ADJECTIVES = {
    ("m", "weak"): "Kranke Kranken Kranken Kranken",
    ("m", "mixed"): "Kranker Kranken Kranken Kranken",
    ("m", "strong"): "Kranker Kranken Krankem Kranken",
    ("f", "weak"): "Kranke Kranke Kranken Kranken",
    ("f", "mixed"): "Kranke Kranke Kranken Kranken",
    ("f", "strong"): "Kranke Kranke Kranker Kranker",
}


@pytest.mark.parametrize("noun", NOUNS, ids=str)
def test_nouns_by_their_dictionary_form(noun):
    declined = noun_of(*noun)
    assert [declined.form(cell) for cell in CELLS] == NOUNS[noun].split()


@pytest.mark.parametrize("key", ADJECTIVES, ids=str)
def test_nouns_that_are_declined_as_adjectives(key):
    gender, kind = key
    lemma = "Kranker" if gender == "m" else "Kranke"
    noun = noun_of(lemma, f"{gender} adjective")
    assert [noun.form(cell, kind) for cell in CELLS[:4]] == ADJECTIVES[key].split()


def test_articles():
    table = {
        "der": {("m", "sn"), ("f", "sd"), ("f", "sg"), ("p", "pg")},
        "den": {("m", "sa"), ("p", "pd")},
        "die": {("f", "sn"), ("f", "sa"), ("p", "pn"), ("p", "pa")},
    }
    for word, readings in table.items():
        assert DER.readings(word) == readings
    (ein,) = articles()["einem"]
    assert ein.readings("einem") == {("m", "sd"), ("n", "sd")}
    assert ein.form("f", "sd") == "einer"
    unser = articles()["unserem"][0]
    assert (unser.form("m", "sn"), unser.form("f", "sg")) == ("unser", "unserer")
    euer = articles()["eure"][0]
    assert (euer.form("m", "sn"), euer.form("m", "sa")) == ("euer", "euren")
    (derselbe,) = articles()["denselben"]
    assert derselbe.form("f", "sa") == "dieselbe"


@pytest.mark.parametrize("form", ["m", "m -s", "f nen -", "m - - -"])
def test_a_form_that_cannot_be_read_is_named(form):
    with pytest.raises(InputError, match=f"term 'Lehrer': 'form' is '{form}'; give gender"):
        noun_of("Lehrer", form)


def test_other_forms_are_no_declension():
    assert noun_of("Lehrer", "") is None
    assert noun_of("jüdisch", "adjective") is None
