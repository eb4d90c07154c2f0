"""Made-up texts with all that splitting, capitals and grammar have to deal with."""

from __future__ import annotations

import random
from collections.abc import Sequence

_WORDS = [
    "a",
    "an",
    "A",
    "An",
    "the",
    "is",
    "was",
    "are",
    "saw",
    "met",
    "gave",
    "told",
    "her",
    "his",
    "him",
    "hers",
    "he",
    "she",
    "Her",
    "His",
    "HER",
    "they",
    "tea",
    "late",
    "a",
    "teacher",
    "artist",
    "honest",
    "one",
    "university",
    "umbrella",
    "at",
    "of",
    "and",
    "or",
    "but",
    "loves",
    "book",
    "own",
    "running",
    "12",
    "x",
    "Émile",
    "naïve",
    "Straße",
    "o'clock",
    "don't",
    "can't",
    "it's",
]
_SIGNS = (
    " ", " ", " ", " ", " ", " ", ", ", ". ", "! ", "? ", "\n", " - ", "-", "/", "'", "’", "'s ",
    "’s ", " (", ") ", ' "', '" ', "“", "” ", "…", ": ", "; ", "\t", "  ", "\u00a0", "*", "_", "#",
    "@", "\u200b", "\x1e", "\x1f", "—", " — ", "+", " & ", "http://", "www.", "/r/", "(s)",
)  # fmt: skip


def odd_texts(terms: Sequence[str], number: int, seed: int = 0) -> list[str]:
    """Texts of listed terms, in any case, between other words and signs of every kind."""
    draw = random.Random(seed)

    def word() -> str:
        chosen = draw.choice(terms) if draw.random() < 0.35 else draw.choice(_WORDS)
        case = draw.random()
        if case < 0.15:
            return chosen.upper()
        return chosen.title() if case < 0.35 else chosen.lower() if case < 0.5 else chosen

    def text() -> str:
        size = draw.choice((0, 1, 2, 3, 5, 8, 13, 21))
        made = "".join(draw.choice(_SIGNS) + word() for _ in range(size))
        made = made[1:] if draw.random() < 0.7 else made
        made += draw.choice(_SIGNS) if draw.random() < 0.5 else ""
        return made.upper() if draw.random() < 0.05 else made

    return [text() for _ in range(number)]
