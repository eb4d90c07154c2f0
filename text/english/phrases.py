"""Fixed phrases that hold a term and name no identity: ``Uncle Sam``, ``deaf ears``."""

from __future__ import annotations

import csv
import functools
from importlib import resources
from typing import NamedTuple


class FixedPhrase(NamedTuple):
    """A phrase that holds a term and names no identity."""

    text: str
    needs_capitals: bool  # "Men in Black" is one, "men in black suits" is none
    kind: str


#: Plants, animals and things of WordNet, a line each; `tools/lists/phrases.py` makes it.
WORDNET_FILE = "wordnet_phrases.txt"
_KIND_OF_WORDNET = "thing"


@functools.cache
def fixed_phrases() -> tuple[FixedPhrase, ...]:
    """The English phrases that come with the package: ``fixed_phrases.csv`` and WordNet's."""
    folder = resources.files(__package__)
    rows = csv.DictReader(folder.joinpath("fixed_phrases.csv").read_text("utf-8").splitlines())
    own = [FixedPhrase(row["phrase"], row["capitals"] == "needed", row["kind"]) for row in rows]
    others = folder.joinpath(WORDNET_FILE).read_text("utf-8").splitlines()
    return (*own, *(FixedPhrase(phrase, False, _KIND_OF_WORDNET) for phrase in others))
