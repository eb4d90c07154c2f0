r"""What a text must hold to be marked, in patterns that find more than the marks' own, and sooner.

A text in which none is found has none of the slips of `grammar_faults`, or nothing left over, if
it is of `simple_signs`. The patterns are in the syntax that engines have in common that look at
each letter once (RE2, so Arrow): no look around, no reference back. They find the same in
characters and in bytes of UTF-8. Letters are to be taken in either case.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from fairflip.text.doubts.grammar_faults import (
    ARTICLES,
    PLURAL_BEFORE,
    PREPOSITIONS,
    SIGNS,
    SINGULAR_BEFORE,
    SUBJECTS,
)
from fairflip.text.doubts.window_keys import Keys

_BEFORE, _BEHIND = "(?:^|[^a-z0-9])", "(?:[^a-z0-9]|$)"
_BEYOND_ASCII = r"[^\x00-\x7f]"
_APOSTROPHE = f"(?:'|{_BEYOND_ASCII}{{1,3}})"
_AFTER_NOUN = r" *(?:[.,;:!?]|$|(?:is|are|was|were|who|that|and|or|in|on|at|of)\b)"
_DETERMINERS = "(?:an?|the|my|your|our|their|its"

#: One is found in each text with slips but for doubled words (`may_double`), if nouns of several
#: end in "s" or "men".
FAULTS = "|".join(
    [
        f"{_BEFORE}(?:(?:he|she) (?:are|am|have|(?:do|have|are)n{_APOSTROPHE}t)"
        f"|(?:they|we) (?:is|was|has|am|does|(?:is|was|has|does)n{_APOSTROPHE}t)"
        f"|(?:are|am|aren{_APOSTROPHE}t) (?:he|she)){_BEHIND}",
        f"{_BEFORE}(?:with|at|from|by|beside|behind|against) (?:he|she|they|we|i) *(?:[.,;!?]|$)",
        "[a-z0-9] [.,;!?](?: |$)",
        # "An" is said before vowels, few others, and what has no vowel and so is spelt.
        f"{_BEFORE}a (?:[aeiou]|h(?:eir|on[eo]|our)|lgbt|[b-df-hj-np-tv-xz]{{2,}}(?:[^a-z]|$))",
        f"{_BEFORE}an (?:[b-df-hj-np-tv-z]|eu|ewe|ub|uf|uk|un|ur|us|ut|one|onc)",
        f"{_BEFORE}(?:an?|this|each|every|another) [a-z]*(?:men|s){_AFTER_NOUN}",
        f"{_BEFORE}(?:these|those|many|several|few) [a-z]+{_AFTER_NOUN}",
    ]
)
#: One is found in each text with leftovers (`validity.new_fragments`), but for those next.
FRAGMENTS = "|".join(
    [
        rf"\b{_DETERMINERS}|and|or|of|than) *[.,!?;:)\]}}]",
        r"[.!?] *(?:and|or|than|of)\b",
        rf"(?:^| ){_APOSTROPHE}(?:s|ll|d|ve|re|m)\b",
        rf"\b{_DETERMINERS}|every) +(?:and|or|but|is|are|was|were|of|to|in|at|on|who|that|has|had"
        r"|will|with|from|for|can|could|would|should|because|does|did|do)\b",
        rf"[(\[{{]|{_BEYOND_ASCII}",
    ]
)
#: Those at the beginning and at the end of a text. Parts of two texts that begin alike, or end
#: alike, have them in common.
FRAGMENTS_AT_START = r"^(?:and|or|than|of)\b"
FRAGMENTS_AT_END = rf"\b{_DETERMINERS}|and|or|of|than) *$"
#: One is found in what a program left unfinished.
LEFT_OVER = (
    r"\[[a-z_ ]*(?:mask|name|identity|group|blank|term|pronoun|gender)|<mask>|</?s>"
    r"|\{\{?[a-z_]\w*\}?\}|___|\$\{|```|as an ai|as a (?:large )?language model"
    rf"|i(?:{_APOSTROPHE}m| am) (?:sorry|unable)[^.]{{0,80}}"
    "(?:but|to (?:assist|help|rewrite|generate|provide))"
    rf"|i (?:cannot|(?:ca|wo)n{_APOSTROPHE}t)"
    " (?:assist|help|fulfill|rewrite|generate|provide|comply)"
    rf"|here(?:{_APOSTROPHE}s| is) (?:the|a|your)"
    " (?:rewritten|counterfactual|modified|revised|text|sentence)"
    r"|(?:rewritten|counterfactual|modified|revised) (?:text|sentence|version)\s*:"
)

# One of these signs, or a space, stands in each.
_IN_LEFT_OVER = np.zeros(256, bool)
_IN_LEFT_OVER[list(b"[<{_$` ")] = True

# What `grammar_faults.num_faults` looks for before it looks for a slip, one set for each kind.
_LOOKED_FOR = (SUBJECTS, PREPOSITIONS, SIGNS, ARTICLES, SINGULAR_BEFORE, PLURAL_BEFORE)
_ANY_FAULT = re.compile(rf"{FAULTS}|(?<![a-z0-9])([a-z]+) \1(?![a-z0-9])", re.IGNORECASE)
#: No slip reaches over more words than these, with all that decides whether it is one.
_REACH = 3
_LOWER_CASE = 0x20


def may_double(keys: Keys) -> npt.NDArray[np.bool_]:
    """[N]: whether two words in a row may be one: as long, with the same first and last letter.

    Args:
        keys: Each ends with what is no letter.
    """
    data, num_keys = keys.data, len(keys.ends) - 1
    # No other byte than a capital becomes a letter with this bit.
    gaps = np.flatnonzero(((data | _LOWER_CASE) - np.uint8(ord("a"))) >= 26)
    sizes = np.diff(gaps, prepend=-1) - 1  # of the letters before each
    alike = np.flatnonzero((sizes[1:] == sizes[:-1]) & (sizes[1:] > 0))
    gap, size = gaps[alike], sizes[alike]
    same = ((data[gap - size] ^ data[gap + 1]) & ~np.uint8(_LOWER_CASE)) == 0
    same &= ((data[gap - 1] ^ data[gap + size]) & ~np.uint8(_LOWER_CASE)) == 0
    same &= data[gap] == ord(" ")
    twice = np.zeros(num_keys, bool)
    twice[np.searchsorted(keys.ends, gap[same], side="right") - 1] = True
    return twice


def may_be_left_over(keys: Keys) -> npt.NDArray[np.bool_]:
    """[N]: whether `LEFT_OVER` may be found in a key: all but single words without signs."""
    may_be = np.zeros(len(keys.ends) - 1, bool)
    there = np.flatnonzero(_IN_LEFT_OVER[keys.data])
    may_be[np.searchsorted(keys.ends, there, side="right") - 1] = True
    return may_be


def simple_signs(keys: Keys) -> npt.NDArray[np.bool_]:
    """[N]: whether all of each key beyond ASCII is punctuation or an emoji: no letter, no digit."""
    data = keys.data
    is_beyond = data > 0x7F
    if not is_beyond.any():
        return np.ones(len(keys.ends) - 1, bool)
    beyond = np.flatnonzero(is_beyond)
    padded = np.append(data, np.zeros(3, np.uint8)).astype(np.int64)
    first, second, third = padded[beyond], padded[beyond + 1], padded[beyond + 2]
    # Those from U+2000 to U+203F, and from U+1F300 to U+1FAFF; none of others begins so.
    punctuation = beyond[(first == 0xE2) & (second == 0x80)]
    emoji = beyond[(first == 0xF0) & (second == 0x9F) & (third >= 0x8C) & (third < 0xAC)]
    is_known = np.zeros(len(padded), bool)
    for sign, size in ((punctuation, 3), (emoji, 4)):
        for place in range(size):
            is_known[sign + place] = True
    simple = np.ones(len(keys.ends) - 1, bool)
    strange = beyond[~is_known[beyond]]
    simple[np.searchsorted(keys.ends, strange, side="right") - 1] = False
    return simple


def are_clear(original: str, counterfactual: str) -> bool:
    """Whether it is seen around the words that differ that the second text has no more slips.

    Slips elsewhere stand in both texts. False where that does not tell.

    Args:
        original: Words with one space between each two.
        counterfactual: The same, of `simple_signs`.
    """
    old, new = original.lower().split(" "), counterfactual.split(" ")
    if len(old) != len(new):
        return False
    lower = counterfactual.lower().split(" ")
    places = [place for place, word in enumerate(lower) if word != old[place]]
    if not places:
        return False
    lost, gained = {old[place] for place in places}, {lower[place] for place in places}
    # A slip elsewhere counts only where such a word stands anywhere in its text, or a word twice.
    if len(set(old)) == len(old) or any(
        not words.isdisjoint(gained) and words.isdisjoint(lost) for words in _LOOKED_FOR
    ):
        return False
    around = sorted(
        {near for place in places for near in range(place - _REACH, place + _REACH + 1)}
    )
    parts = [
        new[place] if place == before + 1 else f"| {new[place]}"
        for before, place in zip([-1, *around[:-1]], around, strict=True)
        if 0 <= place < len(new)
    ]
    return _ANY_FAULT.search(" ".join(parts)) is None
