"""Draws the controls of thousands of pairs at once: the same that `ControlDrawer` draws of each.

Texts are read, the words that differ found and words drawn by operations on arrays over all pairs.
What is rare is left to the drawer, pair by pair: texts that are not plain (`plain_texts`), edits of
more words than controls can have, and controls that cannot be made at the first try.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np

from fairflip.text.ablation import remove
from fairflip.text.controls.draw import (
    MAX_EDITED_WORDS,
    NO_WORD_AS_FREQUENT,
    NO_WORD_EDITED,
    ControlDrawer,
    ControlEdit,
    Drawn,
)
from fairflip.text.controls.edited_words import EditedWord
from fairflip.text.controls.many_choices import (
    Choices,
    Choosing,
    ManyCandidates,
    Vocabulary,
    candidates_of,
)
from fairflip.text.controls.many_edits import NOTHING, ManyEdits, edits_of
from fairflip.text.controls.many_places import Places, is_plainly_replaced, leaves_no_trace
from fairflip.text.controls.plain_texts import (
    AT_ONCE,
    MOST_CHARACTERS,
    Positions,
    read_texts,
)
from fairflip.text.controls.same_group import SameGroupSwap
from fairflip.text.controls.word_runs import runs_of
from fairflip.text.matcher import Match
from fairflip.text.substitution import cased, replace

#: An original, its counterfactuals with a key each, and its ID: as `ControlDrawer.draw` takes them.
Row = tuple[str, Sequence[tuple[str, str]], str]

_PLURAL_PRONOUN = "they"  # with which verbs change


def draw_many(drawer: ControlDrawer, rows: Sequence[Row]) -> list[list[Drawn]]:
    """The controls of the pairs of some originals.

    Args:
        drawer: What knows the words of the run.
        rows: The originals.

    Returns:
        What `drawer.draw` returns for each.
    """
    drawn: list[list[Drawn]] = [[] for _ in rows]
    for numbers, block in _blocks(rows):
        for number, of_row in zip(numbers, _Block(drawer, block).drawn(), strict=True):
            drawn[number] += of_row
    return drawn


def _blocks(rows: Sequence[Row]) -> Iterator[tuple[list[int], list[Row]]]:
    """The rows in parts that are read together, with the numbers of the rows."""
    numbers: list[int] = []
    block: list[Row] = []
    num_pairs = num_characters = 0
    for number, (original, pairs, id) in enumerate(rows):
        rest = pairs
        while rest:
            # An original with more counterfactuals than that comes in several blocks.
            part, rest = rest[:AT_ONCE], rest[AT_ONCE:]
            numbers.append(number)
            block.append((original, part, id))
            num_pairs += len(part)
            num_characters += len(original) + sum(len(changed) for changed, _ in part)
            if num_pairs >= AT_ONCE or num_characters >= 4 * MOST_CHARACTERS:
                yield numbers, block
                numbers, block = [], []
                num_pairs = num_characters = 0
    if block:
        yield numbers, block


class _Block:
    """Pairs whose texts are read together."""

    def __init__(self, drawer: ControlDrawer, rows: Sequence[Row]):
        self._drawer, self._rows = drawer, rows
        self._originals = [original for original, _, _ in rows]
        self._changed = [changed for _, pairs, _ in rows for changed, _ in pairs]
        sizes = np.array([len(pairs) for _, pairs, _ in rows], np.int64)
        self._row = np.repeat(np.arange(len(rows)), sizes)
        self._row_list = self._row.tolist()
        self._ends = np.cumsum(sizes).tolist()
        self._keys = [key for _, pairs, _ in rows for _, key in pairs]
        self._texts = read_texts(self._originals + self._changed)
        self._runs = runs_of(self._texts, len(rows))
        self._run_of = _scattered(self._runs.places, self._runs.num_places)
        self._vocabulary = Vocabulary.of(drawer.known, self._texts.words)
        self._places = Places(self._originals, self._texts, self._runs)
        self._done: list[Drawn | None] = [None] * len(self._changed)

    def drawn(self) -> list[list[Drawn]]:
        """What is drawn for each of the rows."""
        is_plain = self._texts.is_plain[self._row] & self._texts.is_plain[len(self._rows) :]
        plain = np.flatnonzero(is_plain)
        if self._drawer.num_controls and len(plain):
            edits = edits_of(self._texts, self._row[plain], len(self._rows) + plain)
            edits = edits._replace(pair=plain[edits.pair])
            num_words = np.bincount(edits.pair, minlength=len(self._changed))
            for pair in plain[num_words[plain] == 0].tolist():
                self._done[pair] = Drawn((), (), NO_WORD_EDITED)
            drawer = self._drawer
            candidates = candidates_of(
                self._originals,
                self._texts,
                self._runs,
                self._vocabulary,
                drawer.capitals_are_names,
                drawer.phrases,
            )
            choosing = Choosing(candidates, self._vocabulary, drawer.num_controls, drawer.seed)
            for number in np.unique(num_words[edits.pair]).tolist():
                if number <= MAX_EDITED_WORDS and len(candidates.text):
                    is_so = num_words[edits.pair] == number
                    self._draw(choosing, ManyEdits(*(part[is_so] for part in edits)), number)
        self._draw_rest()
        starts = [0, *self._ends[:-1]]
        # None is left out: where one were None, what follows would go to another pair.
        done = cast("list[Drawn]", self._done)
        return [done[a:b] for a, b in zip(starts, self._ends, strict=True)]

    def _draw_rest(self) -> None:
        """Draws for the pairs that are left, one by one."""
        rest = [pair for pair, one in enumerate(self._done) if one is None]
        for row, group in itertools.groupby(rest, key=self._row_list.__getitem__):
            pairs = list(group)
            original, _, id = self._rows[row]
            keyed = [(self._changed[pair], self._keys[pair]) for pair in pairs]
            for pair, one in zip(pairs, self._drawer.draw(original, keyed, id), strict=True):
                self._done[pair] = one

    def _draw(self, choosing: Choosing, edits: ManyEdits, number: int) -> None:
        """Draws for pairs that edit so many words each."""
        texts = self._texts
        pairs = edits.pair[::number]
        text = self._row[edits.pair]
        begin = texts.firsts[text]
        position = (edits.place - begin) / (texts.firsts[text + 1] - begin)
        ids = [self._rows[row][2] for row in self._row[pairs].tolist()]
        keys = self._keys
        names = [
            choosing.name(id, keys[pair]) for id, pair in zip(ids, pairs.tolist(), strict=True)
        ]
        choices = choosing.choose(edits, position, text, names)
        words = [*texts.words, ""]  # NOTHING is the last
        made = [
            EditedWord(words[word], words[replacement], num_places, place)
            for word, replacement, num_places, place in zip(
                edits.word.tolist(),
                edits.replacement.tolist(),
                edits.num_places.tolist(),
                position.tolist(),
                strict=True,
            )
        ]
        if number == 1:
            self._draw_single(choosing.candidates, choices, edits, made)
            return
        candidates = choosing.candidates
        drawn_codes = candidates.code[choices.candidate]
        for row, pair in enumerate(pairs.tolist()):
            if choices.is_open[row]:
                continue
            own_edits = tuple(made[row * number : (row + 1) * number])
            self._done[pair] = self._of_several(
                pair,
                own_edits,
                [
                    [words[code] for code in codes]
                    for codes, places in zip(
                        drawn_codes[row].tolist(), choices.candidate[row].tolist(), strict=True
                    )
                    if places[0] != NOTHING
                ],
                bool(choices.no_word[row]),
            )

    def _of_several(
        self,
        pair: int,
        edits: tuple[EditedWord, ...],
        words_of_controls: Sequence[Sequence[str]],
        no_word: bool,
    ) -> Drawn | None:
        """What is drawn for a pair of several edited words; None where that takes another try."""
        reading = self._places.text(self._row_list[pair])
        same_group = self._drawer.same_group.swap(reading, edits)
        if no_word:
            return Drawn(edits, (), NO_WORD_AS_FREQUENT, same_group)
        own = {word for edit in edits for word in (edit.word, edit.replacement)}
        controls = []
        for words in words_of_controls:
            made = self._drawer.edited(reading, edits, words, own)
            if not isinstance(made, ControlEdit):
                return None
            controls.append(made)
        return Drawn(edits, tuple(controls), "", same_group)

    def _draw_single(
        self,
        candidates: ManyCandidates,
        choices: Choices,
        edits: ManyEdits,
        made: Sequence[EditedWord],
    ) -> None:
        """Draws for pairs that edit one word each."""
        texts, runs, octave = self._texts, self._runs, self._vocabulary.octave
        drawn = choices.candidate[:, :, 0]
        run = candidates.run[drawn]
        first, code = runs.first[run], candidates.code[drawn]
        text = self._row[edits.pair]
        is_removed = edits.replacement == NOTHING
        is_plain = candidates.num_places[drawn] == 1
        of_text = np.repeat(text[:, None], drawn.shape[1], axis=1)
        is_plain &= np.where(
            is_removed[:, None],
            leaves_no_trace(texts, first, of_text),
            is_plainly_replaced(texts, first, of_text),
        )
        begin = texts.starts[text]
        own_run = self._run_of[edits.place]
        in_same_group = ~is_removed & (runs.num_places[own_run] == edits.num_places)
        # Articles are compared as one word, and counted as two.
        is_open = choices.is_open | (texts.codes[edits.place] != edits.word)
        columns = (
            edits.pair,
            text,
            is_open,
            drawn,
            is_plain,
            run,
            code,
            texts.word_starts[first] - begin[:, None],
            texts.word_ends[first] - begin[:, None],
            np.abs(octave[edits.word][:, None] - octave[code]),
            in_same_group,
            (edits.num_places == 1) & is_plainly_replaced(texts, edits.place, text),
            texts.word_starts[edits.place] - begin,
            texts.word_ends[edits.place] - begin,
        )
        others_of = self._drawer.same_group.others
        for edit, pair, row, open, *of_controls, swaps, plain, start, end in zip(
            made, *(column.tolist() for column in columns), strict=True
        ):
            if open:
                continue
            controls = self._single_controls(edit, row, zip(*of_controls, strict=True))
            if controls is None:
                continue
            shortage = "" if len(controls) == drawn.shape[1] else NO_WORD_AS_FREQUENT
            same_group = None
            if swaps and others_of(edit.word, edit.replacement):
                same_group = self._same_group(edit, row, (start, end) if plain else None)
            self._done[pair] = Drawn((edit,), tuple(controls), shortage, same_group)

    def _single_controls(
        self,
        edit: EditedWord,
        row: int,
        drawn: Iterator[tuple[int, bool, int, int, int, int, float]],
    ) -> list[ControlEdit] | None:
        """The controls of a pair of one edited word; None where that takes another try.

        Args:
            edit: What the pair does.
            row: The original.
            drawn: For each control: `NOTHING` where there is none, whether its word is plain, its
                run, its code, where it stands first, and how far its frequency is off.
        """
        text, words = self._originals[row], self._texts.words
        first_absent, words_for = self._places.first_absent, self._drawer.replacements.words_for
        own, term = edit[:2], edit.replacement
        controls = []
        for candidate, is_plain, run, code, start, end, off in drawn:
            if candidate == NOTHING:
                break
            word, other = words[code], ""
            if term:
                # As the new term stands for the old one.
                other = first_absent(row, words_for(word, term), own)
                if not other:
                    return None
            if is_plain and other != _PLURAL_PRONOUN:
                if other:
                    result = f"{text[:start]}{other.lower()}{text[end:]}"
                else:
                    result = text[:start] + text[end + 1 :]
            else:
                result = self._with_other(row, run, other)
                if not result or result.isspace():
                    return None
            controls.append(ControlEdit(result, (word,), (other,), off))
        return controls

    def _with_other(self, row: int, run: int, other: str) -> str:
        """An original with another word, or none, in all places of one."""
        text, spans = self._originals[row], self._places.spans(run)
        if not other:
            return remove(text, spans)
        return replace(text, [Match(*span, 0) for span in spans], [other] * len(spans))

    def _same_group(
        self, edit: EditedWord, row: int, plain: tuple[int, int] | None
    ) -> SameGroupSwap | None:
        """The same-group swap of a pair of one edited word.

        Args:
            edit: What the pair does.
            row: The original.
            plain: Where the word stands, if it is plainly replaced; else None.
        """
        swaps = self._drawer.same_group
        if plain is not None:
            own = edit.word, edit.replacement
            other = self._places.first_absent(row, swaps.others(*own), own)
            if not other:
                return None
            new = _in_lower_case(edit.word, swaps.listed(other), swaps.listed(edit.word))
            if new != _PLURAL_PRONOUN:
                text, (start, end) = self._originals[row], plain
                return SameGroupSwap(f"{text[:start]}{new}{text[end:]}", (edit.word,), (other,))
        return swaps.swap(self._places.text(row), [edit])


@functools.lru_cache(maxsize=20_000)
def _in_lower_case(old: str, new: str, listed: str) -> str:
    """A term in the place of another that stands in lower case."""
    return cased(old, new, listed, False, False)


def _scattered(places: Positions, sizes: Positions) -> Positions:
    """For each of some places, which group it belongs to, of groups one behind the other."""
    group = np.empty(len(places), np.int64)
    group[places] = np.repeat(np.arange(len(sizes)), sizes)
    return group
