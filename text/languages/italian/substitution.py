"""Swaps of Italian texts."""

from __future__ import annotations

from fairflip.text.languages.italian.grammar import ITALIAN
from fairflip.text.languages.romance.substitution import RomanceSubstitution


class ItalianSubstitution(RomanceSubstitution):
    """Swaps the terms of an Italian list; see `Generator`."""

    grammar = ITALIAN
