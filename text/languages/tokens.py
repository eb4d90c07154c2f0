"""The words of a text with what stands between them, and edits to them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

_WORD = re.compile(r"[^\W_]+(?:[-‐‑’'.](?=[^\W_])[^\W_]+)*")
#: What ends a sentence.
STOPS = frozenset(".!?…\n")
_ENDS_CLAUSE = frozenset('.!?…\n,;:()[]"“”„«»–—')
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|@\w+|\S+\.(?:com|de|es|org|net)\b", re.I)


class Token(NamedTuple):
    """A word: ``text[start:end]``."""

    text: str
    lower: str
    start: int
    end: int
    gap: str  # what stands before it, since the word before

    @property
    def is_capital(self) -> bool:
        """Whether it begins with a capital."""
        return self.text[:1].isupper()

    @property
    def begins_clause(self) -> bool:
        """Whether a sign that parts clauses stands before it."""
        return not _ENDS_CLAUSE.isdisjoint(self.gap)

    @property
    def begins_sentence(self) -> bool:
        """Whether a full stop or nothing stands before it."""
        return self.start == len(self.gap) or not STOPS.isdisjoint(self.gap)


def tokens_of(text: str, elided: Collection[str] = ()) -> list[Token]:
    """The words of a text, without those of web and mail addresses and @names.

    Args:
        text: The text.
        elided: What is a word by itself with its apostrophe, such as "l'"; in lower case.
    """
    barred = [match.span() for match in _ADDRESS.finditer(text)]
    tokens: list[Token] = []
    position = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        if any(start < last and first < end for first, last in barred):
            continue
        for word in _parts(match.group(), elided):
            end = start + len(word)
            lower = word.lower().replace("’", "'") if elided else word.lower()
            tokens.append(Token(word, lower, start, end, text[position:start]))
            start = position = end
    return tokens


def _parts(word: str, elided: Collection[str]) -> Iterator[str]:
    """A word in the parts that apostrophes make: "dell'", "attrice"."""
    while elided and (cut := re.search("['’]", word)):
        if word[: cut.start()].lower() + "'" not in elided:
            break
        yield word[: cut.end()]
        word = word[cut.end() :]
    yield word


def word_set(words: str) -> frozenset[str]:
    """The words of a string, once each."""
    return frozenset(words.split())


class Refused(Exception):
    """A swap that grammar leaves open; `reason` is what the audit counts it as."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def edited(text: str, edits: dict[tuple[int, int], str]) -> str:
    """A text with other words at some places, which do not overlap."""
    made, position = [], 0
    for (start, end), new in sorted(edits.items()):
        made += [text[position:start], new]
        position = end
    return "".join([*made, text[position:]])


def as_written(old: str, new: str) -> str:
    """A word in the capitals of the one that it replaces: ``DER`` → ``DIE``, ``Er`` → ``Sie``."""
    if len(old) > 1 and old.isupper():
        return new.upper()
    if old[:1].isupper():
        return new[:1].upper() + new[1:]
    return new
