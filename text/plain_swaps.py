"""Swaps of plain words: the new text, and whether swapping back returns the old one.

Most of what a swap does to a word hangs on nothing but the word: its capitals, the sound that it
begins with, what goes back. It is found out once. What a text adds is looked at here as far as it
is plain: the sign behind the word, an article before it, words beside it that make a longer
term. Where it is not, the whole text must be looked at.

To find the terms of a swapped text anew takes as long as to swap it. It is not needed where each
new word refers to people there and makes no longer term with the words beside it: then the terms
of the swapped text stand where those of the original stood. What else tells a term, such as the
sign before it, is the same in both texts.
"""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fairflip.text.english.pronoun_uses import IsDeterminer, uses_of
from fairflip.text.finder import TermFinder
from fairflip.text.matcher import APOSTROPHES, Match, Words
from fairflip.text.repair import may_follow_article, takes_an
from fairflip.text.replacement import in_place_of_word
from fairflip.text.scripts.unspaced import is_hangul

#: The two groups that change places; a counterpart of no listed group is "".
Exchange = frozenset[str]

# Of what is known of an edit whatever its text: enough for most.
_MOST_KEPT = 20_000
# A possessive changes with its word, and the plus sign of some terms is theirs.
_SIGNS_OF_TERMS = frozenset({*APOSTROPHES, "+"})
# Whether the text is in capitals, and whether the word stands inside a sentence.
_CIRCUMSTANCES = tuple(itertools.product((False, True), repeat=2))
_PLAIN = re.compile("[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*")
_WORDS = re.compile("[a-z0-9]+")
# Whether the old word comes back; None: it hangs on the text.
_Back = bool | None


class PlainSwap(NamedTuple):
    """A text with some words swapped."""

    text: str
    new: list[str]  # what stands in the place of each match
    returns: bool | None  # whether swapping back returns the original; None: not known


@dataclasses.dataclass(slots=True, eq=False)
class _Edit:
    """Words in the place of others, as far as it is the same in every text."""

    old: str
    new: str
    words: list[str]  # those of the new one, in lower case
    num_replaced: int  # how many words the old one has
    number: int | None  # the term that the new one is; None where it is none by itself
    is_sure: bool  # whether that refers to people wherever it stands
    keeps_article: bool
    keeps_sign: bool  # whether a possessive or contraction stays as it is, there and back
    following: frozenset[str]  # the words that make a longer term behind a single new one
    #: By exchange, whether swapping back returns the old one; of a pronoun with two uses, whether
    #: it does before its noun, and alone.
    backs: dict[Exchange, _Back | tuple[_Back, _Back]]


class PlainSwaps:
    """Swaps plain words of the terms of a finder."""

    def __init__(
        self,
        finder: TermFinder,
        swaps: Sequence[Mapping[Exchange, tuple[str, ...]]],
        is_determiner: IsDeterminer,
    ):
        """Takes what finds the terms, what each becomes, and the rule for pronouns.

        Args:
            finder: Finds the terms.
            swaps: By term, what it becomes in each exchange.
            is_determiner: Which of its two uses a pronoun has.
        """
        self._finder = finder
        self._swaps = swaps
        self._is_determiner = is_determiner
        self._edits: dict[tuple[int, str, str], _Edit | None] = {}

    def swapped(
        self,
        words: Words,
        matches: Sequence[Match],
        chosen: Sequence[str],
        exchange: Exchange | None,
        longer: Sequence[int],
    ) -> PlainSwap | None:
        """A text with words in the place of matches.

        Args:
            words: The words of the original.
            matches: What to replace, in order, not overlapping.
            chosen: What replaces each match, as listed.
            exchange: What is to lead back; None where nothing does, or it is not asked.
            longer: What `TermFinder.may_begin_longer` says of the original.

        Returns:
            None where more is to change than these words, or may be.
        """
        text, known = words.text, self._edits
        edits: list[_Edit] = []
        pieces: list[str] = []
        position = 0
        for (start, end, number), word in zip(matches, chosen, strict=True):
            key = (number, word, text[start:end])
            edit = known[key] if key in known else self._learn(*key)
            if edit is None:
                return None
            after = text[end : end + 1]
            if after in _SIGNS_OF_TERMS:
                if after == "+" or not edit.keeps_sign:
                    return None
            elif is_hangul(after):
                return None
            if not edit.keeps_article and may_follow_article(text, position, start):
                return None
            pieces.append(text[position:start])
            pieces.append(edit.new)
            edits.append(edit)
            position = end
        pieces.append(text[position:])
        result = "".join(pieces)
        returns = None
        if exchange is not None and not self._is_longer(words, matches, edits, longer):
            returns = self._returns(result, matches, edits, exchange)
        return PlainSwap(result, [edit.new for edit in edits], returns)

    def _is_longer(
        self,
        words: Words,
        matches: Sequence[Match],
        edits: Sequence[_Edit],
        longer: Sequence[int],
    ) -> bool:
        """Whether the swapped text may hold terms of several words that are no new ones."""
        all_words, position_at = words.words, words.position_at
        second_words = self._finder.second_words
        looked_at = [*longer]
        last = len(all_words) - 1
        before, before_at = "", -1  # the swapped word before
        for match, edit in zip(matches, edits, strict=True):
            if edit.num_replaced > 1 or len(edit.words) > 1:
                return self._is_longer_than(words, matches, edits)
            position = position_at[match[0]]
            lower = edit.words[0]
            if position:
                beside = before if before_at == position - 1 else all_words[position - 1]
                if beside in second_words and lower in second_words[beside]:
                    looked_at.append(position - 1)
            if edit.following and position < last and all_words[position + 1] in edit.following:
                looked_at.append(position)
            before, before_at = lower, position
        if not looked_at:
            return False
        changed = all_words.copy()
        for match, edit in zip(matches, edits, strict=True):
            changed[position_at[match[0]]] = edit.words[0]
        longest = self._finder.longest
        return any(longest(changed, position) > 1 for position in looked_at)

    def _is_longer_than(
        self, words: Words, matches: Sequence[Match], edits: Sequence[_Edit]
    ) -> bool:
        """As `_is_longer`, where some of what is swapped has several words."""
        changed: list[str] = []
        new: dict[int, int] = {}  # by where a new term begins, how many words it has
        position = 0
        for match, edit in zip(matches, edits, strict=True):
            begins = words.position_at[match[0]]
            changed += words.words[position:begins]
            new[len(changed)] = len(edit.words)
            changed += edit.words
            position = begins + edit.num_replaced
        changed += words.words[position:]
        longest, second_words = self._finder.longest, self._finder.second_words
        inside = 0  # up to where a new term goes, within which none begins
        for place, word in enumerate(changed):
            inside = place + new[place] if place in new else inside
            begins = word in second_words and (place in new or place >= inside)
            if begins and longest(changed, place) > new.get(place, 1):
                return True
        return False

    def _returns(
        self, result: str, matches: Sequence[Match], edits: Sequence[_Edit], exchange: Exchange
    ) -> bool | None:
        moved = 0
        for match, edit in zip(matches, edits, strict=True):
            backs = edit.backs
            back = backs[exchange] if exchange in backs else self._learn_back(edit, exchange)
            if back is None:
                return None
            start = match[0] + moved
            end = start + len(edit.new)
            if not edit.is_sure:
                number = edit.number
                if number is None or not self._finder.is_people(result, Match(start, end, number)):
                    return None
            if back is not True:
                if back is not False:
                    back = back[0] if self._is_determiner(result, start, end) else back[1]
                if not back:
                    return back
            moved += len(edit.new) - len(edit.old)
        return True

    def _learn(self, number: int, word: str, old: str) -> _Edit | None:
        """What is known of a word in the place of a term; None where it hangs on the text."""
        edit = None
        finder = self._finder
        new = _new_word(old, word, finder.listed[number]) if _PLAIN.fullmatch(old) else None
        if new is not None and _PLAIN.fullmatch(new) and new.lower() != "they":
            lower = new.lower()
            term = finder.plain.get(lower)
            words, replaced = _WORDS.findall(lower), _WORDS.findall(old.lower())
            edit = _Edit(
                old=old,
                new=new,
                words=words,
                num_replaced=len(replaced),
                number=term,
                is_sure=term is not None and finder.is_surely_people(term, new),
                keeps_article=takes_an(replaced[0]) == takes_an(words[0]),
                keeps_sign=old[-1] not in "sS" and new[-1] not in "sS",
                following=finder.second_words.get(lower, frozenset()),
                backs={},
            )
        if len(self._edits) < _MOST_KEPT:
            self._edits[number, word, old] = edit
        return edit

    def _learn_back(self, edit: _Edit, exchange: Exchange) -> _Back | tuple[_Back, _Back]:
        """Whether an exchange brings the old word back; of a pronoun, in each of its uses."""
        back: _Back | tuple[_Back, _Back] = None
        number = edit.number
        swaps = () if number is None else self._swaps[number].get(exchange, ())
        if number is not None and swaps:
            listed = self._finder.listed[number]
            uses = uses_of(edit.new.lower(), swaps)
            if uses is None:
                back = _restores(edit, swaps[0], listed)
            else:
                back = (_restores(edit, uses[0], listed), _restores(edit, uses[1], listed))
        edit.backs[exchange] = back
        return back


def _restores(edit: _Edit, word: str, listed: str) -> _Back:
    """Whether a listed word brings the old one back; None where it hangs on the text."""
    restored = None if word == "they" else _new_word(edit.new, word, listed)
    return None if restored is None else restored == edit.old


def _new_word(old: str, word: str, listed: str) -> str | None:
    """A word in the place of another; None where it hangs on what stands around."""
    made = {
        in_place_of_word(old, word, all_upper, listed, is_inside)
        for all_upper, is_inside in _CIRCUMSTANCES
    }
    return made.pop() if len(made) == 1 else None
