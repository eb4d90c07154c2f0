"""Pronouns follow the person they mean; what may mean another is refused or stays."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Er gab ihm sein Buch.", "Sie gab ihr ihr Buch."),
        ("Er kann nicht hier sein.", "Sie kann nicht hier sein."),
        ("Sie geht, weil sie müde ist.", "Er geht, weil er müde ist."),
        ("Die Ärztin kam, ich sah sie.", "Der Arzt kam, ich sah ihn."),
        ("Die Ärztin und ihre Arbeit", "Der Arzt und seine Arbeit"),
        ("Die Ärztin kam, ich half ihr.", "Der Arzt kam, ich half ihm."),
        ("Der Mann, mit dem ich rede, lacht.", "Die Frau, mit der ich rede, lacht."),
        ("Die Frau, die ich kenne, lacht.", "Der Mann, den ich kenne, lacht."),
        ("Die Frau, der ich traue, lacht.", "Der Mann, dem ich traue, lacht."),
        ("Die Frau, deren Sohn ich kenne", "Der Mann, dessen Tochter ich kenne"),
        ("Welcher Arzt hat seinen Mantel?", "Welche Ärztin hat ihren Mantel?"),
    ],
)
def test_pronouns_of_persons(german, text, wanted):
    assert german(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Sie sind müde.",
        "Haben Sie Ihren Ausweis?",
        "Die Stadt und ihre Straßen",
        "Der Tisch ist alt, aber er hält.",
        "Das Kind sucht seinen Ball.",
        "Habt ihr Zeit?",
    ],
)
def test_things_several_people_and_the_reader_stay(german, text):
    assert german(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ihre Tasche ist weg.", "unsure_pronoun"),
        ("Ich kenne sie.", "unsure_pronoun"),
        ("Das Mädchen vergaß seine Tasche.", "unsure_pronoun"),
        ("Wenn die Firma eine Frau einstellt, muss sie zahlen.", "unsure_pronoun"),
        ("Er ist Fallschirmspringer.", "unlisted_noun"),
    ],
)
def test_what_cannot_be_told_is_refused(german, text, reason):
    assert german(text) == f"[{reason}]"
