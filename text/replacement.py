"""Puts words in the place of others, with their capitals, hyphens, articles and possessives."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence

from fairflip.text.letter_case import begins_sentence, in_case_of, is_proper
from fairflip.text.matcher import APOSTROPHES, HYPHENS, Match
from fairflip.text.repair import (
    may_follow_article,
    next_word,
    possessive,
    with_article,
    with_plural_verb,
)
from fairflip.text.scripts.unspaced import is_hangul, with_particle

# Of what is known of a word in the place of another: enough for most.
_MOST_KEPT = 20_000


def replace(
    text: str,
    matches: Sequence[Match],
    words: Sequence[str],
    listed: Sequence[str] = (),
    dotless_i: bool = False,
) -> str:
    """Puts words in the place of matches, with their case, articles and possessives.

    Args:
        text: the original.
        matches: what to replace, in order, not overlapping.
        words: the word for each match.
        listed: the term of each match as its list has it; empty where it is in none.
        dotless_i: whether ``I`` is the capital of ``ı``.

    Returns:
        The new text.
    """
    all_upper = text.isupper()
    pieces: list[str] = []
    position = 0
    terms = listed or itertools.repeat("", len(matches))
    for (start, end, _), word, term in zip(matches, words, terms, strict=True):
        old = text[start:end]
        is_inside = is_proper(term) and stands_inside_sentence(text, start, end)
        new = in_place_of_word(old, word, all_upper, term, is_inside, dotless_i)
        if text[end : end + 1] in _APOSTROPHES:
            end, new = possessive(text, start, end, new)
        elif is_hangul(text[end : end + 1]):
            end, new = with_particle(text, end, new)
        pieces.append(text[position:start])
        takes_verb = len(new) == 4 and new.lower() == "they" and old.lower() in ("he", "she")
        if takes_verb or may_follow_article(text, position, start):
            made = "".join(pieces)
            before = with_article(made, next_word(old, 0), next_word(new, 0))
            if takes_verb:
                before, verb, end = with_plural_verb(before, text, end)
                new += verb
            pieces = [before]
        pieces.append(new)
        position = end
    pieces.append(text[position:])
    return "".join(pieces)


_APOSTROPHES = frozenset(APOSTROPHES)


@functools.lru_cache(maxsize=_MOST_KEPT)
def in_place_of_word(
    old: str, word: str, all_upper: bool, listed: str, is_inside: bool, dotless_i: bool = False
) -> str:
    """A word as it stands in the place of others, with their hyphens and capitals.

    Args:
        old: What is replaced, as it stands in the text.
        word: What replaces it.
        all_upper: Whether the whole text is in capitals.
        listed: What is replaced, as its list has it; empty where it is in none.
        is_inside: Whether a capital there is the word's own: not its sentence's.
        dotless_i: Whether ``I`` is the capital of ``ı``.
    """
    of_text = _gaps_of_text(old, listed) if " " in word and " " in listed else ()
    if not len(of_text) == word.count(" ") == listed.count(" "):
        return in_case_of(old, word, all_upper, listed, is_inside, dotless_i)
    # What stands between the words stays: ``African-American`` → ``Asian-American``.
    spaced = _spaced(old, of_text)
    words = in_case_of(spaced, word, all_upper, listed, is_inside, dotless_i).split(" ")
    gaps = [gap.group() for gap in of_text]
    return words[0] + "".join(gap + word for gap, word in zip(gaps, words[1:], strict=True))


def _gaps_of_text(old: str, listed: str) -> Sequence[re.Match[str]]:
    """What stands in a text where the list has a space; empty where that is not plain."""
    gaps, in_list = list(_GAP.finditer(old)), _GAP.findall(listed)
    if len(gaps) != len(in_list):
        return ()
    return [gap for gap, sign in zip(gaps, in_list, strict=True) if sign == " "]


def _spaced(old: str, gaps: Sequence[re.Match[str]]) -> str:
    """The words of a text with a space in the place of some gaps."""
    ends = [0, *(gap.end() for gap in gaps)]
    starts = [*(gap.start() for gap in gaps), len(old)]
    return " ".join(old[end:start] for end, start in zip(ends, starts, strict=True))


_GAP = re.compile(rf"\s+|[{HYPHENS}]")


def cased(old: str, new: str, listed: str, all_upper: bool, inside_sentence: bool) -> str:
    """A replacement as it stands in the place of a listed term; see `in_case_of`."""
    return in_case_of(old, new, all_upper, listed, inside_sentence)


_CAPITAL_BESIDE = re.compile(r"\s*[^\Wa-z\d_]")


def stands_inside_sentence(text: str, start: int, end: int) -> bool:
    """Whether a capital there is the word's own: not the sentence's, nor a headline's."""
    if begins_sentence(text, start):
        return False
    after = _CAPITAL_BESIDE.match(text, end)
    return after is None or after.group()[-1].islower()
