"""What each word is beside its neighbours, and how a text is cut into words."""

from __future__ import annotations

import pytest

from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.french.readings import read
from fairflip.text.languages.tokens import tokens_of


def readings(text: str) -> list[str]:
    return [token.lower for token in read(tokens_of(text, FRENCH.elisions))]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Je la vois.", ["je", "la*", "vois"]),
        ("Je l'ai vue.", ["je", "l'*", "ai", "vue"]),
        ("Pour les aider", ["pour", "les*", "aider"]),
        ("Avec les boulangers", ["avec", "les", "boulangers"]),
        ("la mer", ["la", "mer"]),
        ("dis-le", ["dis", "le*"]),
        ("mon amie", ["mon'", "amie"]),
        ("mon frère", ["mon", "frère"]),
        ("c'est", ["ce*", "est*"]),
        ("ce voisin", ["ce", "voisin"]),
        ("d'un ami", ["de", "un", "ami"]),
        ("s'il vient", ["si", "il", "vient"]),
        ("il s'habille", ["il", "se", "habille"]),
        ("un ex-mari", ["un", "ex", "mari"]),
        ("cet homme-là", ["cet", "homme", "là"]),
        ("une belle-mère", ["une", "belle-mère"]),
        ("la mère des voisins", ["la", "mère", "des", "voisins"]),
        ("ce sont des voisins", ["ce*", "sont*", "des*", "voisins"]),
        ("ce sont de vrais amis", ["ce*", "sont*", "de*", "vrais", "amis"]),
        ("à ce point gentil", ["ainsi*", "ainsi*", "ainsi*", "gentil"]),
        ("elle a été élue", ["elle", "a", "été", "élue"]),
        ("cet été", ["cet", "été*"]),
        ("il écrit bien", ["il!", "écrit*", "bien"]),
        ("il est écrit", ["il", "est", "écrit"]),
        ("à l'étranger", ["à", "l'", "étranger*"]),
        ("les droits de l'homme", ["les", "droits", "de", "l'", "homme*"]),
        ("elle s'est lavé les mains", ["elle", "se", "est", "lavé*", "les", "mains"]),
        ("elle a l'air contente", ["elle", "a", "l'", "air*", "contente"]),
        ("la mort", ["la", "mort*"]),
    ],
)
def test_readings(text, wanted):
    assert readings(text) == wanted


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Les voisins sont heureux.", "heureux+"),
        ("Le voisin est heureux.", "heureux"),
        ("Ils ont été surpris.", "surpris+"),
        ("Il a été surpris.", "surpris"),
        ("deux heureux gagnants", "heureux+"),
    ],
)
def test_words_of_one_form_take_the_number_of_what_stands_before(text, word):
    assert word in readings(text)


def test_a_title_is_one_word_with_its_stop():
    tokens = read(tokens_of("M. Dupont", FRENCH.elisions))
    assert [(t.lower, t.start, t.end, t.gap) for t in tokens] == [
        ("m.", 0, 2, ""),
        ("dupont", 3, 9, " "),
    ]


def test_words_keep_their_places_where_a_hyphen_joined_them():
    text = "La voisine a-t-elle dit oui ?"
    for token in read(tokens_of(text, FRENCH.elisions)):
        assert text[token.start : token.end] == token.text
