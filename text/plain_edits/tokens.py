"""The parts of a text: words, addresses, and what stands between.

The patterns are read by Python's `re` and by RE2 alike, so that a graph splits texts as Python
does: each class of characters is spelt out here, as their own classes differ.
"""

from __future__ import annotations

import functools
import re

#: Where words begin and end, where a text begins and ends, and where words were removed before
#: which English says "a", or "an". In a text these characters are taken for spaces.
MARK, START, END, GAP, GAP_AN = "\x1e", "\x1c", "\x1d", "\x1f", "\x1a"
MARKS = "[\x1a\x1c-\x1f]"
SPACES = " \t\n\r\f\v\u00a0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
#: Letters, digits and combining marks of any script, and characters that are not seen.
LETTERS = (
    "0-9A-Za-z\u00aa\u00ad\u00b5\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02bb\u02bd-\u1fff"
    "\u200b-\u200d\u2060-\u209c\u20d0-\u218b\u2c00-\u2dff\u3005-\u3007\u3021-\ud7ff"
    "\uf900-\ufd3d\ufd50-\ufdff\ufe00-\ufe0f\ufe20-\ufe2f\ufe70-\uff00\uff10-\uff19\uff21-\uff3a"
    "\uff41-\uff5a\uff66-\uffdc\U00010000-\U0001efff\U00020000-\U0003ffff"
)
#: A word, with the signs that mask a letter or join two; or an address, as one piece.
TOKEN = (
    f"[Hh][Tt][Tt][Pp][Ss]?://[^{SPACES}]+|[Ww][Ww][Ww]\\.[^{SPACES}]+"
    f"|@[{LETTERS}_]+|/[ru]/[{LETTERS}_]+"
    f"|\\([{LETTERS}]+\\)[{LETTERS}]+"
    f"|[{LETTERS}]+(?:[_*@$#]+[{LETTERS}]+)*"
)
#: Letters whose case is looked at.
SMALL, CAPITAL = "a-zß-öø-ÿ", "A-ZÀ-ÖØ-Þ"
_ENDS_SENTENCE = ".!?…:\n\r\u2028\u2029"
_OPENING = " \t\u00a0\"'“”‘’(\\[{*_–—•>#-"
#: Of the whole of a separator: it begins a sentence behind a word, or at the text's beginning.
BEGINS_SENTENCE = f"(?s:.*)[{_ENDS_SENTENCE}][{_OPENING}]*"
BEGINS_FIRST_SENTENCE = f"(?:{BEGINS_SENTENCE})|[{_OPENING}]*"
#: Of the whole of a separator: a form of address stands before it, where a name follows.
BEFORE_NAME = "\\.?[ \u00a0]+"
#: Of the whole of a separator: what may stand between a pronoun and its noun.
SOFT = '[ \t\n\r\u00a0"“”*_~]+'
#: What separators are compared as: white space as one space, hyphens and apostrophes plain.
AS_COMPARED = ((f"^[{SPACES}]+$", " "), ("[‐‑]", "-"), ("[’ʼ‘＇]", "'"))

_MARKS = re.compile(MARKS)
_AS_COMPARED = [(re.compile(pattern), new) for pattern, new in AS_COMPARED]
_BLANK = re.compile(f"[{SPACES}]*")
_SMALL, _CAPITAL = re.compile(f"[{SMALL}]"), re.compile(f"[{CAPITAL}]")


@functools.cache
def _token() -> re.Pattern[str]:
    """`TOKEN`, which takes as long to compile as all of a small run's edits."""
    return re.compile(f"({TOKEN})")


def parts_of(text: str) -> tuple[list[str], list[str]]:
    """The words of a text, and what stands before, between and behind them: one more."""
    parts = _token().split(_MARKS.sub(" ", text))
    return parts[1::2], parts[::2]


def is_blank(text: str) -> bool:
    """Whether a text is nothing but spaces."""
    return _BLANK.fullmatch(text) is not None


def as_compared(separator: str) -> str:
    """A separator as terms have it."""
    for pattern, new in _AS_COMPARED:
        separator = pattern.sub(new, separator)
    return separator


def lowered(word: str) -> str:
    """A word without the capitals A to Z; others stay, as in a graph."""
    return word.lower() if word.isascii() else re.sub("[A-Z]+", lambda m: m.group().lower(), word)


def has_small(text: str) -> bool:
    """Whether there is a small letter."""
    return _SMALL.search(text) is not None


def has_capital(text: str) -> bool:
    """Whether there is a capital."""
    return _CAPITAL.search(text) is not None


def begins_with_capital(word: str) -> bool:
    """Whether the first letter is a capital."""
    return _CAPITAL.match(word) is not None
