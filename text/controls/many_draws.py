"""Draws the controls of thousands of pairs at once: the same that `ControlDrawer` draws of each.

Texts are read, the words that differ found, words drawn and controls written by operations on
arrays over all pairs. What is rare is left to the drawer, pair by pair: texts that are not plain
(`plain_texts`), edits of more words than controls can have, and controls that cannot be made at
the first try.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from fairflip.text.columns.spliced import spliced
from fairflip.text.columns.strings import Lists, Strings
from fairflip.text.controls.draw import (
    MAX_EDITED_WORDS,
    NO_WORD_AS_FREQUENT,
    NO_WORD_EDITED,
    ControlDrawer,
    ControlEdit,
    Drawn,
    DrawnColumns,
    EditColumns,
)
from fairflip.text.controls.edited_words import EditedWord, edit_key
from fairflip.text.controls.many_choices import Choices, Choosing, Vocabulary, candidates_of
from fairflip.text.controls.many_edits import NOTHING, ManyEdits, edits_of
from fairflip.text.controls.many_places import Places
from fairflip.text.controls.plain_texts import (
    AT_ONCE,
    MOST_CHARACTERS,
    Codes,
    Positions,
    bytes_before,
    read_texts,
)
from fairflip.text.controls.same_group import SameGroupSwap
from fairflip.text.controls.single_words import SingleEdits, SingleWords
from fairflip.text.controls.word_runs import runs_of

#: An original, its counterfactuals with a key each, and its ID: as `ControlDrawer.draw` takes them.
Row = tuple[str, Sequence[tuple[str, str]], str]


def draw_many(drawer: ControlDrawer, rows: Sequence[Row]) -> DrawnColumns:
    """The controls of the pairs of some originals.

    Args:
        drawer: What knows the words of the run.
        rows: The originals.

    Returns:
        What `drawer.draw` returns for the pairs of all, one row behind the other.
    """
    blocks = [_Block(drawer, block).drawn() for block in _blocks(rows)]
    return DrawnColumns.joined(blocks) if blocks else DrawnColumns.of([])


def _blocks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """The rows in parts that are read together."""
    block: list[Row] = []
    num_pairs = num_characters = 0
    for original, pairs, id in rows:
        rest = pairs
        while rest:
            # An original with more counterfactuals than that comes in several blocks.
            part, rest = rest[:AT_ONCE], rest[AT_ONCE:]
            block.append((original, part, id))
            num_pairs += len(part)
            num_characters += len(original) + sum([len(changed) for changed, _ in part])
            if num_pairs >= AT_ONCE or num_characters >= 4 * MOST_CHARACTERS:
                yield block
                block = []
                num_pairs = num_characters = 0
    if block:
        yield block


class _Block:
    """Pairs whose texts are read together."""

    def __init__(self, drawer: ControlDrawer, rows: Sequence[Row]):
        self._drawer, self._rows = drawer, rows
        self._originals = [original for original, _, _ in rows]
        self._changed = [changed for _, pairs, _ in rows for changed, _ in pairs]
        sizes = np.array([len(pairs) for _, pairs, _ in rows], np.int64)
        self._row = np.repeat(np.arange(len(rows)), sizes)
        self._keys = [key for _, pairs, _ in rows for _, key in pairs]
        self._texts = read_texts(self._originals + self._changed)
        self._runs = runs_of(self._texts, len(rows))
        self._run_of = _scattered(self._runs.places, self._runs.num_places)
        self._vocabulary = Vocabulary.of(drawer.known, self._texts.words)
        self._places = Places(self._originals, self._texts, self._runs)
        self._strings = Strings(self._texts.words)
        # Pairs that are drawn one by one, and the words of the others.
        self._done: dict[int, Drawn] = {}
        self._singles: list[tuple[SingleEdits, SingleEdits]] = []
        self._edits: list[tuple[Positions, Codes, Positions]] = []
        self._is_short = np.zeros(len(self._changed), bool)

    def drawn(self) -> DrawnColumns:
        """What is drawn for each of the pairs."""
        is_plain = self._texts.is_plain[self._row] & self._texts.is_plain[len(self._rows) :]
        plain = np.flatnonzero(is_plain)
        is_left = np.ones(len(self._changed), bool)
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
                    self._draw(choosing, edits.take(is_so), number)
            for pairs, *_ in self._edits:
                is_left[pairs] = False
        is_left[list(self._done)] = False
        self._draw_rest(np.flatnonzero(is_left).tolist())
        return self._columns()

    def _draw_rest(self, rest: Sequence[int]) -> None:
        """Draws for the pairs that are left, one by one."""
        for row, group in itertools.groupby(rest, key=self._row.__getitem__):
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
        if number == 1:
            self._draw_single(choosing, choices, edits)
            return
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
        drawn_codes = choosing.candidates.code[choices.candidate]
        for row, pair in enumerate(pairs.tolist()):
            if choices.is_open[row]:
                continue
            own_edits = tuple(made[row * number : (row + 1) * number])
            one = self._of_several(
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
            if one is not None:
                self._done[pair] = one

    def _of_several(
        self,
        pair: int,
        edits: tuple[EditedWord, ...],
        words_of_controls: Sequence[Sequence[str]],
        no_word: bool,
    ) -> Drawn | None:
        """What is drawn for a pair of several edited words; None where that takes another try."""
        reading = self._places.text(int(self._row[pair]))
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

    def _draw_single(self, choosing: Choosing, choices: Choices, edits: ManyEdits) -> None:
        """Draws for pairs that edit one word each."""
        row, strings = self._row[edits.pair], self._strings
        candidates, octave = choosing.candidates, self._vocabulary.octave
        words = SingleWords(self._drawer, self._texts, self._runs, self._places, strings)
        controls, is_open = words.controls(edits, row, candidates, choices, octave)
        edits = edits.take(~is_open)
        row, num_controls = row[~is_open], np.bincount(controls.pair, minlength=len(self._row))
        swaps = words.same_group(edits, row, self._runs.num_places[self._run_of[edits.place]])
        self._singles.append((controls, swaps))
        self._is_short[edits.pair] = num_controls[edits.pair] < self._drawer.num_controls
        # What was done, of each pair of words that there is.
        both = edits.word.astype(np.int64) * (len(self._texts.words) + 1) + edits.replacement + 1
        _, first, which = np.unique(both, return_index=True, return_inverse=True)
        known = [*self._texts.words, ""]
        keys = [
            edit_key(known[word], known[other])
            for word, other in zip(edits.word[first], edits.replacement[first], strict=True)
        ]
        self._edits.append((edits.pair, edits.word, strings.numbers(keys)[which]))

    def _columns(self) -> DrawnColumns:
        """All that is drawn, those of single words and others in the order of the pairs."""
        done = sorted(self._done.items())
        controls = [(pair, control) for pair, one in done for control in one.controls]
        swaps = [(pair, one.same_group) for pair, one in done if one.same_group is not None]
        of_controls, of_swaps = zip(*self._singles, strict=True) if self._singles else ((), ())
        edited = Lists(self._strings)
        keys = Lists(self._strings)
        for pairs, words, done_to in self._edits:
            edited.add_single(pairs, words)
            keys.add_single(pairs, done_to)
        edited.add([(pair, [edit.word for edit in one.edits]) for pair, one in done])
        keys.add([(pair, [edit.key for edit in one.edits]) for pair, one in done])
        shortages = [NO_WORD_AS_FREQUENT if short else "" for short in self._is_short.tolist()]
        for pair, one in done:
            shortages[pair] = one.shortage
        return DrawnColumns(
            edited.column(),
            keys.column(),
            shortages,
            self._edit_columns(of_controls, controls),
            self._edit_columns(of_swaps, swaps),
        )

    def _edit_columns(
        self,
        singles: Sequence[SingleEdits],
        others: Sequence[tuple[int, ControlEdit | SameGroupSwap]],
    ) -> EditColumns:
        """Edits of single words and others as columns."""
        strings, num_singles = self._strings, sum(len(one.pair) for one in singles)
        other_pairs = np.array([pair for pair, _ in others], np.int64)
        pieces = strings.added([edit.text for _, edit in others])
        whole = np.ones(len(others), bool)
        off = np.array([getattr(edit, "octaves_off", 0.0) for _, edit in others], np.float64)
        rows = self._row[other_pairs]
        # Words of more than one are lists of their own below.
        nothing = np.zeros(len(others), np.int64)
        listed = SingleEdits(
            other_pairs, rows, nothing, nothing, pieces, whole, nothing, nothing, off
        )
        edits = SingleEdits(
            *(np.concatenate(parts) for parts in zip(*singles, listed, strict=True))
        )
        words, replacements = Lists(strings), Lists(strings)
        for lists, numbers in ((words, edits.word), (replacements, edits.replacement)):
            lists.add_single(np.arange(num_singles), numbers[:num_singles])
        words.add([(num_singles + at, edit.words) for at, (_, edit) in enumerate(others)])
        replacements.add(
            [(num_singles + at, edit.replacements) for at, (_, edit) in enumerate(others)]
        )
        order = np.argsort(edits.pair, kind="stable")
        edits = edits.take(order)
        sizes = np.diff(np.frombuffer(self._utf8.buffers()[1], np.int32, len(self._utf8) + 1))
        start, end = bytes_before(self._texts, edits.row, edits.start, edits.end)
        text = spliced(
            self._utf8,
            edits.row,
            np.where(edits.is_whole, 0, start),
            np.where(edits.is_whole, sizes[edits.row], end),
            strings.column,
            edits.piece,
        )
        return EditColumns(
            edits.pair,
            text,
            words.column(order),
            replacements.column(order),
            edits.octaves_off,
        )

    @functools.cached_property
    def _utf8(self) -> pa.StringArray:
        """The originals."""
        return pa.array(self._originals, pa.string())


def _scattered(places: Positions, sizes: Positions) -> Positions:
    """For each of some places, which group it belongs to, of groups one behind the other."""
    group = np.empty(len(places), np.int64)
    group[places] = np.repeat(np.arange(len(sizes)), sizes)
    return group
