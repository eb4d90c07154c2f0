"""A word that agrees with a noun, and tables of such words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Agreeing(NamedTuple):
    """A word that agrees with a noun, as one reading of it."""

    gender: str  # "m" or "f"; "" where its form does not tell, as in "l'attore"
    number: str  # "s" or "p"
    masculine: str
    feminine: str

    def other(self, gender: str) -> str:
        """Its form beside a noun that was of a gender and is of the other one now."""
        return self.feminine if gender == "m" else self.masculine


def both_ways(
    pairs: Iterable[tuple[str, str]] | Mapping[str, str], number: str
) -> dict[str, Agreeing]:
    """A table of words in both genders.

    Args:
        pairs: The masculine with the feminine of each.
        number: "s" or "p".
    """
    listed = list(pairs.items() if isinstance(pairs, Mapping) else pairs)
    table = {feminine: Agreeing("f", number, masculine, feminine) for masculine, feminine in listed}
    for masculine, feminine in listed:
        table[masculine] = Agreeing("m", number, masculine, feminine)
    return table


def by_vowel(word: str, number: str, plural: tuple[str, str] = ("os", "as")) -> Agreeing:
    """A word whose last vowel says its gender: "cansado", "cansadas"."""
    masculine, feminine = ("o", "a") if number == "s" else plural
    stem = word[: -len(masculine)]
    gender = "m" if word.endswith(masculine) else "f"
    return Agreeing(gender, number, stem + masculine, stem + feminine)


def either_gender(feminine_of: Mapping[str, str]) -> dict[str, str]:
    """Each masculine word with its feminine, and each feminine with its masculine."""
    return {**feminine_of, **{feminine: word for word, feminine in feminine_of.items()}}
