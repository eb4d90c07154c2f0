"""Draws words for the edited words of thousands of pairs: what `draw` does, by arrays.

Weights, chances and the order of words are those of drawing one by one. Sums of weights are made
over many pairs, so that they differ in their last bits: where a chance falls that close to the
edge of a word, the pair is left to who draws one by one, and nothing hangs on those bits.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.text.controls.candidates import OTHER_CLASS, OTHER_THIRD, Known, Phrases
from fairflip.text.controls.many_edits import NOTHING, ManyEdits, expanded
from fairflip.text.controls.plain_texts import Codes, Mask, PlainTexts, Positions
from fairflip.text.controls.reading import name_of_chances
from fairflip.text.controls.word_runs import (
    WordRuns,
    are_names,
    num_capitals,
    stands_alone,
)
from fairflip.text.matcher import words_of

Floats = npt.NDArray[np.float64]

#: Numbers of a digest: an edit of as many words takes one of each control.
_NUMBERS = 8


class Vocabulary(NamedTuple):
    """What `candidates.About` tells, of V words."""

    octave: Floats
    is_function: Mask
    may_be_edited: Mask

    @classmethod
    def of(cls, known: Known, words: Sequence[str]) -> Vocabulary:
        """Of some words, at least one."""
        octaves, functions, usable = zip(*[known[word] for word in words], strict=True)
        return cls(np.array(octaves), np.array(functions, bool), np.array(usable, bool))


class ManyCandidates(NamedTuple):
    """C words that may be edited: those of a text together, in their order.

    Attributes:
        text: [C] the text.
        run: [C] which of the `WordRuns` it is.
        code: [C] the word.
        num_places: [C] how often it occurs there.
        third: [C] of the text.
    """

    text: Positions
    run: Positions
    code: Codes
    num_places: Positions
    third: Positions


def candidates_of(
    originals: Sequence[str],
    texts: PlainTexts,
    runs: WordRuns,
    vocabulary: Vocabulary,
    capitals_are_names: bool,
    phrases: Phrases | None,
) -> ManyCandidates:
    """The words of originals that may be edited: those of `candidates.Candidates`.

    Args:
        originals: [T] the texts.
        texts: Begins with them.
        runs: Their words.
        vocabulary: What is known of the words of `texts`.
        capitals_are_names: Whether a capital inside a sentence makes a name.
        phrases: What tells the words of listed terms of several words.
    """
    num_words = len(runs.places)
    alone = stands_alone(texts, num_words)
    usable = vocabulary.may_be_edited[runs.code] & (runs.total(alone) == runs.num_places)
    if capitals_are_names:
        is_loud = np.array([text.isupper() for text in originals], bool)
        names = are_names(texts, num_words, alone, num_capitals(texts, num_words), is_loud)
        usable &= runs.total(names) == 0
    if phrases is not None:
        _bar_phrases(phrases, originals, texts, runs, usable)
    # In the order of the texts.
    run_at = np.full(num_words, NOTHING, np.int64)
    rows = np.flatnonzero(usable)
    run_at[runs.first[rows]] = rows
    run = run_at[run_at != NOTHING]
    text = runs.text[run]
    begin = texts.firsts[text]
    third = 3 * (runs.first[run] - begin) // (texts.firsts[text + 1] - begin)
    return ManyCandidates(text, run, runs.code[run], runs.num_places[run], third)


def _bar_phrases(
    phrases: Phrases, originals: Sequence[str], texts: PlainTexts, runs: WordRuns, usable: Mask
) -> None:
    """Takes the words of listed terms of several words out of those that may be edited."""
    begins = phrases.may_begin(texts)[: len(runs.places)]
    rows = np.searchsorted(texts.firsts, np.flatnonzero(begins), side="right") - 1
    for row in np.unique(rows).tolist():
        barred = phrases.words_in(words_of(originals[row]))
        first, last = np.searchsorted(runs.text, [row, row + 1])
        for run in range(first, last):
            usable[run] &= texts.words[runs.code[run]] not in barred


class Choices(NamedTuple):
    """Draws for P pairs of K edited words each.

    Attributes:
        candidate: [P, N, K] of each control the words drawn, `NOTHING` behind the last control.
        no_word: [P] whether there is no word at all for one of the edited ones.
        is_open: [P] whether the pair must be drawn by itself.
    """

    candidate: Positions
    no_word: Mask
    is_open: Mask


class Choosing:
    """Chooses words of texts for edited ones."""

    def __init__(
        self, candidates: ManyCandidates, vocabulary: Vocabulary, num_controls: int, seed: int
    ):
        """Takes the candidates of the texts, what is known of words, and how to draw."""
        self.candidates, self._vocabulary = candidates, vocabulary
        self._num_controls, self._seed = num_controls, seed
        # Words of content first, then function words, then the other way round.
        is_function = vocabulary.is_function[candidates.code]
        keys = (candidates.text << 1) | is_function
        bits, number = len(keys).bit_length(), np.arange(len(keys))
        orders = [np.sort((key << bits) | number) for key in (keys, keys ^ 1)]
        self._order = np.concatenate(orders) & ((1 << bits) - 1)
        self._by_count: dict[int, tuple[Positions, Positions]] = {}

    def _of_count(self, count: int) -> tuple[Positions, Positions]:
        """Candidates that occur so often, in both orders, with what each is found by."""
        if count not in self._by_count:
            number = len(self.candidates.text)
            is_so = self.candidates.num_places[self._order] == count
            order = self._order[is_so]
            half = int(np.count_nonzero(is_so[:number]))
            text = self.candidates.text[order]
            text[half:] += _BEHIND
            self._by_count[count] = order, text
        return self._by_count[count]

    def _options(self, edits: ManyEdits, text: Positions) -> tuple[Positions, Positions]:
        """For the edited words of some texts: the edit, and the candidate, of each option."""
        is_function = self._vocabulary.is_function[edits.word]
        key = text + _BEHIND * is_function
        start, end = np.zeros(len(key), np.int64), np.zeros(len(key), np.int64)
        tables, behind = [], 0
        for count in np.unique(edits.num_places).tolist():
            rows = np.flatnonzero(edits.num_places == count)
            order, texts = self._of_count(count)
            start[rows] = behind + np.searchsorted(texts, key[rows])
            end[rows] = behind + np.searchsorted(texts, key[rows], side="right")
            tables.append(order)
            behind += len(order)
        edit, number = expanded(end - start)
        return edit, np.concatenate(tables)[start[edit] + number]

    def choose(
        self, edits: ManyEdits, position: Floats, text: Positions, names: Sequence[bytes]
    ) -> Choices:
        """Draws for pairs that edit K words each.

        Args:
            edits: [P * K], those of a pair together.
            position: [P * K] of each in its text, in [0, 1).
            text: [P * K] the original of each.
            names: [P] what the chances of each pair hang on.
        """
        num_pairs = len(names)
        num_words = len(edits.word) // num_pairs
        edit, candidate = self._options(edits, text)
        known, code = self._vocabulary, self.candidates.code[candidate]
        pair = edit // num_words
        is_usable = np.ones(len(edit), bool)
        for own in (edits.word, edits.replacement):
            for words in own.reshape(num_pairs, num_words).T:
                is_usable &= code != words[pair]
        # A function word is compared with function words wherever there is one.
        is_function, alike = known.is_function[edits.word], known.is_function[code]
        are_functions = _counts(edit, is_usable & alike, len(edits.word)) > 0
        is_usable &= alike | ~(is_function & are_functions)[edit]

        off = known.octave[code] - known.octave[edits.word][edit]
        exponent = 0.5 * off * off
        exponent[alike != is_function[edit]] += OTHER_CLASS
        third = (3 * position).astype(np.int64)
        exponent[self.candidates.third[candidate] != third[edit]] += OTHER_THIRD
        usable = np.flatnonzero(is_usable)
        options = _Options.of(
            edit[usable], candidate[usable], code[usable], exponent[usable], len(third)
        )
        no_word = (np.diff(options.ends) == 0).reshape(num_pairs, num_words).any(axis=1)

        chosen = np.full((num_pairs, self._num_controls, num_words), NOTHING, np.int64)
        is_open = np.zeros(num_pairs, bool)
        is_done = no_word.copy()
        drawn: list[Codes] = []
        for number in range(self._num_controls):
            chances = self._chances(names, number, num_words)
            codes = np.full((num_pairs, num_words), NOTHING, np.int32)
            for rank in range(num_words):
                barred = [codes[:, earlier] for earlier in range(rank)]
                if rank == num_words - 1:
                    barred += [_left(earlier, codes[:, :rank]) for earlier in drawn]
                rows = np.arange(rank, num_pairs * num_words, num_words)
                place, is_sure = options.drawn(rows, chances[:, rank], barred)
                is_drawn = place != NOTHING
                # Words drawn before may leave none here, and another try others.
                is_open |= ~is_done & ((is_drawn & ~is_sure) | (~is_drawn & (num_words > 1)))
                is_done |= ~is_drawn
                codes[is_drawn, rank] = options.code[place[is_drawn]]
                chosen[is_drawn, number, rank] = options.candidate[place[is_drawn]]
            chosen[is_done, number] = NOTHING
            drawn.append(codes)
        return Choices(chosen, no_word, is_open)

    def _chances(self, names: Sequence[bytes], number: int, num_words: int) -> Floats:
        """[P, K] uniform numbers: those of `reading.chances`."""
        if num_words > _NUMBERS:
            raise ValueError(f"{num_words} words are more than {_NUMBERS}")
        end, blake2b = name_of_chances(str(number)) + b"0", hashlib.blake2b
        digests = b"".join([blake2b(name + end, digest_size=64).digest() for name in names])
        numbers = np.frombuffer(digests, "<u8").reshape(len(names), _NUMBERS)[:, :num_words]
        return (numbers >> np.uint64(11)) * 2.0**-53

    def name(self, original_id: str, key: str) -> bytes:
        """What the chances of a pair hang on."""
        # As `name_of_chances` of all three.
        return f"{self._seed}\0{original_id}\0{key}\0".encode("utf-8", "surrogatepass")


# Beyond all numbers of texts.
_BEHIND = 1 << 40


class _Options(NamedTuple):
    """The words that stand for E edited ones: those of one together."""

    edit: Positions
    candidate: Positions
    code: Codes
    weight: Floats  # beside that of the likeliest
    ends: Positions  # [E + 1] 0, and where those of each edited word end

    @classmethod
    def of(
        cls,
        edit: Positions,
        candidate: Positions,
        code: Codes,
        exponent: Floats,
        num_edits: int,
    ) -> _Options:
        ends = np.zeros(num_edits + 1, np.int64)
        np.cumsum(np.bincount(edit, minlength=num_edits), out=ends[1:])
        least = np.zeros(num_edits)
        some = np.flatnonzero(np.diff(ends))
        if len(some):
            least[some] = np.minimum.reduceat(exponent, ends[some])
        return cls(edit, candidate, code, np.exp(least[edit] - exponent), ends)

    def drawn(
        self, rows: Positions, chance: Floats, barred: Sequence[Codes]
    ) -> tuple[Positions, Mask]:
        """The option that each of some edited words draws, and whether that is sure.

        Args:
            rows: [P] the edited words.
            chance: [P] for each a number in [0, 1).
            barred: Words [P] that may not be drawn.

        Returns:
            [P] options, `NOTHING` where none is left.
        """
        starts, ends = self.ends[rows], self.ends[rows + 1]
        row, number = expanded(ends - starts)
        options = starts[row] + number
        weight = self.weight[options]
        is_left = np.ones(len(options), bool)
        if barred:
            code = self.code[options]
            for words in barred:
                is_left &= code != words[row]
            weight = np.where(is_left, weight, 0.0)
        if not len(weight):
            return np.full(len(rows), NOTHING, np.int64), np.ones(len(rows), bool)
        sums = np.zeros(len(weight) + 1)
        np.cumsum(weight, out=sums[1:])
        last = np.cumsum(ends - starts)
        first = last - (ends - starts)
        target = sums[first] + chance * (sums[last] - sums[first])
        place = np.searchsorted(sums, target, side="right") - 1
        place = np.clip(place, first, np.maximum(last - 1, first))
        some = _counts(row, is_left, len(rows)) > 0
        inside = np.minimum(place, len(weight) - 1)
        # More than rounding may do to sums of so many weights of at most 1.
        edge = len(weight) * sums[-1] * 2.0**-50
        is_sure = (target - sums[inside] > edge) & (sums[inside + 1] - target > edge)
        return np.where(some, options[inside], NOTHING), is_sure


def _counts(group: Positions, flags: Mask, number: int) -> Positions:
    """[number] how many flags of each group are set."""
    return np.bincount(group[flags], minlength=number)


def _left(earlier: Codes, chosen: Codes) -> Codes:
    """[P] the one word of an earlier control that is not among those chosen; else `NOTHING`."""
    if not chosen.shape[1]:
        return earlier[:, 0]
    is_new = (earlier[:, :, None] != chosen[:, None, :]).all(axis=2) & (earlier != NOTHING)
    word = earlier[np.arange(len(earlier)), is_new.argmax(axis=1)]
    return np.where(is_new.sum(axis=1) == 1, word, np.int32(NOTHING))
