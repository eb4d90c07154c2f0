"""Nouns that name a thing and no person, by WordNet's kinds: ``animal``, ``artifact``, ``food``."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from importlib import resources

#: The nouns, a kind a line; `tools/lists/nouns.py` makes it.
NOUNS_FILE = "wordnet_nouns.txt"
#: What the name of a kind ends with where its nouns are verbs as well: "the boy blunders".
VERBS_TOO = " or verb"
SELDOM_VERBS = " or seldom verb"
#: What the kind of a plural ends with.
PLURAL = " plural"
_VERBS = (VERBS_TOO, SELDOM_VERBS)
#: Kinds of what lives or did, and of what else has a nation, a ruler or a person before it.
LIVING = ("animal", "plant", "food")
OTHER_THINGS = (
    *("artifact", "object", "substance", "act", "cognition", "communication", "event"),
    *("phenomenon", "possession", "process"),
)


def in_all_forms(kinds: Iterable[str]) -> frozenset[str]:
    """The kinds, of nouns that are verbs as well and of plurals, too."""
    return frozenset(kind + end for kind in kinds for end in ("", VERBS_TOO, PLURAL))


@functools.lru_cache(maxsize=8192)
def kind_of_thing(word: str) -> str:
    """What kind of thing a noun names.

    Args:
        word: The noun in lower case. A plural is known where it is no form of a verb.

    Returns:
        The name of WordNet's file, such as "animal", and behind it `VERBS_TOO` where the word is
        often a verb, or `PLURAL`; empty for any other word.
    """
    kinds = _kinds()
    kind = kinds.get(word, "")
    if kind or not word.endswith("s"):
        return kind.removesuffix(SELDOM_VERBS)
    stems = [word[:-1]]
    if word.endswith("ies"):
        stems.append(f"{word[:-3]}y")
    elif word.endswith(("ses", "xes", "zes", "ches", "shes", "oes")):
        stems.append(word[:-2])
    stem_kinds = [kinds[stem] for stem in stems if stem in kinds]
    return stem_kinds[-1] + PLURAL if stem_kinds and not stem_kinds[-1].endswith(_VERBS) else ""


@functools.cache
def _kinds() -> dict[str, str]:
    """The kind of each noun."""
    lines = resources.files(__package__).joinpath(NOUNS_FILE).read_text("utf-8").splitlines()
    parts = (line.partition(": ") for line in lines)
    return {word: kind for kind, _, words in parts for word in words.split()}
