"""Capitals: comparing words whatever their case, and giving a word the case of another.

Languages differ in one thing only: Turkish and Azerbaijani have two letters i, ``ı I`` and
``i İ``, so that ``KIZ`` is ``kız`` there and ``kiz`` elsewhere.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

#: The languages with a dotless i.
DOTLESS_I = frozenset({"tr", "az"})
_SPELT_OUT = re.compile(r"(?:2S)?LGB", re.IGNORECASE)
# Without vowels too, but words cut short.
_SHORTENED = frozenset({"MR", "MRS", "MS", "MX"})
_SENTENCE_ENDS = ".!?…:\n\r\u2028\u2029"
_OPENING_SIGNS = " \t\xa0\"'“”‘’([{*_-–—•>#"
_LOOK_BACK = 40


def has_dotless_i(language: str, texts: Iterable[str] = ()) -> bool:
    """Whether ``I`` is the capital of ``ı``: by the language, else by the letters of texts.

    Args:
        language: Such as "tr" or "tr-TR"; empty where it is not known.
        texts: What the language is told by where it is not known: a list's terms.
    """
    if language:
        return language.lower().replace("_", "-").split("-")[0] in DOTLESS_I
    return any("ı" in text or "İ" in text for text in texts)


def upper(text: str, dotless_i: bool = False) -> str:
    """A text in capitals."""
    return (text.replace("i", "İ") if dotless_i else text).upper()


def lower(text: str, dotless_i: bool = False) -> str:
    """A text without capitals."""
    if dotless_i:
        text = text.replace("I\u0307", "i").replace("İ", "i").replace("I", "ı")
    return text.lower()


def begins_sentence(text: str, start: int) -> bool:
    """Whether nothing of its sentence stands before a place."""
    before = text[max(0, start - _LOOK_BACK) : start].rstrip(_OPENING_SIGNS)
    return not before or before[-1] in _SENTENCE_ENDS


@functools.lru_cache(maxsize=8192)
def is_proper(term: str) -> bool:
    """Whether a term is listed with a capital, as a name or an adjective of one is."""
    return term[:1].isupper() and not is_initials(term)


def is_initials(word: str) -> bool:
    """Whether a word is spelt out: ``LGBT``, ``PTSD``."""
    if word.upper() in _SHORTENED:
        return False
    return _SPELT_OUT.match(word) is not None or not set(word.upper()) & set("AEIOUY")


def in_case_of(
    old: str,
    new: str,
    all_upper: bool = False,
    listed: str = "",
    inside_sentence: bool = False,
    dotless_i: bool = False,
) -> str:
    """A replacement with the capitals of what it replaces.

    ``HE`` → ``SHE``, ``He`` → ``She``, ``Latino`` → ``African American``, ``latino`` →
    ``african american``. Initials such as ``LGBT`` shout only where the whole text does. The
    capital of a name's adjective is no common word's: ``a Christian`` → ``an atheist`` inside
    a sentence, and ``an atheist`` → ``a Christian``.

    Args:
        old: What is replaced, as it stands in the text.
        new: What replaces it, as listed.
        all_upper: Whether the whole text is in capitals.
        listed: What is replaced, as listed; empty where nothing is known of it.
        inside_sentence: Whether words of the sentence in lower case stand beside it.
        dotless_i: See `has_dotless_i`.
    """
    if len(old) > 1 and old.isupper():
        spelt = is_initials(old) and not all_upper
        return new if spelt else upper(new, dotless_i)
    if not old[:1].isupper():
        # Who writes "latino" writes "african american" too.
        return lower(new, dotless_i) if is_proper(listed) or not listed else new
    words = old.split()
    if len(words) > 1 and all(word[:1].isupper() for word in words):
        return " ".join(_capitalised(word, dotless_i) for word in new.split(" "))
    if inside_sentence and is_proper(listed) and not new[:1].isupper():
        return new
    return _capitalised(new, dotless_i)


def _capitalised(word: str, dotless_i: bool) -> str:
    return upper(word[:1], dotless_i) + word[1:]
