"""What originals say by themselves: how many words they have, and in what language.

Texts stay in Arrow's buffers, and one that comes again at once is looked at once. Which language a
text is in takes a look at each of its words, and is told of those alone of which it is asked.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.text.doubts.changed_windows import Texts
from fairflip.text.doubts.pair_doubts import FEW_WORDS, PairDoubts
from fairflip.text.doubts.white_space import num_words
from fairflip.text.matcher import has_words_without_spaces

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# What a letter of a script without spaces begins with in UTF-8, among others: of three bytes but
# for 0xE2, signs of all scripts; or of four, from the second byte on beyond those of emojis.
_MAY_BE_UNSPACED = np.zeros(256, bool)
_MAY_BE_UNSPACED[[0xE0, 0xE1, *range(0xE3, 0xEA), 0xEF]] = True
_OF_FOUR, _FIRST_UNSPACED_OF_FOUR = 0xF0, 0xA0
# Of more bytes a text is read rather than counted.
_SHORT = 48
_KINDS = np.zeros(256, np.uint8)
_KINDS[[*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]] = 1
_KINDS[ord("0") : ord("9") + 1] = 2


class SeenOriginals(NamedTuple):
    """What the texts of N originals say by themselves: [N] each."""

    texts: pa.Array
    num_words: Counts
    is_unspaced: Mask  # whether it holds a letter of a script without spaces between words
    is_first: Mask  # whether another text stands before

    def distinct(self, rows: Counts) -> tuple[pa.Array, Counts]:
        """The texts at some places, in their order, but those alike at once, and each's place."""
        text_of = np.cumsum(self.is_first)[rows]
        is_first = np.diff(text_of, prepend=0) > 0
        return self.texts.take(pa.array(rows[is_first])), np.cumsum(is_first) - 1


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


def see_originals(originals: pa.Array) -> SeenOriginals:
    """Counts words, and finds scripts without spaces.

    Args:
        originals: [N] strings, no null.
    """
    is_first = is_other(originals)
    distinct = originals if is_first.all() else originals.filter(pa.array(is_first))
    texts = texts_of(distinct)
    text_of = np.cumsum(is_first) - 1
    counts, unspaced = num_words(texts), _unspaced(texts, distinct)
    return SeenOriginals(originals, counts[text_of], unspaced[text_of], is_first)


def are_english(seen: SeenOriginals, rows: Counts, examiner: PairDoubts) -> Mask:
    """Whether the originals at some places are English.

    Args:
        seen: The originals.
        rows: [M] places among them, in their order.
        examiner: What tells, or knows what all texts are in.
    """
    if examiner.language:
        return np.full(len(rows), examiner.language == "en")
    if not len(rows):
        return np.zeros(0, bool)
    texts, text_of = seen.distinct(rows)
    is_english = _are_few_words(texts)  # which is told of no other language
    others = np.flatnonzero(~is_english)
    if len(others):
        is_english[others] = _read(texts.take(pa.array(others)), examiner)
    return is_english[text_of]


def _are_few_words(texts: pa.Array) -> Mask:
    """Whether each text is seen at once to have too few words to tell its language.

    In ASCII a word has a run of letters or of digits at least.
    """
    data, starts, ends = texts_of(texts)
    is_few = ends - starts <= _SHORT
    if not is_few.any():
        return is_few
    kinds = _KINDS[data]
    before = np.append(0, kinds[:-1])
    before[starts[starts < len(data)]] = 0
    num_before = np.append(0, np.cumsum((kinds > 0) & (kinds != before)))
    is_few &= num_before[ends] - num_before[starts] < FEW_WORDS
    is_few[np.searchsorted(starts, np.flatnonzero(data >= 128), side="right") - 1] = False
    return is_few


def _read(texts: pa.Array, examiner: PairDoubts) -> Mask:
    """Of each text whether it is English."""
    # The same white space as Python's, and an empty word where it begins or ends a text.
    is_plain_text = _knows_ascii_spaces(texts_of(texts).data)
    split = pc.ascii_split_whitespace if is_plain_text else pc.utf8_split_whitespace
    words = split(texts)
    encoded = words.values.dictionary_encode()
    # Each text has a word at least, if an empty one.
    counts = examiner.counts_of(encoded.dictionary.to_pylist())[encoded.indices.to_numpy()]
    return examiner.are_english(np.add.reduceat(counts, words.offsets.to_numpy()[:-1]))


def _knows_ascii_spaces(data: npt.NDArray[np.uint8]) -> bool:
    """Whether ASCII with no separators of files or records, which are no space to that splitter."""
    # Two passes over bytes and that splitter take two thirds of the time of the other one.
    is_ascii = int(data.max(initial=0)) < 128
    return is_ascii and not bool((data - np.uint8(28) < 4).any())


def _unspaced(texts: Texts, strings: pa.Array) -> Mask:
    """Whether each text holds a letter of a script without spaces."""
    unspaced = np.zeros(len(strings), bool)
    is_wide = texts.data >= _MAY_BE_UNSPACED.argmax()
    if not is_wide.any():
        return unspaced
    wide = np.flatnonzero(is_wide)
    first = texts.data[wide]
    second = texts.data[np.minimum(wide + 1, len(texts.data) - 1)]
    may_be = _MAY_BE_UNSPACED[first] | ((first == _OF_FOUR) & (second >= _FIRST_UNSPACED_OF_FOUR))
    rows = np.unique(np.searchsorted(texts.starts, wide[may_be], side="right") - 1)
    for row, text in zip(rows.tolist(), strings.take(pa.array(rows)).to_pylist(), strict=True):
        unspaced[row] = has_words_without_spaces(text)
    return unspaced
