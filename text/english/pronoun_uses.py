"""The two uses of "her" and "his", and what each becomes: before a noun, and alone."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

#: Counterparts of a pronoun by use: (before a noun, standing alone).
PRONOUN_SWAPS = {"her": ("his", "him"), "his": ("her", "hers")}
_SINGULAR_THEY = {"her": ("their", "them"), "his": ("their", "theirs")}
#: Says of the pronoun at text[start:end] whether it stands before its noun.
IsDeterminer = Callable[[str, int, int], bool]


@functools.lru_cache(maxsize=1024)
def uses_of(pronoun: str, swaps: tuple[str, ...]) -> tuple[str, str] | None:
    """The counterparts of a pronoun by use, before a noun and alone; None where it has no two.

    Args:
        pronoun: What may be one, in lower case.
        swaps: What it becomes.
    """
    if len(swaps) == 2:
        for choices in (PRONOUN_SWAPS, _SINGULAR_THEY):
            uses = choices.get(pronoun)
            if uses is not None and set(swaps) == set(uses):
                return uses
    return None


def choose_pronoun(
    swaps: Sequence[str], text: str, start: int, end: int, rule: IsDeterminer
) -> str | None:
    """The counterpart that fits, where `swaps` are the two uses of a pronoun; else None."""
    uses = uses_of(text[start:end].lower(), tuple(swaps))
    if uses is None:
        return None
    return uses[0] if rule(text, start, end) else uses[1]
