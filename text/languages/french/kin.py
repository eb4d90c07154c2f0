"""Nouns whose other gender the words beside them tell: "ma femme", "la fille du boulanger"."""

from __future__ import annotations

from collections.abc import Sequence

from fairflip.text.languages.french.forms import adjective, determiner
from fairflip.text.languages.french.neighbours import word_before
from fairflip.text.languages.french.words import INVARIANT
from fairflip.text.languages.tokens import Token, word_set

POSSESSIVES = word_set(
    """mon mon' ma ton ton' ta son son' sa notre votre leur mes tes ses nos vos leurs"""
)
#: Of women and girls by whose they are.
_KIN = {"femme": "mari", "femmes": "maris", "fille": "fils", "filles": "fils"}
_GENTLEMEN = {"monsieur": "dame", "messieurs": "dames"}
#: What nobody is a wife or a daughter of.
_NOBODY = word_set(
    """vie vies rêve rêves jour monde siècle peuple quartier village ville coin groupe futur passé
    année ans classe école rue équipe bar soirée maison immeuble bureau usine métro bus train pays
    campagne nuit ménage bande photo film joie café salle cuisine ferme"""
)


def other_noun(tokens: Sequence[Token], place: int) -> str:
    """The other gender of a noun by the words beside it.

    Args:
        tokens: The words of a text with their readings.
        place: That of the noun.

    Returns:
        "mari" for "ma femme", "homme" for "jeune fille", "dame" for "le monsieur"; "" where the
        other gender of the list holds.
    """
    noun, before = tokens[place].lower, word_before(tokens, place)
    if noun in _KIN:
        if before in POSSESSIVES or before == "ex" or _is_of_somebody(tokens, place + 1):
            return _KIN[noun]
        if noun.startswith("fille") and before in ("jeune", "jeunes"):
            return "homme" if noun == "fille" else "hommes"
    is_title = before in ("cher", "chers", "bon") or not (determiner(before) or adjective(before))
    return "" if is_title else _GENTLEMEN.get(noun, "")


def _is_of_somebody(tokens: Sequence[Token], of: int) -> bool:
    """Whether "de" and a person follow a noun: "du boulanger", "de mon frère", "de Paul"."""
    if of + 1 >= len(tokens) or tokens[of].begins_clause or tokens[of + 1].begins_clause:
        return False
    if tokens[of].lower not in ("de", "du"):
        return False
    at = of + 1
    if tokens[of].lower == "de":
        if tokens[at].is_capital:
            return True
        if determiner(tokens[at].lower) is not None:
            at += 1
        elif tokens[of - 1].lower.startswith("femme") or not tokens[at].lower.isalpha():
            return False  # "femme de ménage", "fille de 15 ans", but "fille de paysans"
    return at < len(tokens) and tokens[at].lower not in _NOBODY | INVARIANT
