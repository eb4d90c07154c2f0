"""Control edits: the same edit as a pair's, made to words that name no identity.

A flip rate says that decisions change; what other edits of that size change says whether
it is about identity. Pure Python over strings: how often words are (`frequencies`), which
words an edit touched (`edited_words`), and the drawing of others like them (`draw`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fairflip.text.controls.draw import ControlDrawer, ControlEdit, Drawn
    from fairflip.text.controls.edited_words import EditedWord, words_edited
    from fairflip.text.controls.frequencies import DocumentFrequencies

_DOORS = {
    "ControlDrawer": "draw",
    "ControlEdit": "draw",
    "DocumentFrequencies": "frequencies",
    "Drawn": "draw",
    "EditedWord": "edited_words",
    "words_edited": "edited_words",
}

__all__ = [
    "ControlDrawer",
    "ControlEdit",
    "DocumentFrequencies",
    "Drawn",
    "EditedWord",
    "words_edited",
]


def __getattr__(name: str) -> Any:
    if name not in _DOORS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_DOORS[name]}"), name)
