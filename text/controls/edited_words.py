"""Which words an edit touched, from the words that differ between both texts.

Found the same way whoever made the pair: by this project, by another tool, or by hand.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import NamedTuple

from fairflip.text.matcher import CLITICS, Words


class EditedWord(NamedTuple):
    """A word that an edit removes or replaces."""

    word: str  # as compared: lower case
    replacement: str  # "" where it is removed
    num_places: int  # how many
    position: float  # of the first of them, in [0, 1) of the text's words

    @property
    def key(self) -> str:
        """What was done, as text, the same for a swap and its way back: ``he↔she``."""
        return edit_key(self.word, self.replacement)


def edit_key(word: str, replacement: str) -> str:
    """What was done to a word: ``word`` removed, ``one↔other`` swapped, in either direction.

    A model that tells two words apart tells them apart in both directions, so both are one
    draw of words.
    """
    return "↔".join(sorted((word, replacement))) if replacement else word


def words_edited(original: Words, changed: Words) -> list[EditedWord]:
    """The words of a text that are other ones, or gone, in its counterfactual.

    Possessives and contractions (``'s``) and articles that follow their next word are no
    words. Words that were only put in belong to no word of the original and are not
    listed.

    >>> words_edited(words_of("She is a waiter."), words_of("He is a waiter."))
    [EditedWord(word='she', replacement='he', count=1, position=0.0)]
    """
    old, new = _without_n(original.words), _without_n(changed.words)
    num_words = len(old)
    # Most pairs differ in one place.
    start = _num_shared(old, new)
    old, new = old[start:], new[start:]
    end = _num_shared(old[::-1], new[::-1])
    old, new = old[: len(old) - end], new[: len(new) - end]
    edited: dict[str, list] = {}
    for place, word, replacement in aligned(old, new):
        if word in CLITICS:
            continue
        known = edited.setdefault(word, [replacement, 0, (start + place) / num_words])
        known[0] = known[0] or replacement
        known[1] += 1
    return [EditedWord(word, *about) for word, about in edited.items()]


def _without_n(words: list[str]) -> list[str]:
    """Articles follow the next word: "an old man" → "a man" edits one word."""
    return ["a" if word == "an" else word for word in words] if "an" in words else words


def _num_shared(one: Sequence[str], other: Sequence[str]) -> int:
    number = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        number += 1
    return number


def aligned(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, str, str]]:
    """Place, old word and new word ("" for none) of each edited place."""
    if len(old) == len(new):
        return [(i, a, b) for i, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]
    removed = _removed(old, new)
    if removed is not None:
        return [(i, old[i], "") for i in removed]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    edits = []
    for kind, i, end, j, new_end in matcher.get_opcodes():
        if kind in ("replace", "delete"):
            for number in range(i, end):
                # A phrase for a phrase: word by word, the rest with the last one.
                counterpart = new[min(j + number - i, new_end - 1)] if new_end > j else ""
                edits.append((number, old[number], counterpart))
    return edits


def _removed(old: Sequence[str], new: Sequence[str]) -> list[int] | None:
    """The places that are missing where the new words are some of the old ones, in order."""
    if len(new) > len(old):
        return None
    removed = []
    num_kept = 0
    for place, word in enumerate(old):
        if num_kept < len(new) and word == new[num_kept]:
            num_kept += 1
        else:
            removed.append(place)
    return removed if num_kept == len(new) else None
