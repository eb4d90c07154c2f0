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


@functools.cache
def fixed_phrases() -> tuple[FixedPhrase, ...]:
    """The English phrases that come with the package, see ``fixed_phrases.csv``."""
    content = resources.files(__package__).joinpath("fixed_phrases.csv").read_text("utf-8")
    return tuple(
        FixedPhrase(row["phrase"], row["capitals"] == "needed", row["kind"])
        for row in csv.DictReader(content.splitlines())
    )
