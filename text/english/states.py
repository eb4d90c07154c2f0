"""States of things that are called as those of people: ``the button is disabled``."""

from __future__ import annotations

import re

from fairflip.text.english.nouns import kind_of_thing
from fairflip.text.english.pronoun_words import HUMAN, KIN, THINGS
from fairflip.text.english.verbs import AFTER_VERB


def _words(words: str) -> frozenset[str]:
    return frozenset(words.split())


#: Adjectives of people, and of what was switched off or stands still.
STATES = _words("disabled paralyzed paralysed handicapped")
_SUBJECT = re.compile(
    r"([^\W\d_]+)(?:['’]s)? (?:is|are|was|were|be|been|being|get|gets|got|stay|stays|remain|remains"
    r"|remained|left|came|[^\W_]+n['’]t)(?: been| being)?(?: [a-z]+ly| not| now| still| once)* $"
)
_THING = re.compile(r"[ \xa0]([a-z]+)(?![^\W_])")
# "Paralyzed by fear", but "paralyzed by an accident".
_BY = re.compile(r"[ \xa0](?:by|with)((?: [a-z]+){1,4})(?![^\W_])")
_CAUSES = _words(
    """fear fears terror doubt doubts indecision panic anxiety guilt choice choices snow ice
    snowfall fog strike strikes bureaucracy infighting debt shock horror dread gridlock scandal
    sanctions protests disputes inflation uncertainty grief nerves"""
)
# Parts of the body, and what is for people.
_OF_PEOPLE = _words(
    """arm arms leg legs hand hands foot feet body face side back neck muscle muscles limb limbs
    access parking toilet toilets bathroom bathrooms ramp seat seats sport sports community life
    rights"""
)


def is_state_of_thing(text: str, start: int, end: int) -> bool:
    """Whether a thing is disabled or paralyzed there, or is made so by somebody."""
    if AFTER_VERB.match(text, end) is not None:  # "the update disabled the camera"
        return True
    cause = _BY.match(text, end)
    if cause is not None and not _CAUSES.isdisjoint(cause.group(1).split()):
        return True
    thing = _THING.match(text, end)
    if thing is not None and _is_thing(thing.group(1)):
        return True
    subject = _SUBJECT.search(text, max(0, start - 60), start)
    return subject is not None and _is_thing(subject.group(1).lower())


def _is_thing(word: str) -> bool:
    bare = word.removesuffix("s")
    if not {word, bare}.isdisjoint(HUMAN | KIN | _OF_PEOPLE):
        return False
    return bool(kind_of_thing(word)) or word in THINGS or bare in THINGS
