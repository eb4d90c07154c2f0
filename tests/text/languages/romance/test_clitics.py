"""Object pronouns and participles that mean a swapped noun, in French and Spanish."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("La fille que j'ai vue dort.", "Le garçon que j'ai vu dort."),
        ("Le garçon qui a mangé dort.", "La fille qui a mangé dort."),
        ("Le garçon que j'ai vu partir dort.", "[unsure_agreement]"),
        ("Je dis au garçon que j'ai mangé.", "[unsure_agreement]"),
        ("Ce garçon, je le vois souvent.", "Cette fille, je la vois souvent."),
        ("Le garçon le dit.", "La fille le dit."),
        ("Il l'a rendu heureux.", "Elle l'a rendu heureux."),
    ],
)
def test_objects_in_french(french, text, wanted):
    assert french(text) == wanted


def test_objects_in_spanish(spanish):
    assert spanish("El vecino llegó y lo vi.") == "La vecina llegó y la vi."
