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
# So many bytes of each text are looked at in one step, as one number for each eight of them.
_BLOCK = 8 * _AT_ONCE
# Where texts are so long, it is asked first of so many bytes whether they are equal.
_STRETCH = 8 * _BLOCK
#: So many words on either side.
_CONTEXT = 3
# Farther than any text is long.
_BEYOND = np.iinfo(np.int64).max >> 1
# Of eight truth values as the bits of a byte, which one is the first that is true.
_FIRST_TRUE = np.array([_AT_ONCE, *((n & -n).bit_length() - 1 for n in range(1, 256))])


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
    # Back to the beginning of the first word that differs, but where a word ends in both texts.
    in_old, in_new = old.starts + same, new.starts + same
    ends_word = _is_end(old, in_old) & _is_end(new, in_new)
    # Behind a word that ends in both texts no separator stands before the change, else one does.
    to_word, to_window = _to_spaces(old.data, in_old, same, _CONTEXT + ~ends_word, backwards=True)
    word_start = np.maximum(same - to_word + 1, 0)
    start = np.where(ends_word, same, word_start)
    window_start = np.maximum(same - to_window + 1, 0)

    rest = shorter - start
    after = _num_equal(old.data, new.data, old.ends, new.ends, rest, from_end=True)
    in_old, in_new = old.ends - after, new.ends - after
    has_space = old.data[in_old] == _SPACE
    # A word that begins here in both texts is common; else the next is the first common one.
    begins_word = ((in_old == old.starts + start) | (old.data[in_old - 1] == _SPACE)) & (
        (in_new == new.starts + start) | (new.data[in_new - 1] == _SPACE)
    )
    is_common = has_space & (after > 0) | begins_word
    to_space, to_window = _to_spaces(
        old.data, in_old, after, _CONTEXT + (has_space | ~is_common), backwards=False
    )
    end = np.where(is_common, after, np.maximum(after - to_space, 0))
    window_end = np.maximum(after - to_window, 0)
    return Windows(
        old.starts + window_start - _BLOCK,
        old.ends - window_end - _BLOCK,
        new.starts + window_start - _BLOCK,
        new.ends - window_end - _BLOCK,
        *_without_spaces(old, start, end),
        *_without_spaces(new, start, end),
    )


def _without_spaces(texts: Texts, start: Positions, end: Positions) -> tuple[Positions, Positions]:
    """Where texts differ, without a space at the beginning and one at the end."""
    starts, ends = texts.starts + start, texts.ends - end
    starts = starts + ((starts < ends) & (texts.data[starts] == _SPACE))
    ends = ends - ((starts < ends) & (texts.data[ends - 1] == _SPACE))
    return starts - _BLOCK, ends - _BLOCK


def _padded(texts: Texts) -> Texts:
    """The same with some bytes before and behind, so that a block can be read at either end."""
    data = np.zeros(len(texts.data) + 2 * _BLOCK, np.uint8)
    data[_BLOCK : _BLOCK + len(texts.data)] = texts.data
    return Texts(data, texts.starts + _BLOCK, texts.ends + _BLOCK)


def _is_end(texts: Texts, at: Positions) -> npt.NDArray[np.bool_]:
    """Whether a text ends at a place, or has a space there."""
    return (at == texts.ends) | (texts.data[at] == _SPACE)


def _to_spaces(
    data: Bytes, at: Positions, most: Positions, nth: Positions, backwards: bool
) -> tuple[Positions, Positions]:
    """How far it is from some places to the first space, and to the n-th of those there.

    Args:
        data: Texts, with a block before and behind.
        at: [N] places.
        most: [N] how many bytes there are, before each place or from it on.
        nth: [N] at least 1.
        backwards: Whether to look before each place: the byte before it is at distance 1. Else
            the byte at it is at distance 0.

    Returns:
        [N] and [N]; some place beyond all texts where there are too few spaces.
    """
    first = np.full(len(at), _BEYOND)
    last = np.full(len(at), _BEYOND)
    rows, left, done = np.arange(len(at)), nth, 0
    while len(rows):
        places = at[rows] - done - _BLOCK if backwards else at[rows] + done
        bits = _spaces_in_blocks(data, places, backwards)
        is_first = (bits != 0) & (first[rows] == _BEYOND)
        distance = done + backwards
        first[rows] = np.where(is_first, distance + _lowest_bit(bits), first[rows])
        # Of the spaces before the last one wanted, as many are dropped as are here.
        for _ in range(int(left.max()) - 1):
            drops = (left > 1) & (bits != 0)
            bits = np.where(drops, bits & (bits - np.uint64(1)), bits)
            left = left - drops
        is_there = bits != 0
        last[rows[is_there]] = distance + _lowest_bit(bits[is_there])
        done += _BLOCK
        goes_on = ~is_there & (done < most[rows])
        rows, left = rows[goes_on], left[goes_on]
    return first, last


def _spaces_in_blocks(data: Bytes, places: Positions, backwards: bool) -> npt.NDArray[np.uint64]:
    """[N]: a bit for each byte of a block, whether it is a space; of the nearest the lowest."""
    is_space = _blocks(data, places, _BLOCK).view(np.uint8) == _SPACE
    if backwards:
        return np.packbits(is_space.ravel()).view(">u8").astype(np.uint64)
    return np.packbits(is_space.ravel(), bitorder="little").view("<u8")


def _num_equal(
    old: Bytes, new: Bytes, in_old: Positions, in_new: Positions, most: Positions, from_end: bool
) -> Positions:
    """How many bytes are equal from two places on, or before them; [N], at most `most`."""
    equal = np.zeros(len(most), np.int64)
    # Long stretches first, of which it is only asked whether they are equal.
    rows = np.flatnonzero(most >= _STRETCH)
    while len(rows):
        step = -equal[rows] - _STRETCH if from_end else equal[rows]
        one = _blocks(old, in_old[rows] + step, _STRETCH)
        rows = rows[(one == _blocks(new, in_new[rows] + step, _STRETCH)).all(axis=1)]
        equal[rows] += _STRETCH
        rows = rows[equal[rows] + _STRETCH <= most[rows]]
    rows = np.flatnonzero(equal < most)
    while len(rows):
        step = -equal[rows] - _BLOCK if from_end else equal[rows]
        differs = _blocks(old, in_old[rows] + step, _BLOCK)
        differs ^= _blocks(new, in_new[rows] + step, _BLOCK)
        if from_end:
            differs = differs[:, ::-1].byteswap()
        which = _FIRST_TRUE[np.packbits((differs != 0).ravel(), bitorder="little")]
        is_equal = which == _AT_ONCE
        number = differs.ravel()[np.arange(len(rows)) * _AT_ONCE + which - is_equal]
        equal[rows] += np.where(is_equal, _BLOCK, _AT_ONCE * which + (_lowest_bit(number) >> 3))
        rows = rows[is_equal]
        rows = rows[equal[rows] < most[rows]]
    return np.minimum(equal, most)


def _blocks(data: Bytes, places: Positions, size: int) -> npt.NDArray[np.uint64]:
    """[N, size / 8]: the bytes from each of N places on, all of them within the buffer."""
    # Each is copied as one object, in a third of the time of eight numbers by their indices.
    shape = (len(data) - size + 1,)
    every: npt.NDArray[np.void] = np.ndarray(shape, f"V{size}", data, strides=(1,))
    return every[places].view("<u8").reshape(len(places), -1)


def _lowest_bit(numbers: npt.NDArray[np.uint64]) -> Positions:
    """[N]: the place of the lowest bit that is 1; of 0 any."""
    lowest = numbers & (~numbers + np.uint64(1))
    # A power of two is exact as a float, whose exponent says which one it is.
    return (lowest.astype(np.float64).view(np.int64) >> 52) - 1023
