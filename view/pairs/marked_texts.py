"""Two texts as one, word by word: what stayed, what went, what came."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence


def mark_changes(original: str, counterfactual: str) -> tuple[tuple[str, str], ...]:
    """The two texts as one, word by word: what stayed, what went, what came.

    >>> mark_changes("she is kind", "he is kind")
    (('removed', 'she'), ('added', 'he'), ('same', ' is kind'))
    """
    before, after = (re.findall(r"\w+|\s+|[^\w\s]", text) for text in (original, counterfactual))
    # Most of two texts of a pair is the same, and comparing all words takes long.
    start = _num_same(before, after)
    end = _num_same(before[start:][::-1], after[start:][::-1])
    middle = before[start : len(before) - end], after[start : len(after) - end]
    changes: list[tuple[str, str]] = [("same", "".join(before[:start]))]
    matcher = difflib.SequenceMatcher(None, *middle, autojunk=False)
    for tag, first, last, new_first, new_last in matcher.get_opcodes():
        words, new_words = "".join(middle[0][first:last]), "".join(middle[1][new_first:new_last])
        changes += (
            [("same", words)] if tag == "equal" else [("removed", words), ("added", new_words)]
        )
    changes.append(("same", "".join(before[len(before) - end :])))
    return tuple(change for change in changes if change[1])


def _num_same(before: Sequence[str], after: Sequence[str]) -> int:
    """How many words at the beginning are the same."""
    pairs = enumerate(zip(before, after, strict=False))
    different = (place for place, (one, other) in pairs if one != other)
    return next(different, min(len(before), len(after)))
