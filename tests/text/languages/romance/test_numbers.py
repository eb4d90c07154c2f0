"""A sentence that contradicts itself in number is refused; one that agrees is swapped."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("italian", "I medici dovrebbe essere invitati."),
        ("italian", "Il medico dovrebbero venire."),
        ("italian", "Oggi piove, i vicini è tornati."),
        ("italian", "I maestri possono anche essere gentile con te."),
        ("italian", "Il maestro sa essere molto gentili."),
        ("spanish", "Los médicos debería venir."),
        ("spanish", "Los vecinos pueden ser amable."),
        ("portuguese", "Os médicos deveria vir."),
    ],
)
def test_a_contradiction_is_refused(request, language, text):
    assert request.getfixturevalue(language)(text) == "[unsure_agreement]"


@pytest.mark.parametrize(
    ("language", "text", "wanted"),
    [
        ("italian", "I medici dovrebbero venire.", "Le mediche dovrebbero venire."),
        ("italian", "Il medico sono io.", "La medica sono io."),
        ("italian", "I medici, è vero, lavorano.", "Le mediche, è vero, lavorano."),
        ("italian", "Quello che dicono i medici è falso.", "Quello che dicono le mediche è falso."),
        (
            "italian",
            "I maestri dicono che essere gentile aiuta.",
            "Le maestre dicono che essere gentile aiuta.",
        ),
        (
            "italian",
            "I maestri possono essere gentili.",
            "Le maestre possono essere gentili.",
        ),
        ("spanish", "Los vecinos pueden ser amables.", "Las vecinas pueden ser amables."),
        ("spanish", "Una parte de los médicos es así.", "Una parte de las médicas es así."),
        ("portuguese", "O médico deve vir.", "A médica deve vir."),
    ],
)
def test_what_agrees_is_swapped(request, language, text, wanted):
    assert request.getfixturevalue(language)(text) == wanted


def test_an_article_that_is_joined_to_a_verb_is_refused(italian):
    assert italian("Vedoi maestri ogni giorno.") == "[unsure_form]"
    assert italian("Vedo i maestri ogni giorno.") == "Vedo le maestre ogni giorno."
    assert italian("Hai amici qui.") == "Hai amiche qui."


def test_alone_behind_a_verb_is_no_adverb(italian):
    assert italian("Lo zio di Marta vive solo.") == "La zia di Marta vive sola."
    assert italian("Lo zio è solo stanco.") == "La zia è solo stanca."
