"""Swaps of Portuguese texts."""

from __future__ import annotations

from fairflip.text.languages.portuguese.grammar import PORTUGUESE
from fairflip.text.languages.romance.substitution import RomanceSubstitution


class PortugueseSubstitution(RomanceSubstitution):
    """Swaps the terms of a Portuguese list; see `Generator`."""

    grammar = PORTUGUESE
