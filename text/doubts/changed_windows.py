"""Where two texts differ, with some words on either side: thousands of pairs at once, by bytes.

Most pairs differ in a word or two, so that all but a few words of both texts need no look. Texts
stand one behind the other in a buffer of UTF-8, as Arrow holds them, and each step is an operation
on an array over all pairs. Words are told by single spaces here: who takes a window for the text
that it was cut from must see that it holds no other white space (`window_keys`).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]

_SPACE = 32
_AT_ONCE = 8
# So many bytes are looked at in one step, where texts are so long.
_STRETCHES = (64 * _AT_ONCE, 8 * _AT_ONCE)
#: So many words on either side.
_CONTEXT = 3


class Texts(NamedTuple):
    """N texts in one buffer: text n is ``data[starts[n]:ends[n]]``, texts in their order."""

    data: Bytes
    starts: Positions
    ends: Positions


class Windows(NamedTuple):
    """Of each pair, the bytes that are looked at: [N] each, places in the buffers of the texts.

    A window is `changed_words.Side.around`, and in it the words that differ are `Side.middle`.
    """

    old_starts: Positions
    old_ends: Positions
    new_starts: Positions
    new_ends: Positions
    old_middle_starts: Positions
    old_middle_ends: Positions
    new_middle_starts: Positions
    new_middle_ends: Positions


def changed_windows(old: Texts, new: Texts) -> Windows:
    """What differs between two texts, by words, and the same with three words on either side.

    Where less context is there, a window begins or ends with its text. Common beginnings are taken
    before common ends.
    """
    old, new = _padded(old), _padded(new)
    sizes_old, sizes_new = old.ends - old.starts, new.ends - new.starts
    shorter = np.minimum(sizes_old, sizes_new)
    same = _num_equal(old.data, new.data, old.starts, new.starts, shorter, from_end=False)
    spaces = np.flatnonzero(old.data == _SPACE)
    # Back to the beginning of the first word that differs, but where a word ends in both texts.
    in_old, in_new = old.starts + same, new.starts + same
    ends_word = _is_end(old, in_old) & _is_end(new, in_new)
    before = np.searchsorted(spaces, in_old)
    word_start = np.maximum(_at(spaces, before - 1) + 1, old.starts) - old.starts
    start = np.where(ends_word, same, word_start)

    rest = shorter - start
    after = _num_equal(old.data, new.data, old.ends, new.ends, rest, from_end=True)
    in_old, in_new = old.ends - after, new.ends - after
    is_space = (old.data[in_old] == _SPACE) & (after > 0)
    # A word that begins here in both texts is common; else the next is the first common one.
    begins_word = ((in_old == old.starts + start) | (old.data[in_old - 1] == _SPACE)) & (
        (in_new == new.starts + start) | (new.data[in_new - 1] == _SPACE)
    )
    behind = np.searchsorted(spaces, in_old)
    next_space = np.minimum(_at(spaces, behind), old.ends)
    end = np.where(is_space | begins_word, after, old.ends - next_space)

    # Behind a word that ends in both texts no separator stands before the change, else one does.
    first = np.searchsorted(spaces, old.starts + start) - _CONTEXT - ~ends_word
    window_start = np.maximum(_at(spaces, first) + 1, old.starts) - old.starts
    in_old = old.ends - end
    last = np.searchsorted(spaces, in_old) + _CONTEXT - (old.data[in_old] != _SPACE)
    window_end = old.ends - np.minimum(_at(spaces, last), old.ends)
    return Windows(
        old.starts + window_start - _AT_ONCE,
        old.ends - window_end - _AT_ONCE,
        new.starts + window_start - _AT_ONCE,
        new.ends - window_end - _AT_ONCE,
        *_without_spaces(old, start, end),
        *_without_spaces(new, start, end),
    )


def _without_spaces(texts: Texts, start: Positions, end: Positions) -> tuple[Positions, Positions]:
    """Where texts differ, without a space at the beginning and one at the end."""
    starts, ends = texts.starts + start, texts.ends - end
    starts = starts + ((starts < ends) & (texts.data[starts] == _SPACE))
    ends = ends - ((starts < ends) & (texts.data[ends - 1] == _SPACE))
    return starts - _AT_ONCE, ends - _AT_ONCE


def _padded(texts: Texts) -> Texts:
    """The same with some bytes before and behind, so that eight can be read at either end."""
    data = np.zeros(len(texts.data) + 2 * _AT_ONCE, np.uint8)
    data[_AT_ONCE : _AT_ONCE + len(texts.data)] = texts.data
    return Texts(data, texts.starts + _AT_ONCE, texts.ends + _AT_ONCE)


def _is_end(texts: Texts, at: Positions) -> npt.NDArray[np.bool_]:
    """Whether a text ends at a place, or has a space there."""
    return (at == texts.ends) | (texts.data[at] == _SPACE)


def _at(spaces: Positions, index: Positions) -> Positions:
    """Places of spaces; before all texts and behind them where there are no more."""
    if not len(spaces):
        return np.where(index < 0, -1, np.iinfo(np.int64).max >> 1)
    places = spaces[np.clip(index, 0, len(spaces) - 1)]
    places[index < 0] = -1
    places[index >= len(spaces)] = np.iinfo(np.int64).max >> 1
    return places


def _num_equal(
    old: Bytes, new: Bytes, in_old: Positions, in_new: Positions, most: Positions, from_end: bool
) -> Positions:
    """How many bytes are equal from two places on, or before them; [N], at most `most`."""
    equal = np.zeros(len(most), np.int64)
    read_old, read_new = _eights(old), _eights(new)
    # Long stretches first, of which it is only asked whether they are equal.
    for size in _STRETCHES:
        rows = np.flatnonzero(equal + size <= most)
        while len(rows):
            step = -equal[rows] - size if from_end else equal[rows]
            one = _stretches(old, in_old[rows] + step, size)
            rows = rows[(one == _stretches(new, in_new[rows] + step, size)).all(axis=1)]
            equal[rows] += size
            rows = rows[equal[rows] + size <= most[rows]]
    rows = np.flatnonzero(equal < most)
    while len(rows):
        done = equal[rows]
        if from_end:
            places = in_old[rows] - done - _AT_ONCE, in_new[rows] - done - _AT_ONCE
            differs = (read_old[places[0]] ^ read_new[places[1]]).byteswap()
        else:
            places = in_old[rows] + done, in_new[rows] + done
            differs = read_old[places[0]] ^ read_new[places[1]]
        equal[rows] = done + _num_zero_bytes(differs)
        rows = rows[(differs == 0) & (equal[rows] < most[rows])]
    return np.minimum(equal, most)


def _eights(data: Bytes) -> npt.NDArray[np.uint64]:
    """The eight bytes from each place on, the first one lowest."""
    shape = (len(data) - _AT_ONCE + 1,)
    return np.ndarray(shape, np.dtype("<u8"), data, strides=(1,))


def _stretches(data: Bytes, places: Positions, size: int) -> npt.NDArray[np.uint64]:
    """[N, size / 8]: the bytes from each of N places on, all of them within the buffer."""
    # Each is copied as one object, in a third of the time of eight numbers by their indices.
    shape = (len(data) - size + 1,)
    every: npt.NDArray[np.void] = np.ndarray(shape, f"V{size}", data, strides=(1,))
    return every[places].view("<u8").reshape(len(places), -1)


def _num_zero_bytes(numbers: npt.NDArray[np.uint64]) -> Positions:
    """How many of the lowest bytes are 0, at most 8."""
    lowest = numbers & (~numbers + np.uint64(1))
    # A power of two is exact as a float, whose exponent says which one it is.
    exponent = (lowest.astype(np.float64).view(np.int64) >> 52) - 1023
    return np.where(numbers == 0, _AT_ONCE, exponent >> 3)
