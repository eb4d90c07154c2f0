"""One generated counterfactual and what is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Counterfactual(NamedTuple):
    """A changed text. Offsets are characters of the original."""

    text: str
    terms: tuple[str, ...] = ()  # the terms changed, as listed, each once
    replacements: tuple[str, ...] = ()  # beside `terms`; "" for a removed one, "his|him" for two
    groups: tuple[str, ...] = ()  # the identity groups of the terms, each once
    categories: tuple[str, ...] = ()  # their sensitive attributes, each once
    spans: tuple[tuple[int, int], ...] = ()  # where the terms stood
    # The groups of what stands there now; empty where it is of none that is listed.
    replacement_groups: tuple[str, ...] = ()
    # Whether swapping back gives the original again; None where no way back is listed.
    returns: bool | None = None
    # Why it was not made, such as "unsure_case"; its text is empty then. "" where it was.
    refused: str = ""


class Generator(Protocol):
    """Makes counterfactuals of texts, a batch at a time."""

    def generate(self, texts: Sequence[str]) -> list[list[Counterfactual]]:
        """The counterfactuals of each text; an empty list where there is none."""
        ...
