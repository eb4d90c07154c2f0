"""The nominative or the accusative, which feminine nouns do not tell."""

from __future__ import annotations

import pytest

NOMINATIVE = [
    "{} kam gestern.",
    "Gestern kam {} zu spät.",
    "Ich weiß, dass {} morgen kommt.",
    "Wenn {} anruft, sag Bescheid.",
    "Das ist {} von nebenan.",
    "Am Montag wurde {} operiert.",
    "Hat {} den Brief gelesen?",
    "Im Mai wird {} heiraten.",
    "{}, sagte man, sei krank.",
]
ACCUSATIVE = [
    "Ich sah {} gestern.",
    "Das Gericht verurteilte {} zu einer Strafe.",
    "Für {} war das neu.",
    "Kennst du {} von nebenan?",
    "Es gibt {} in jedem Dorf.",
    "Niemand mochte {} wirklich.",
    "{} kenne ich nicht.",
    "Sie wollten {} fragen.",
    "Um {} zu retten, sprang er.",
    "Frag {} nach dem Weg!",
    "Weil die Firma {} entließ, gab es Streit.",
]


@pytest.mark.parametrize("frame", NOMINATIVE)
def test_the_nominative(german, frame):
    begins = frame.startswith("{}")
    female, male = ("Die Chefin", "Der Chef") if begins else ("die Chefin", "der Chef")
    assert german(frame.format(female)) == frame.format(male)


@pytest.mark.parametrize("frame", ACCUSATIVE)
def test_the_accusative(german, frame):
    begins = frame.startswith("{}")
    female, male = ("Die Chefin", "Den Chef") if begins else ("die Chefin", "den Chef")
    made = german(frame.format(female))
    assert made.replace(" sie.", " er.") == frame.format(male)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("die Stimme der Sängerin", "die Stimme des Sängers"),
        ("Ich traue der Sängerin.", "Ich traue dem Sänger."),
        ("Die Rechte der Lehrer sind klar.", "Die Rechte der Lehrerinnen sind klar."),
        ("Er ist Lehrer.", "Sie ist Lehrerin."),
        ("Lehrer streiken.", "Lehrerinnen streiken."),
        ("Typisch Lehrer.", "[unsure_form]"),
        ("Er half den Studenten.", "[unsure_form]"),
    ],
)
def test_genitive_dative_and_number(german, text, wanted):
    assert german(text) == wanted
