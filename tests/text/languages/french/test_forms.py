"""Plurals, feminines by ending and words before each sound, held to words written by hand."""

from __future__ import annotations

import pytest

from fairflip.text.languages.french.forms import (
    adjective,
    begins_with_vowel,
    determiner,
    feminine_of,
    fitted,
    gender_of_noun,
    plural_of,
    unknown_adjective,
)


@pytest.mark.parametrize(
    ("singular", "plural"),
    [
        ("voisin", "voisins"),
        ("héros", "héros"),
        ("époux", "époux"),
        ("rival", "rivaux"),
        ("jumeau", "jumeaux"),
        ("belle-mère", "belles-mères"),
        ("beau-frère", "beaux-frères"),
        ("petite-fille", "petites-filles"),
        ("monsieur", "messieurs"),
        ("porte-parole", "porte-parole"),
    ],
)
def test_plurals(singular, plural):
    assert plural_of(singular) == plural


@pytest.mark.parametrize(
    ("masculine", "feminine"),
    [
        ("heureux", "heureuse"),
        ("doux", "douce"),
        ("faux", "fausse"),
        ("roux", "rousse"),
        ("vieux", "vieille"),
        ("sportif", "sportive"),
        ("bref", "brève"),
        ("fier", "fière"),
        ("cruel", "cruelle"),
        ("pareil", "pareille"),
        ("gentil", "gentille"),
        ("seul", "seule"),
        ("nul", "nulle"),
        ("italien", "italienne"),
        ("mignon", "mignonne"),
        ("paysan", "paysanne"),
        ("persan", "persane"),
        ("muet", "muette"),
        ("secret", "secrète"),
        ("inquiet", "inquiète"),
        ("sot", "sotte"),
        ("idiot", "idiote"),
        ("acteur", "actrice"),
        ("créateur", "créatrice"),
        ("lecteur", "lectrice"),
        ("agriculteur", "agricultrice"),
        ("menteur", "menteuse"),
        ("profiteur", "profiteuse"),
        ("rieur", "rieuse"),
        ("meilleur", "meilleure"),
        ("professeur", "professeure"),
        ("vengeur", "vengeresse"),
        ("blanc", "blanche"),
        ("franc", "franche"),
        ("sec", "sèche"),
        ("public", "publique"),
        ("grec", "grecque"),
        ("long", "longue"),
        ("malin", "maligne"),
        ("bénin", "bénigne"),
        ("latin", "latine"),
        ("favori", "favorite"),
        ("loyal", "loyale"),
        ("gros", "grosse"),
        ("gris", "grise"),
        ("français", "française"),
        ("frais", "fraîche"),
        ("fatigué", "fatiguée"),
        ("élu", "élue"),
        ("triste", "triste"),
    ],
)
def test_feminines_follow_the_ending(masculine, feminine):
    assert feminine_of(masculine) == feminine


@pytest.mark.parametrize(
    ("masculine", "feminine", "number"),
    [
        ("content", "contente", "s"),
        ("contents", "contentes", "p"),
        ("égaux", "égales", "p"),
        ("fatal", "fatale", "s"),
        ("fatals", "fatales", "p"),
        ("beaux", "belles", "p"),
        ("tué", "tuée", "s"),
        ("invités", "invitées", "p"),
        ("expérimenté", "expérimentée", "s"),
    ],
)
def test_adjectives_both_ways(masculine, feminine, number):
    assert adjective(masculine) == ("m", number, masculine, feminine)
    assert adjective(feminine) == ("f", number, masculine, feminine)


def test_one_form_for_two_numbers_is_read_by_a_mark():
    assert adjective("heureux") == ("m", "s", "heureux", "heureuse")
    assert adjective("heureux+") == ("m", "p", "heureux", "heureuses")
    assert adjective("heureuses") == ("f", "p", "heureux", "heureuses")
    assert adjective("bel") == ("m", "s", "beau", "belle")


@pytest.mark.parametrize(
    "word",
    ["liberté", "qualité", "santé", "idée", "triste", "toujours", "enfant", "vie", "merci", "café"],
)
def test_words_that_are_no_adjectives_with_a_gender(word):
    assert adjective(word) is None


@pytest.mark.parametrize(
    ("word", "masculine", "feminine"),
    [
        ("pimpante", "pimpant", "pimpante"),
        ("pimpant", "pimpant", "pimpante"),
        ("onctueux", "onctueux", "onctueuse"),
        ("lascive", "lascif", "lascive"),
    ],
)
def test_unknown_words_by_their_ending(word, masculine, feminine):
    known = unknown_adjective(word)
    assert (known.masculine, known.feminine) == (masculine, feminine)


@pytest.mark.parametrize("word", ["magnifique", "aimable", "dans", "chez", "gouvernement", "ici"])
def test_unknown_words_without_a_gender(word):
    assert unknown_adjective(word) is None


@pytest.mark.parametrize(
    ("form", "following", "wanted"),
    [
        ("le", "père", "le"),
        ("la", "amie", "l'"),
        ("le", "héros", "le"),
        ("la", "héroïne", "l'"),
        ("du", "acteur", "de l'"),
        ("de la", "hôtesse", "de l'"),
        ("de la", "voisine", "de la"),
        ("au", "ouvrier", "à l'"),
        ("ce", "homme", "cet"),
        ("cet", "voisin", "ce"),
        ("ma", "amie", "mon"),
        ("ma", "sœur", "ma"),
        ("de", "hommes", "d'"),
        ("de", "handicapés", "de"),
        ("de", "yéménites", "de"),
        ("que", "elle", "qu'"),
        ("bel", "père", "beau"),
        ("vieil", "ami", "vieil"),
        ("si", "ils", "s'"),
        ("si", "elles", "si"),
        ("mes", "amies", "mes"),
    ],
)
def test_words_hang_on_the_next_sound(form, following, wanted):
    assert fitted(form, following) == wanted


def test_an_aspirated_h_is_a_consonant():
    assert not begins_with_vowel("hongrois")
    assert begins_with_vowel("habile")
    assert not begins_with_vowel("huitième")
    assert begins_with_vowel("Œuvre".lower())


def test_determiners():
    assert determiner("l'") == ("", "s", "le", "la")
    assert determiner("du") == ("m", "s", "du", "de la")
    assert determiner("cet") == ("m", "s", "ce", "cette")
    assert determiner("mon'") == ("", "s", "mon", "ma")
    assert determiner("mon") == ("m", "s", "mon", "ma")
    assert determiner("les") == ("", "p", "les", "les")
    assert determiner("deux") is None


@pytest.mark.parametrize(
    ("word", "gender"),
    [("chaussures", "f"), ("monuments", "m"), ("maisons", "f"), ("génie", "m"), ("livre", "")],
)
def test_genders_of_things_by_their_ending(word, gender):
    assert gender_of_noun(word) == gender
