"""Swaps of French texts."""

from __future__ import annotations

from fairflip.text.languages.french.grammar import FRENCH
from fairflip.text.languages.romance.substitution import RomanceSubstitution


class FrenchSubstitution(RomanceSubstitution):
    """Swaps the terms of a French list; see `Generator`."""

    grammar = FRENCH
