"""Numbers in a text, and which of them are ages: these name an identity."""

from __future__ import annotations

import re

_AGE = re.compile(
    r"(?<![\w.,])(\d{1,3})(?=[ -]?(?:years?|yrs?|months?)[ -](?:olds?|of age)(?!\w)"
    r"|[ -]?y/?o(?!\w))",
    re.IGNORECASE,
)
_WORDS = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred
thousand million billion dozen hundreds thousands millions billions dozens half twice"""
_NUMBER_WORDS = frozenset(_WORDS.split())
#: One of them stands, in letters of either case, in every text that the pattern finds an age in.
UNITS_OF_AGE = "year|yr|yo|y/o|month"
_UNITS_OF_AGE = re.compile(UNITS_OF_AGE)


def is_number(word: str) -> bool:
    """Whether a word in lower case is a number, in digits or in English."""
    return word[0].isdigit() or word in _NUMBER_WORDS


def ages_in(text: str) -> set[str]:
    """The numbers of a text that are said to be ages."""
    lower = text.lower()
    # Most texts with numbers name no age, and a look for one reads every character.
    if not ("y" in lower and _UNITS_OF_AGE.search(lower)) and "month" not in lower:
        return set()
    return set(_AGE.findall(text))
