"""Controls and swaps of pairs that edit one word each, made for thousands of pairs at once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from fairflip.text.ablation import remove
from fairflip.text.columns.strings import Strings
from fairflip.text.controls.draw import ControlDrawer, Floats
from fairflip.text.controls.edited_words import EditedWord
from fairflip.text.controls.many_choices import Choices, ManyCandidates
from fairflip.text.controls.many_edits import NOTHING, ManyEdits
from fairflip.text.controls.many_places import (
    Places,
    begins_with_capital,
    leaves_no_trace,
    stands_plainly,
)
from fairflip.text.controls.plain_texts import Mask, PlainTexts, Positions
from fairflip.text.controls.word_runs import WordRuns
from fairflip.text.matcher import Match
from fairflip.text.substitution import cased, is_proper, replace

_PLURAL_PRONOUN = "they"  # with which verbs change
#: A word as it stands in a text: in lower case, and with its first letter a capital.
_IN_LOWER_CASE, _WITH_CAPITAL = "ab", "Ab"


class SingleEdits(NamedTuple):
    """C edits of one word each; words by their numbers among strings.

    Attributes:
        pair: [C] the pair, ascending.
        row: [C] the text that is edited.
        start: [C] where the word begins in it, in characters.
        end: [C] and where it ends, with what goes with it.
        piece: [C] what stands there instead.
        is_whole: [C] whether it stands for the whole text.
        word: [C] the word edited.
        replacement: [C] "" where it is removed.
        octaves_off: [C] how far the word's frequency is from that of the term.
    """

    pair: Positions
    row: Positions
    start: Positions
    end: Positions
    piece: Positions
    is_whole: Mask
    word: Positions
    replacement: Positions
    octaves_off: Floats

    def take(self, rows: Positions | Mask) -> SingleEdits:
        """Some of them."""
        return SingleEdits(
            self.pair[rows],
            self.row[rows],
            self.start[rows],
            self.end[rows],
            self.piece[rows],
            self.is_whole[rows],
            self.word[rows],
            self.replacement[rows],
            self.octaves_off[rows],
        )


class SingleWords:
    """Edits single words of plain texts."""

    def __init__(
        self,
        drawer: ControlDrawer,
        texts: PlainTexts,
        runs: WordRuns,
        places: Places,
        strings: Strings,
    ):
        """Takes what knows the words of the run, the texts, and strings that begin with theirs."""
        self._drawer, self._texts, self._runs = drawer, texts, runs
        self._places, self._strings = places, strings
        self._num_words = len(texts.words)
        self._nothing = strings.number("")

    def controls(
        self,
        edits: ManyEdits,
        row: Positions,
        candidates: ManyCandidates,
        choices: Choices,
        octave: Floats,
    ) -> tuple[SingleEdits, Mask]:
        """The controls of some pairs, and which pairs must be drawn by themselves.

        Args:
            edits: [P] what each pair does.
            row: [P] the original.
            candidates: Of the originals.
            choices: Of the candidates, one word for each control.
            octave: How frequent words are.
        """
        texts, runs = self._texts, self._runs
        drawn = choices.candidate[:, :, 0]
        # Articles are compared as one word, and counted as two.
        is_open = choices.is_open | (texts.codes[edits.place] != edits.word)
        of, number = np.nonzero((drawn != NOTHING) & ~is_open[:, None])
        candidate = drawn[of, number]
        run, code = candidates.run[candidate], candidates.code[candidate].astype(np.int64)
        term, place, text = edits.replacement[of].astype(np.int64), runs.first[run], row[of]
        is_removed = term == NOTHING
        # As the new term stands for the old one.
        other = np.full(len(of), self._nothing)
        swapped = np.flatnonzero(~is_removed)
        words_for, strings = self._drawer.replacements.tried, self._strings
        other[swapped] = self._first_absent(
            text[swapped],
            (edits.word[of[swapped]], term[swapped]),
            (code[swapped], term[swapped]),
            lambda word, term, number: words_for(strings[word], strings[term], number),
        )
        start, end, is_capital, is_plain = self._placed(place, text)
        piece, has_verb = self._pieces(
            other, is_capital, lambda other, old: cased(old, strings[other], "", False, False)
        )
        is_plain &= ~has_verb
        is_plain = np.where(is_removed, leaves_no_trace(texts, place, text), is_plain)
        is_plain &= candidates.num_places[candidate] == 1
        made = SingleEdits(
            edits.pair[of],
            text,
            start,
            end + is_removed,
            piece,
            ~is_plain,
            code,
            other,
            np.abs(octave[edits.word[of]] - octave[code]),
        )
        is_open[of[other == NOTHING]] = True
        for at in np.flatnonzero(~is_plain & ~is_open[of]).tolist():
            result = self._with_other(int(text[at]), int(run[at]), strings[other[at]])
            if not result or result.isspace():
                is_open[of[at]] = True
            made.piece[at] = strings.added([result])[0]
        return made.take(~is_open[of]), is_open

    def same_group(self, edits: ManyEdits, row: Positions, num_there: Positions) -> SingleEdits:
        """The same-group swaps of some pairs.

        Args:
            edits: [P] what each pair does.
            row: [P] the original.
            num_there: [P] how often the edited word stands in it.
        """
        swaps, strings = self._drawer.same_group, self._strings
        of = np.flatnonzero((edits.replacement != NOTHING) & (num_there == edits.num_places))
        own = edits.word[of].astype(np.int64), edits.replacement[of].astype(np.int64)

        def ranked(word: int, term: int, number: int) -> str | None:
            others = swaps.others(strings[word], strings[term])
            return others[number] if number < len(others) else None

        other = self._first_absent(row[of], own, own, ranked)
        some = other != NOTHING
        of, other, word = of[some], other[some], own[0][some]
        place, text = edits.place[of], row[of]
        start, end, is_capital, is_plain = self._placed(place, text)
        both = word * (int(other.max(initial=0)) + 1) + other
        _, first, which = np.unique(both, return_index=True, return_inverse=True)
        listed = [swaps.listed(strings[number]) for number in word[first].tolist()]
        new = [swaps.listed(strings[number]) for number in other[first].tolist()]
        # A capital may be the word's own: then what stands around it decides.
        is_own = np.array(
            [is_proper(a) and not b[:1].isupper() for a, b in zip(listed, new, strict=True)], bool
        )
        piece, has_verb = self._pieces(
            which,
            is_capital,
            lambda place, old: cased(old, new[place], listed[place], False, False),
        )
        is_plain &= (edits.num_places[of] == 1) & ~has_verb & ~(is_capital & is_own[which])
        for at in np.flatnonzero(~is_plain).tolist():
            edit = EditedWord(
                strings[word[at]],
                strings[int(edits.replacement[of[at]])],
                int(edits.num_places[of[at]]),
                0.0,
            )
            swap = swaps.swap(self._places.text(int(text[at])), [edit])
            assert swap is not None  # there is another term that the text does not hold
            piece[at] = strings.added([swap.text])[0]
        off = np.zeros(len(of))
        return SingleEdits(edits.pair[of], text, start, end, piece, ~is_plain, word, other, off)

    def _placed(self, place: Positions, text: Positions) -> tuple[Positions, Positions, Mask, Mask]:
        """Where words stand in their texts, whether with a capital, and whether alone there."""
        texts = self._texts
        begin = texts.starts[text]
        is_capital = begins_with_capital(texts, place)
        return (
            texts.word_starts[place] - begin,
            texts.word_ends[place] - begin,
            is_capital,
            stands_plainly(texts, place, text),
        )

    def _pieces(
        self, keys: Positions, is_capital: Mask, piece_of: Callable[[int, str], str]
    ) -> tuple[Positions, Mask]:
        """[C] numbers of words as they stand in a text, and whether verbs change with them.

        Args:
            keys: [C] the word; `NOTHING` where there is none.
            is_capital: [C] whether it begins with a capital there.
            piece_of: The word of a key, in the place of one in lower case or of one with a capital.
        """
        distinct, which = np.unique(2 * keys + is_capital, return_inverse=True)
        pieces = [
            piece_of(key >> 1, _WITH_CAPITAL if key & 1 else _IN_LOWER_CASE) if key >= 0 else ""
            for key in distinct.tolist()
        ]
        verbs = np.array([piece.lower() == _PLURAL_PRONOUN for piece in pieces], bool)
        return self._strings.numbers(pieces)[which], verbs[which]

    def _first_absent(
        self,
        text: Positions,
        own: tuple[Positions, Positions],
        keys: tuple[Positions, Positions],
        tried: Callable[[int, int, int], str | None],
    ) -> Positions:
        """[C] of the words that are tried, the first that a text does not hold, and is not its own.

        Args:
            text: [C] the text.
            own: [C] words of its pair's edit, by number.
            keys: [C] numbers that say which words are tried.
            tried: The word of two such numbers that is tried at a time, or None behind the last.

        Returns:
            Numbers; `NOTHING` where there is none.
        """
        distinct, which = np.unique(keys[0] * self._num_words + keys[1], return_inverse=True)
        absent = np.full(len(text), NOTHING)
        left: Positions = np.arange(len(text))
        number_of = np.full(len(distinct), NOTHING)
        time = 0
        while len(left):
            for place in np.unique(which[left]).tolist():
                word = tried(*divmod(int(distinct[place]), self._num_words), time)
                number_of[place] = NOTHING if word is None else self._strings.number(word)
            number = number_of[which[left]]
            is_held = self._holds(text[left], number)
            is_held |= (number == own[0][left]) | (number == own[1][left])
            absent[left[~is_held]] = number[~is_held]
            left = left[is_held]
            time += 1
        return absent

    @functools.cached_property
    def _held(self) -> Positions:
        """The words of each text, as numbers that ascend."""
        return self._runs.text * self._num_words + self._runs.code

    def _holds(self, text: Positions, number: Positions) -> Mask:
        """Whether texts hold words."""
        is_word = (number >= 0) & (number < self._num_words)
        wanted = text * self._num_words + np.where(is_word, number, 0)
        place = np.minimum(np.searchsorted(self._held, wanted), len(self._held) - 1)
        return is_word & (self._held[place] == wanted)

    def _with_other(self, row: int, run: int, other: str) -> str:
        """An original with another word, or none, in all places of one."""
        text, spans = self._places.originals[row], self._places.spans(run)
        if not other:
            return remove(text, spans)
        return replace(text, [Match(*span, 0) for span in spans], [other] * len(spans))
