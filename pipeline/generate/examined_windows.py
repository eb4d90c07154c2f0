"""Examines a batch of pairs by what differs in each: what is alike is looked at once.

Texts stay in Arrow's buffers. Of each pair the words that differ are found, with some on either
side (`changed_windows`); pairs with one key (`window_keys`) are examined once; and a pair of which
its window does not say all is left to who reads the whole texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.text.doubts.changed_windows import Texts, changed_windows
from fairflip.text.doubts.pair_doubts import FEW_WORDS, UNITS_OF_AGE, PairDoubts, Window
from fairflip.text.doubts.window_keys import (
    END,
    Keys,
    is_plain,
    with_numbers_told_apart,
    word_sums,
)
from fairflip.text.matcher import has_words_without_spaces

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_END = pa.scalar(bytes([END]), pa.binary())
_MOST_KEPT = 50_000
# Of longer texts words are told sooner than letters.
_SHORT = 48
_SPACES = np.zeros(256, bool)
_SPACES[[9, 10, 11, 12, 13, 28, 29, 30, 31, 32]] = True
_DIGITS = np.zeros(256, bool)
_DIGITS[48:58] = True
_LETTERS = np.zeros(256, bool)
_LETTERS[[*range(65, 91), *range(97, 123)]] = True


class SeenOriginals(NamedTuple):
    """What the texts of N originals say by themselves: [N] each."""

    num_words: Counts
    is_english: Mask
    is_unspaced: Mask  # whether it holds a letter of a script without spaces between words
    is_first: Mask  # whether another text stands before


class SeenWindows(NamedTuple):
    """What the windows of N pairs say: [N] each, but `outcomes`."""

    outcomes: list[Window]
    outcome_of: Counts  # among them; -1 where the whole texts must be read
    word_sums: npt.NDArray[np.uint64]  # alike where two counterfactuals of a text have its words


def texts_of(column: pa.Array) -> Texts:
    """Strings without nulls as they stand in memory."""
    _, offsets, data = column.buffers()
    if not len(column):
        return Texts(np.zeros(0, np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    characters = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    places = ends.astype(np.int64) - ends[0]
    return Texts(characters[ends[0] : ends[-1]], places[:-1], places[1:])


def is_other(values: pa.Array) -> Mask:
    """Of each of N strings, whether it is not that of the row before; two nulls are alike."""
    other = np.ones(len(values), bool)
    if len(values) > 1:
        one, before = values.slice(1), values.slice(0, len(values) - 1)
        same = pc.fill_null(pc.equal(one, before), False)
        if values.null_count:
            same = pc.or_(same, pc.and_(one.is_null(), before.is_null()))
        other[1:] = ~same.to_numpy(zero_copy_only=False)
    return other


def see_originals(originals: pa.Array, examiner: PairDoubts) -> SeenOriginals:
    """Counts words and tells the language; a text that comes again at once is read once.

    Args:
        originals: [N] strings, no null.
        examiner: What tells whether a text is English.
    """
    is_first = is_other(originals)
    distinct = originals
    if not is_first.all():
        distinct = originals.take(pa.array(np.flatnonzero(is_first)))
    num_words, most_tokens, is_counted = _counted(texts_of(distinct))
    is_english, is_unspaced = np.ones(len(distinct), bool), np.zeros(len(distinct), bool)
    is_counted &= most_tokens < FEW_WORDS
    others = np.flatnonzero(~is_counted)
    if len(others):
        read = distinct if len(others) == len(distinct) else distinct.take(pa.array(others))
        num_words[others], is_english[others] = _read(read, examiner)
        is_unspaced[others] = _unspaced(read)
    if examiner.language:
        is_english[:] = examiner.language == "en"
    text_of = np.cumsum(is_first) - 1
    return SeenOriginals(num_words[text_of], is_english[text_of], is_unspaced[text_of], is_first)


def _counted(texts: Texts) -> tuple[Counts, Counts, Mask]:
    """Of texts: words between spaces, tokens at most, and whether that was counted: short ASCII."""
    sizes = texts.ends - texts.starts
    is_counted = sizes <= _SHORT
    if not is_counted.any() or not len(texts.data):
        nothing = np.zeros(len(sizes), np.int64)
        return nothing, nothing.copy(), is_counted
    data = texts.data
    foreign = np.flatnonzero(data >= 128)
    is_counted[np.searchsorted(texts.starts, foreign, side="right") - 1] = False
    begins = np.zeros(len(data) + 1, bool)
    begins[texts.starts] = True
    begins = begins[:-1]

    def num_runs(of: Mask) -> Counts:
        inside = of[data]
        starts = inside.copy()
        starts[1:] &= ~inside[:-1] | begins[1:]
        total = np.concatenate(([0], np.cumsum(starts)))
        return total[texts.ends] - total[texts.starts]

    return num_runs(~_SPACES), num_runs(_LETTERS) + num_runs(_DIGITS), is_counted


def _read(texts: pa.Array, examiner: PairDoubts) -> tuple[Counts, Mask]:
    """Of each text the number of words between spaces, and whether it is English."""
    # The same white space as Python's, and an empty word where it begins or ends a text.
    is_plain_text = _knows_ascii_spaces(texts_of(texts).data)
    split = pc.ascii_split_whitespace if is_plain_text else pc.utf8_split_whitespace
    words = split(texts)
    encoded = words.values.dictionary_encode()
    places, distinct = encoded.indices.to_numpy(), encoded.dictionary
    starts = words.offsets.to_numpy()
    # Each text has a word at least, if an empty one.
    counts = np.add.reduceat(examiner.counts_of(distinct.to_pylist())[places], starts[:-1])
    is_word = pc.not_equal(distinct, "").to_numpy(zero_copy_only=False)[places]
    num_words = np.add.reduceat(is_word, starts[:-1], dtype=np.int64)
    return num_words, examiner.are_english(counts)


def _knows_ascii_spaces(data: npt.NDArray[np.uint8]) -> bool:
    """Whether ASCII with no separators of files or records, which are no space to that splitter."""
    # Two passes over bytes and that splitter take two thirds of the time of the other one.
    is_ascii = int(data.max(initial=0)) < 128
    return is_ascii and not bool((data - np.uint8(28) < 4).any())


def _unspaced(texts: pa.Array) -> Mask:
    """Whether each text holds a letter of a script without spaces."""
    unspaced = np.zeros(len(texts), bool)
    foreign = np.flatnonzero(~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False))
    for row, text in zip(foreign.tolist(), texts.take(pa.array(foreign)).to_pylist(), strict=True):
        unspaced[row] = has_words_without_spaces(text)
    return unspaced


def see_windows(
    originals: pa.Array,
    counterfactuals: pa.Array,
    named: Sequence[Sequence[str]] | None,
    seen: SeenOriginals,
    examiner: PairDoubts,
) -> SeenWindows:
    """Examines pairs of texts by what differs.

    Args:
        originals: [N] strings, no null.
        counterfactuals: [N] likewise.
        named: [N] the terms that each pair names; None: none does.
        seen: What the originals say by themselves.
        examiner: What looks at what is not known yet.
    """
    num_pairs = len(originals)
    outcome_of = np.full(num_pairs, -1)
    sums = np.zeros(num_pairs, np.uint64)
    old, new = texts_of(originals), texts_of(counterfactuals)
    places = changed_windows(old, new)
    parts = [
        _spans(old.data, places.old_starts, places.old_ends),
        _spans(new.data, places.new_starts, places.new_ends),
    ]
    if named is not None:
        # Words of all of them are looked up together, so that they may stand in one text.
        one_text = [" ".join(" ".join(words).split()).encode() for words in named]
        parts.append(pa.array(one_text, pa.binary()))
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary()), _END)
    rows = np.flatnonzero(is_plain(_keys(joined), len(parts)) & ~seen.is_unspaced)
    if not len(rows):
        return SeenWindows([], outcome_of, sums)
    if len(rows) < num_pairs:
        joined = joined.take(pa.array(rows))
    keys = _keys(joined)
    of_parts = word_sums(keys, len(parts))
    sums[rows] = of_parts[:, 1] - of_parts[:, 0]
    if examiner.numbers_are_alike:
        keys = with_numbers_told_apart(keys)
    codes, texts = _encoded(keys)
    codes = 2 * codes + seen.is_english[rows]
    firsts = np.full(2 * len(texts), -1)
    firsts[codes[::-1]] = np.arange(len(codes))[::-1]
    outcomes: list[Window] = []
    place_of = np.full(len(firsts), -1)
    for code in np.flatnonzero(firsts >= 0).tolist():
        key = texts[code >> 1], bool(code & 1)
        one = examiner.windows.get(key)
        if one is None:
            window = joined[int(firsts[code])].as_py().decode("ascii").split(chr(END))
            one = examiner.examine_window(window[0], window[1], key[1], window[2:-1])
            if len(examiner.windows) >= _MOST_KEPT:
                examiner.windows.clear()
            examiner.windows[key] = one
        place_of[code] = len(outcomes)
        outcomes.append(one)
    place_of_row = place_of[codes]
    flags = np.array([(one.needs_whole, one.unless_ages) for one in outcomes], bool)[place_of_row]
    needs_whole = flags[:, 0]
    asked = np.flatnonzero(flags[:, 1] & ~needs_whole)
    if len(asked):
        # An age in the counterfactual alone has its unit in the window.
        needs_whole[asked] |= _may_hold_ages(joined.take(pa.array(asked)))
        text_of = np.cumsum(seen.is_first)[rows[asked]]
        is_first = np.diff(text_of, prepend=0) > 0
        texts_there = originals.take(pa.array(rows[asked[is_first]]))
        needs_whole[asked] |= _may_hold_ages(texts_there)[np.cumsum(is_first) - 1]
    outcome_of[rows] = np.where(needs_whole, -1, place_of_row)
    return SeenWindows(outcomes, outcome_of, sums)


def _may_hold_ages(texts: pa.Array) -> Mask:
    units = pc.match_substring_regex(texts, UNITS_OF_AGE, ignore_case=True)
    return np.asarray(units.to_numpy(zero_copy_only=False), bool)


def _spans(data: npt.NDArray[np.uint8], starts: Counts, ends: Counts) -> pa.Array:
    """Parts of a buffer, in their order there, as strings of bytes of their own."""
    # What lies between two parts is a string, too, which is left out.
    offsets = np.stack([starts, ends], axis=1).ravel().astype(np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(data)]
    both = pa.Array.from_buffers(pa.binary(), len(offsets) - 1, buffers)
    return both.take(pa.array(np.arange(0, len(offsets), 2)))


def _keys(joined: pa.Array) -> Keys:
    texts = texts_of(joined)
    return Keys(texts.data, np.append(texts.starts, len(texts.data)))


def _encoded(keys: Keys) -> tuple[Counts, list[bytes]]:
    """Of each key its place among distinct ones, and these."""
    buffers = [None, pa.py_buffer(keys.ends.astype(np.int32)), pa.py_buffer(keys.data)]
    array = pa.Array.from_buffers(pa.binary(), len(keys.ends) - 1, buffers)
    encoded = array.dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), encoded.dictionary.to_pylist()
