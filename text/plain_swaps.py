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
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fairflip.text.english.pronoun_uses import IsDeterminer, uses_of
from fairflip.text.finder import TermFinder
from fairflip.text.matcher import APOSTROPHES, Match, Words
from fairflip.text.repair import ends_in_article, may_follow_article, takes_an
from fairflip.text.replacement import in_place_of_word, stands_inside_sentence
from fairflip.text.scripts.unspaced import is_hangul

#: The two groups that change places; a counterpart of no listed group is "".
Exchange = frozenset[str]

# Of what is known of an edit whatever its text: enough for most.
_MOST_KEPT = 20_000
# A possessive changes with its word, and the plus sign of some terms is theirs.
_SIGNS_OF_TERMS = frozenset({*APOSTROPHES, "+"})
_LAST_BEFORE_HANGUL = "\uabff"
_PLAIN = re.compile("[A-Za-z0-9]+(?:[ -][A-Za-z0-9]+)*")
_WORDS = re.compile("[a-z0-9]+")
# Whether the old word comes back; None: it hangs on the text.
_Back = bool | None


class _ByUse(NamedTuple):
    """Whether the old word comes back from a pronoun with two uses."""

    before_noun: _Back
    alone: _Back


class _ByPlace(NamedTuple):
    """Whether the old word comes back where a capital may be the sentence's or the word's own."""

    outside: _Back
    inside: _Back


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
    inside: list[tuple[int, dict[str, set[str]]]]  # phrases with that as their third word or later
    when_inside: _Edit | None  # the edit inside a sentence; None where it is no other
    #: By exchange, whether swapping back returns the old one.
    backs: dict[Exchange | None, _Back | _ByUse | _ByPlace]


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
        longer: Mapping[int, int],
    ) -> tuple[str, bool | None] | None:
        """A text with words in the place of matches.

        Args:
            words: The words of the original.
            matches: What to replace, in order, not overlapping.
            chosen: What replaces each match, as listed.
            exchange: What is to lead back; None where nothing does, or it is not asked.
            longer: What `TermFinder.may_begin_longer` says of the original.

        Returns:
            The new text, and whether swapping back returns the original, None where that is not
            known. None where more is to change than these words, or may be.
        """
        text, known = words.text, self._edits
        edits: list[_Edit] = []
        pieces: list[str] = []
        position = 0
        is_sure = True
        for (start, end, number), word in zip(matches, chosen, strict=True):
            key = (number, word, text[start:end])
            edit = known.get(key)
            if edit is None:
                edit = None if key in known else self._learn(*key)
                if edit is None:
                    return None
            if edit.when_inside is not None and stands_inside_sentence(text, start, end):
                edit = edit.when_inside
            after = text[end : end + 1]
            if after in _SIGNS_OF_TERMS:
                if after == "+" or not edit.keeps_sign:
                    return None
            elif after > _LAST_BEFORE_HANGUL and is_hangul(after):
                return None
            between = text[position:start]
            if not edit.keeps_article and may_follow_article(text, position, start):
                before = pieces[-1] + between if pieces else between
                if ends_in_article(before):
                    return None
            pieces.append(between)
            pieces.append(edit.new)
            edits.append(edit)
            position = end
            is_sure = is_sure and edit.is_sure and edit.backs.get(exchange) is True
        pieces.append(text[position:])
        result = "".join(pieces)
        returns = None
        if exchange is not None and not self._is_longer(words, matches, edits, longer):
            returns = is_sure or self._returns(result, matches, edits, exchange)
        return result, returns

    def _is_longer(
        self,
        words: Words,
        matches: Sequence[Match],
        edits: Sequence[_Edit],
        longer: Mapping[int, int],
    ) -> bool:
        """Whether the swapped text may hold terms of several words that are no new ones."""
        all_words, position_at = words.words, words.position_at
        second_words = self._finder.second_words
        looked_at = [*longer]
        last = len(all_words) - 1
        before, before_at = "", -1  # the swapped word before
        for match, edit in zip(matches, edits, strict=True):
            if edit.num_replaced > 1 or len(edit.words) > 1:
                return self._is_longer_than(words, matches, edits, longer)
            position = position_at[match[0]]
            lower = edit.words[0]
            if position:
                beside = before if before_at == position - 1 else all_words[position - 1]
                if beside in second_words and lower in second_words[beside]:
                    looked_at.append(position - 1)
            for place, phrases in edit.inside:
                if place <= position:
                    first = position - place
                    seconds = phrases.get(all_words[first])
                    if seconds is not None and all_words[first + 1] in seconds:
                        looked_at.append(first)
            if edit.following and position < last and all_words[position + 1] in edit.following:
                looked_at.append(position)
            before, before_at = lower, position
        if not looked_at:
            return False
        changed = all_words.copy()
        for match, edit in zip(matches, edits, strict=True):
            changed[position_at[match[0]]] = edit.words[0]
        longest = self._finder.longest
        return any(longest(changed, place) > longer.get(place, 1) for place in looked_at)

    def _is_longer_than(
        self,
        words: Words,
        matches: Sequence[Match],
        edits: Sequence[_Edit],
        longer: Mapping[int, int],
    ) -> bool:
        """As `_is_longer`, where some of what is swapped has several words."""
        changed: list[str] = []
        new: dict[int, int] = {}  # by where a term of several words begins, how many it has
        position = 0
        for match, edit in zip(matches, edits, strict=True):
            begins = words.position_at[match[0]]
            for place, num_words in longer.items():
                if position <= place < begins and num_words > 1:
                    new[len(changed) + place - position] = num_words
            changed += words.words[position:begins]
            new[len(changed)] = len(edit.words)
            changed += edit.words
            position = begins + edit.num_replaced
        for place, num_words in longer.items():
            if position <= place and num_words > 1:
                new[len(changed) + place - position] = num_words
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
            if back is True:  # as mostly
                pass
            elif isinstance(back, _ByUse):
                back = back.before_noun if self._is_determiner(result, start, end) else back.alone
            elif isinstance(back, _ByPlace):
                is_inside = stands_inside_sentence(result, start, end)
                back = back.inside if is_inside else back.outside
            if not back:
                return back
            moved += len(edit.new) - len(edit.old)
        return True

    def _learn(self, number: int, word: str, old: str) -> _Edit | None:
        """What is known of a word in the place of a term; None where it hangs on the text."""
        edit = None
        if _PLAIN.fullmatch(old):
            listed = self._finder.listed[number]
            outside, inside = (
                _new_word(old, word, listed, False),
                _new_word(old, word, listed, True),
            )
            edit = self._edit(old, outside)
            if edit is not None and inside != outside:
                edit.when_inside = self._edit(old, inside)
                edit = edit if edit.when_inside is not None else None
        if len(self._edits) < _MOST_KEPT:
            self._edits[number, word, old] = edit
        return edit

    def _edit(self, old: str, new: str | None) -> _Edit | None:
        if new is None or not _PLAIN.fullmatch(new) or new.lower() == "they":
            return None
        finder = self._finder
        lower = new.lower()
        term = finder.plain.get(lower)
        words, replaced = _WORDS.findall(lower), _WORDS.findall(old.lower())
        return _Edit(
            old=old,
            new=new,
            words=words,
            num_replaced=len(replaced),
            number=term,
            is_sure=term is not None and finder.is_surely_people(term, new),
            keeps_article=takes_an(replaced[0]) == takes_an(words[0]),
            keeps_sign=old[-1] not in "sS" and new[-1] not in "sS",
            following=finder.second_words.get(lower, frozenset()),
            inside=[(n, firsts) for n, firsts in finder.inside.get(lower, {}).items() if n > 1],
            when_inside=None,
            backs={},
        )

    def _learn_back(self, edit: _Edit, exchange: Exchange) -> _Back | _ByUse | _ByPlace:
        """Whether an exchange brings the old word back."""
        back: _Back | _ByUse | _ByPlace = None
        number = edit.number
        swaps = () if number is None else self._swaps[number].get(exchange, ())
        if number is not None and swaps:
            listed = self._finder.listed[number]
            uses = uses_of(edit.new.lower(), swaps)
            if uses is not None:
                back = _ByUse(*[_restores(edit, word, listed, False) for word in uses])
            else:
                by_place = _ByPlace(
                    _restores(edit, swaps[0], listed, False),
                    _restores(edit, swaps[0], listed, True),
                )
                back = by_place.outside if by_place.outside is by_place.inside else by_place
        edit.backs[exchange] = back
        return back


def _restores(edit: _Edit, word: str, listed: str, is_inside: bool) -> _Back:
    """Whether a listed word brings the old one back; None where it hangs on the text."""
    restored = None if word == "they" else _new_word(edit.new, word, listed, is_inside)
    return None if restored is None else restored == edit.old


def _new_word(old: str, word: str, listed: str, is_inside: bool) -> str | None:
    """A word in the place of another; None where it hangs on what stands around."""
    new = in_place_of_word(old, word, False, listed, is_inside)
    return new if new == in_place_of_word(old, word, True, listed, is_inside) else None
