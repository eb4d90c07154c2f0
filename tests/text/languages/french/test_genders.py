"""The gender of a noun of one form is told by a predicate, "tous" or a pronoun."""

from __future__ import annotations

import pytest

from fairflip.text.languages.french.genders import gender_told
from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.french.readings import read
from fairflip.text.languages.tokens import tokens_of


@pytest.mark.parametrize(
    ("text", "number", "wanted"),
    [
        ("Les élèves sont très contentes.", "p", "f"),
        ("Les élèves sont vraiment contents.", "p", "m"),
        ("Les élèves ont tous réussi.", "p", "m"),
        ("Les élèves partent. Elles rient.", "p", "f"),
        ("Les élèves sont contents, disent-elles.", "p", ""),
        ("Les élèves partent.", "p", ""),
        ("Les élèves voient que la mer est belle.", "p", ""),
        ("L'élève est puni.", "s", "m"),
        ("L'élève est triste.", "s", ""),
    ],
)
def test_gender_told(text, number, wanted):
    tokens = read(tokens_of(text, FRENCH.elisions))
    assert gender_told(tokens, 1, number) == wanted
