"""All forms of the peoples whose nouns have a capital."""

from __future__ import annotations

from fairflip.text.languages.french.nations import NATIONS


def test_each_form_is_known_in_lower_case():
    assert {"français", "française", "françaises", "grecque", "turcs", "belges"} <= NATIONS
    assert all(form == form.lower() for form in NATIONS)
    assert "voisin" not in NATIONS
