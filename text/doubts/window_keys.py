"""One key for all pairs of windows that are examined alike; see `changed_windows`.

What speaks against a pair does not depend on which numbers stand in it, but on which of them are
equal, so that a number in a key says only at which of the pair's numbers it stood first. A key
that is not plain stands for nothing: its pair must be read as a whole.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]

#: What ends each part of a key.
END = 0
_SPACE, _ZERO = 32, 48
# What a number becomes: no byte of a plain key.
_FIRST_NUMBER = 0x80
_MOST_NUMBERS, _MOST_DIGITS = 16, 18

_BYTES = np.arange(256)
_JOINS_NUMBER = ((_BYTES >= 65) & (_BYTES <= 90)) | ((_BYTES >= 97) & (_BYTES <= 122))
_JOINS_NUMBER |= _BYTES > 127
_DELETE = 127
#: Beyond ASCII, but of lower case within it: I with a dot, and the Kelvin sign.
_LOWER_IN_ASCII = ("\u0130".encode(), "\u212a".encode())
_BITS = np.random.default_rng(0).integers(1, 1 << 63, 128, np.uint64)
#: For each byte 64 bits, the same for a capital: of letters and digits, of which words consist.
_OF_WORDS = np.zeros(256, np.uint64)
_OF_WORDS[97:123] = _BITS[97:123]
_OF_WORDS[65:91] = _BITS[97:123]
_OF_WORDS[48:58] = _BITS[48:58]


class Keys(NamedTuple):
    """N keys one behind the other: key n is ``data[ends[n]:ends[n + 1]]``."""

    data: Bytes
    ends: Positions


def is_plain(keys: Keys, num_parts: int, only_ascii: bool = True) -> npt.NDArray[np.bool_]:
    """[N]: whether each key is of words with single spaces between them and no other.

    Args:
        keys: Of `num_parts` parts each, every one with `END` behind it.
        num_parts: Of each key.
        only_ascii: Whether it must be of ASCII; else of letters for which `word_sums` holds.
    """
    plain: npt.NDArray[np.bool_] = np.ones(len(keys.ends) - 1, bool)
    data = keys.data
    if not len(data):
        return plain
    is_end = data == END
    # Below a space bytes are control signs, and from 127 on, of which 127 is one, beyond ASCII.
    if only_ascii:
        strange = (data - np.uint8(_SPACE)) >= _DELETE - _SPACE
    else:
        strange = (data < _SPACE) | (data == _DELETE)
    strange &= ~is_end
    for letter in () if only_ascii else _LOWER_IN_ASCII:
        is_there = np.ones(max(len(data) - len(letter) + 1, 0), bool)
        for place, byte in enumerate(letter):
            is_there &= data[place : place + len(is_there)] == byte
        strange[: len(is_there)] |= is_there
    gap = is_end | (data == _SPACE)
    # A space beside a space, or beside the end of a part, as which the key before ends, too.
    loose = gap[1:] & gap[:-1]
    loose &= ~(is_end[1:] & is_end[:-1])
    strange[1:] |= loose
    strange[0] |= data[0] == _SPACE
    if strange.any():
        rows = np.searchsorted(keys.ends, np.flatnonzero(strange), side="right") - 1
        # Where a space begins a part, it is found at that space; where it ends one, at the end.
        plain[rows] = False
    if np.count_nonzero(is_end) != num_parts * len(plain):
        ends_in = np.add.reduceat(is_end, keys.ends[:-1], dtype=np.int64)
        plain &= ends_in == num_parts
    return plain


def num_spaces(keys: Keys) -> Positions:
    """[N]: how many spaces each key has; all must be plain, and of one part."""
    gaps = keys.data[np.flatnonzero(keys.data <= _SPACE)]
    return np.diff(np.flatnonzero(gaps == END), prepend=-1) - 1


def word_sums(keys: Keys, num_parts: int) -> npt.NDArray[np.uint64]:
    """[N, parts]: sums over the letters and digits of each part, whatever their case.

    Texts of the same words have the same sum; two others share one by chance in 10^19, if they are
    of ASCII. All keys must be plain.
    """
    ends = np.flatnonzero(keys.data == END).reshape(-1, num_parts)
    starts = np.concatenate([keys.ends[:-1, None], ends[:, :-1] + 1], axis=1)
    # A part of no byte begins with what ends it, which counts nothing.
    return np.add.reduceat(_OF_WORDS[keys.data], starts.ravel()).reshape(-1, num_parts)


def with_numbers_told_apart(keys: Keys) -> Keys:
    """Keys in which each number is one byte, which says where in its key it stood first.

    A key stays as it is where a letter follows a number, so that it is part of a word ("2nd"), or
    a sign beyond ASCII, and where numbers are very many or very long.
    """
    is_digit = (keys.data - np.uint8(_ZERO)) < 10
    if not is_digit.any():
        return keys
    # Each key ends with what is no digit, so that a byte stands behind each number.
    is_start, is_behind = is_digit.copy(), ~is_digit
    is_start[1:] &= is_behind[:-1]
    is_behind[1:] &= is_digit[:-1]
    is_behind[0] = False
    starts, behind = np.flatnonzero(is_start), np.flatnonzero(is_behind)
    sizes = behind - starts
    rows = np.searchsorted(keys.ends, starts, side="right") - 1
    place = _first_equal(rows, _values(keys.data, starts, sizes))
    unfit = _JOINS_NUMBER[keys.data[behind]] | (sizes > _MOST_DIGITS) | (place >= _MOST_NUMBERS)
    keep = ~is_digit
    if unfit.any():
        is_unfit = np.zeros(len(keys.ends) - 1, bool)
        is_unfit[rows[unfit]] = True
        told = ~is_unfit[rows]
        as_it_is = np.repeat(is_unfit, np.diff(keys.ends))
        keep |= as_it_is
        starts, sizes, rows, place = starts[told], sizes[told], rows[told], place[told]
    data = keys.data.copy()
    keep[starts] = True
    data[starts] = _FIRST_NUMBER + place
    dropped = np.bincount(rows + 1, sizes - 1, len(keys.ends)).astype(np.int64)
    return Keys(data[keep], keys.ends - np.cumsum(dropped))


def _values(data: Bytes, starts: Positions, sizes: Positions) -> Positions:
    """Numbers that differ where digits do; of those too long any."""
    values = np.ones(len(starts), np.int64)  # A leading 1 tells 07 from 7.
    longer = np.arange(len(starts))
    for place in range(min(int(sizes.max()), _MOST_DIGITS)):
        if place:
            is_longer = sizes[longer] > place
            if not is_longer.all():
                longer = longer[is_longer]
        values[longer] = values[longer] * 10 + (data[starts[longer] + place] - _ZERO)
    return values


def _first_equal(rows: Positions, values: Positions) -> Positions:
    """Of each number, the place among those of its row of the first that is equal."""
    is_first = np.diff(rows, prepend=-1) > 0
    row_starts = np.flatnonzero(is_first)
    place = np.arange(len(rows)) - np.repeat(row_starts, np.diff(row_starts, append=len(rows)))
    first = np.minimum(place, _MOST_NUMBERS)
    for distance in range(1, min(int(place.max()) + 1, _MOST_NUMBERS)):
        later = np.flatnonzero((place >= distance) & (place < _MOST_NUMBERS))
        equal = later[values[later] == values[later - distance]]
        first[equal] = place[equal] - distance
    return first
