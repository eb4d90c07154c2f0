"""Swaps of Spanish texts."""

from __future__ import annotations

from fairflip.text.languages.romance.substitution import RomanceSubstitution
from fairflip.text.languages.spanish.grammar import SPANISH


class SpanishSubstitution(RomanceSubstitution):
    """Swaps the terms of a Spanish list; see `Generator`."""

    grammar = SPANISH
