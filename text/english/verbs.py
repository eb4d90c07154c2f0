"""Words for people that are verbs or exclamations: ``to man the phones``, ``Man, that hurt``."""

from __future__ import annotations

import re


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Words that are nouns of people, and verbs.
ALSO_VERBS = _words("man host father mother groom steward husband")
_BEFORE_VERB = re.compile(
    r"(?<![^\W_])(?:to|will|would|can|could|shall|should|may|might|must|don[’']t|didn[’']t|can[’']t"
    r"|won[’']t|we|they|you|i|who|[’']ll|let[’']s|and)[ \xa0]+$",
    re.IGNORECASE,
)
#: What follows such a verb: its object, or what goes with it.
AFTER_VERB = re.compile(
    r"[ \xa0]+(?:a|an|the|this|that|these|those|my|your|his|her|its|our|their|it|them|him|us|me"
    r"|one|two|three|several|some|any|all|another|each|every|children|up|down)(?![^\W_])",
    re.IGNORECASE,
)
# "The Rangers host Baylor".
_PLURAL_BEFORE = re.compile(r"[a-z]s[ \xa0]$")
_WHOM_BEHIND = re.compile(r"[ \xa0](?:[A-Z]|the[ \xa0]|an?[ \xa0])")
_SURE_BEFORE_VERB = re.compile(
    r"(?:will|would|could|shall|should|might|must|don[’']t|didn[’']t|can[’']t|won[’']t|[’']ll)"
    r"[ \xa0]+$",
    re.IGNORECASE,
)
#: Words that call out to somebody, or to nobody.
VOCATIVE = _words("man boy")
_EXCLAIMED = re.compile(r"(?:^|[.!?\n][ \xa0]*)$")
_AFTER_EXCLAMATION = re.compile(
    r",|!| alive[,!]| I(?![^\W_])| (?:oh|was|that|this|what|it|you|do)(?![^\W_])"
)
_BEFORE_EXCLAMATION = re.compile(r", $")
_ENDS_THERE = re.compile(r"[.!?,…]|$|\n")


def is_verb(text: str, start: int, end: int, is_first: bool) -> bool:
    """Whether a word is a verb: ``to man the phones``, ``Groom the dog.`` (`is_first`)."""
    reach = max(0, start - 12)
    if is_first and AFTER_VERB.match(text, end) is not None:
        return True
    if _SURE_BEFORE_VERB.search(text, reach, start) is not None:
        return True
    if text[start:end] == "host" and _PLURAL_BEFORE.search(text, max(0, start - 3), start):
        return _WHOM_BEHIND.match(text, end) is not None
    return (
        _BEFORE_VERB.search(text, reach, start) is not None
        and AFTER_VERB.match(text, end) is not None
    )


def is_exclamation(text: str, start: int, end: int) -> bool:
    """Whether a word calls out: ``Man, that hurt`` or ``thanks, man!``."""
    if _EXCLAIMED.search(text, 0, start) and _AFTER_EXCLAMATION.match(text, end):
        return True
    return (
        _BEFORE_EXCLAMATION.search(text, 0, start) is not None
        and _ENDS_THERE.match(text, end) is not None
    )
