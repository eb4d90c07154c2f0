"""White space of thousands of texts at once, by bytes: the same as Python's, whatever its script.

Texts stand one behind the other in a buffer of UTF-8; each step is an operation on all of it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from fairflip.text.doubts.changed_windows import Texts

Bytes = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SPACE = 32
_IS_SPACE = np.zeros(_SPACE + 1, bool)
_IS_SPACE[[9, 10, 11, 12, 13, 28, 29, 30, 31, _SPACE]] = True
_WIDE_SPACES = [
    one.encode() for one in map(chr, range(0x80, 0x3001)) if one.isspace()
]  # of two or three bytes each
#: Bytes with which one begins: 0xC2, and 0xE1 to 0xE3.
_FIRST_OF_TWO, _FIRST_OF_THREE = 0xC2, 0xE1
_TWO = np.array([one[1] for one in _WIDE_SPACES if len(one) == 2])
_THREE = np.array([int.from_bytes(one, "big") for one in _WIDE_SPACES if len(one) == 3])


def num_words(texts: Texts) -> Counts:
    """[N]: how many words each text has between white space, as `str.split` tells them."""
    counts = np.zeros(len(texts.starts), np.int64)
    filled = np.flatnonzero(texts.starts < texts.ends)
    if len(filled):
        begins = _begin_words(texts, _is_space(texts.data)).view(np.uint8)
        counts[filled] = np.add.reduceat(begins, texts.starts[filled], dtype=np.int32)
    return counts


def single_spaced(texts: Texts) -> Texts:
    """Each text as its words with one space between each two: ``" ".join(text.split())``."""
    space = _is_space(texts.data)
    begins = np.flatnonzero(_begin_words(texts, space))
    first = np.searchsorted(begins, texts.starts)
    follows = np.ones(len(begins), bool)
    follows[first[first < np.searchsorted(begins, texts.ends)]] = False
    # Of the white space between two words the last byte stays.
    between = begins[follows] - 1
    space[between] = False
    left_out = np.flatnonzero(space)
    data = texts.data.copy()
    data[between] = _SPACE
    return Texts(
        data[~space],
        texts.starts - np.searchsorted(left_out, texts.starts),
        texts.ends - np.searchsorted(left_out, texts.ends),
    )


def _begin_words(texts: Texts, space: Mask) -> Mask:
    """Of each byte whether a word begins there."""
    begins = ~space
    begins[1:] &= space[:-1]
    starts = texts.starts[texts.starts < texts.ends]
    begins[starts] = ~space[starts]
    return begins


def _is_space(data: Bytes) -> Mask:
    """Of each byte whether it is of white space."""
    space: Mask = data <= _SPACE
    is_control = data < _SPACE
    if is_control.any():
        control = np.flatnonzero(is_control)
        space[control] = _IS_SPACE[data[control]]
    is_wide = (data == _FIRST_OF_TWO) | (data - np.uint8(_FIRST_OF_THREE) < 3)
    if is_wide.any():
        wide = np.flatnonzero(is_wide)
        followed = np.append(data, np.zeros(2, np.uint8)).astype(np.int64)
        first, second, third = followed[wide], followed[wide + 1], followed[wide + 2]
        two = wide[(first == _FIRST_OF_TWO) & np.isin(second, _TWO)]
        three = wide[np.isin(first << 16 | second << 8 | third, _THREE)]
        for part in (two, two + 1, three, three + 1, three + 2):
            space[part] = True
    return space
