"""Whether swapping back returns a text, as far as its single words tell.

To find the terms of a swapped text anew takes as long as to swap it. It is not needed where each
new word refers to people there and makes no longer term with the words beside it: then the terms
of the swapped text stand where those of the original stood. What else tells a term, such as the
sign before it, is the same in both texts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fairflip.text.finder import TermFinder
from fairflip.text.matcher import APOSTROPHES, Match, Words
from fairflip.text.repair import may_follow_article, takes_an
from fairflip.text.replacement import in_place_of

#: What a term becomes on the way back, of the swapped text; None: nothing is listed.
Choose = Callable[[str, Match], str | None]


def returns_by_words(
    finder: TermFinder,
    words: Words,
    result: str,
    matches: Sequence[Match],
    new: Sequence[str],
    choose: Choose,
) -> bool | None:
    """Whether swapping back returns the original.

    Args:
        finder: What found the matches, and nothing else that is listed.
        words: The words of the original.
        result: The swapped text.
        matches: What was swapped.
        new: What stands there now; nothing else was changed.
        choose: Chooses the words that go back.

    Returns:
        None where a look at the whole text must tell.
    """
    text, candidates = words.text, words.candidates
    if candidates is None:
        return None
    changed = words.words.copy()
    looked_at = list(candidates)
    numbers = []
    position_at, alone = words.position_at.get, finder.alone.get
    for (start, end, _), word in zip(matches, new, strict=True):
        position, lower = position_at(start), word.lower()
        number = alone(lower)
        if position is None or number is None or text[end : end + 1] in _SIGNS_OF_TERMS:
            return None
        if len(changed[position]) != end - start:
            return None  # a term of several words
        changed[position] = lower
        if position:
            looked_at.append(position - 1)
        numbers.append(number)
    longer = finder.longer
    for position in looked_at:
        if changed[position] in longer and finder.may_be_longer(changed, position):
            return None
    moved = end_before = 0
    for (start, end, _), word, number in zip(matches, new, numbers, strict=True):
        old = text[start:end]
        if may_follow_article(text, end_before, start) and takes_an(old) != takes_an(word):
            return None
        there = Match(start + moved, start + moved + len(word), number)
        if not finder.is_people(result, there):
            return None
        back = choose(result, there)
        if back is None or back == "they":
            return None
        is_loud = word.isupper() and result.isupper()
        listed = finder.listed[number]
        if in_place_of(result, there.start, there.end, back, listed, is_loud) != old:
            return False
        end_before, moved = end, moved + len(word) - len(old)
    return True


# A possessive changes with its word, and the plus sign of some terms is theirs.
_SIGNS_OF_TERMS = frozenset({*APOSTROPHES, "+"})
