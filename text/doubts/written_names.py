"""Words that are written as names: with a capital where no sentence begins."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from fairflip.text.controls.word_classes import FUNCTION_WORDS
from fairflip.text.doubts.changed_words import Side
from fairflip.text.doubts.word_tokens import TOKEN

_OPENING = "\"'“‘([{*_#"
_SENTENCE_ENDS = tuple(
    f"{end}{quote}" for end in ".!?:…" for quote in ("", '"', "'", "”", "’", ")")
)


def names_among(side: Side, words: Collection[str]) -> list[str]:
    """Those of some words that are written as names in a text, among what differs there."""
    names: list[str] = []
    if not words:
        return names
    for place in range(max(side.start, 1), len(side.words) - side.num_after):
        if not side.words[place - 1].endswith(_SENTENCE_ENDS):
            names += _name_of(side.words[place], words)
    # Where most words have a capital it says nothing.
    return [] if names and _is_headline(side.words) else names


def _name_of(written: str, words: Collection[str]) -> list[str]:
    """The one of some words that a word between spaces begins with, if it has a capital."""
    written = written.lstrip(_OPENING)
    if not written[:1].isupper():
        return []
    tokens = TOKEN.findall(written)
    name = tokens[0] if tokens else ""
    if name.lower() not in words or len(name) < 2 or name.lower() in FUNCTION_WORDS:
        return []
    return [name]


def may_hold_names(written: Iterable[str], words: Collection[str]) -> bool:
    """Whether some words are written as names, wherever sentences begin."""
    return bool(words) and any(_name_of(one, words) for one in written)


def _is_headline(words: Sequence[str]) -> bool:
    """Whether most long words have a capital."""
    long = [word for word in words if len(word) > 3]
    return sum(word[:1].isupper() for word in long) > 0.75 * max(len(long), 4)
