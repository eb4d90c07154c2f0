"""Whether a generated counterfactual still is a sentence: a score, and what is doubtful.

The score is the product of three factors, each in [0, 1], 1 being fine:

* *length*: the share of words that are left, up to 1 at a half. A text that
  loses most of its words is not the same text without a term.
* *fragment*: halved for each leftover that the original did not have: an
  article or possessive before nothing (``is a.``), a contraction or conjunction
  on its own, an opened bracket or quote that no longer closes.
* *round_trip*: one half, where the list leads back and swapping back does not
  give the original again.

It says nothing about meaning; read the examples in the report.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fairflip.text.counterfactual import Counterfactual

LENGTH, FRAGMENT, ROUND_TRIP = "length", "fragment", "round_trip"

_DANGLING = re.compile(
    r"""\b(?:an?|the|my|your|our|their|its|and|or|of|than)\s*(?=[.,!?;:)\]}\n]|$)
    |(?:^|[\n.!?]\s*)(?:and|or|than|of)\b
    |(?<!\S)['’](?:s|ll|d|ve|re|m)\b
    |\ban?\s+(?:and|or|is|are|was|were|of|to|in|at|on|who|that|has|had|will|with|from|for)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PAIRED = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))


class Validity(NamedTuple):
    """The score in [0, 1], and the factor that lowered it most; "" where none did."""

    score: float
    doubt: str


_FINE = Validity(1.0, "")


def validity(original: str, counterfactual: Counterfactual) -> Validity:
    """Scores one counterfactual against its original.

    >>> validity("She is a waiter.", Counterfactual("is a."))
    Validity(score=0.5, doubt='fragment')
    """
    changed = counterfactual.text
    factors = {
        LENGTH: min(1.0, 2 * (changed.count(" ") + 1) / (original.count(" ") + 1))
        if changed.strip()
        else 0.0,
        FRAGMENT: 0.5 ** _new_fragments(*_around_changes(original, counterfactual)),
        ROUND_TRIP: 0.5 if counterfactual.returns is False else 1.0,
    }
    score = factors[LENGTH] * factors[FRAGMENT] * factors[ROUND_TRIP]
    if score == 1.0:
        return _FINE
    return Validity(score, min(factors, key=factors.__getitem__))


_CONTEXT = 40


def _around_changes(original: str, counterfactual: Counterfactual) -> tuple[str, str]:
    """The part of both texts where fragments can be: around what was removed."""
    changed = counterfactual.text
    if not counterfactual.spans:
        return original, changed
    if all(counterfactual.replacements):  # swapped words leave nothing over
        return "", ""
    start = max(0, counterfactual.spans[0][0] - _CONTEXT)
    after = max(0, len(original) - counterfactual.spans[-1][1] - _CONTEXT)
    return original[start : len(original) - after], changed[start : len(changed) - after]


def _new_fragments(original: str, changed: str) -> int:
    fragments = max(0, len(_DANGLING.findall(changed)) - len(_DANGLING.findall(original)))
    for opening, closing in _PAIRED:
        if opening in changed and changed.count(opening) > changed.count(closing):
            fragments += original.count(opening) == original.count(closing)
    return fragments
