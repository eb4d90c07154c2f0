"""Which words the sides of thousands of pairs have more, by bytes: most words need no look.

Words of the two middles of a pair are compared by numbers made of their bytes, and what is equal
is left out. Only the distinct ones among those that are left are read, and their tokens are
counted against each other: what remains are those by which one side has more, each as often.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fairflip.text.doubts.window_keys import END, Keys

Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Hashes = npt.NDArray[np.uint64]

_SPACE = 32
_AT_ONCE = 8
# Odd, so that different numbers stay different when they are multiplied by it.
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
#: Of eight bytes, the lowest so many.
_LOWEST = np.array([(1 << 8 * size) - 1 for size in range(_AT_ONCE + 1)], np.uint64)


class Kind(enum.IntEnum):
    """What a token says about the pair that lost or gained it."""

    IDENTITY = 0
    FUNCTION = 1  # counts among the changed words, and speaks against nothing by itself
    OTHER = 2  # must be read


#: The tokens of a word between spaces, each with its kind.
Reader = Callable[[str], Sequence[tuple[str, Kind]]]


class ChangedTokens(NamedTuple):
    """How many tokens each of N pairs has on one side more than on the other: [N] each."""

    num_lost: Counts
    num_gained: Counts
    num_function_lost: Counts  # among them
    num_function_gained: Counts
    has_other: (
        Mask  # whether any is of another kind than identities and function words, or a number
    )
    is_reordered: Mask  # whether it is seen at once that tokens stand in another order


class _Words(NamedTuple):
    """W words of keys, in their order: [W] each."""

    hashes: Hashes
    starts: Counts
    sizes: Counts
    rows: Counts  # of which key
    is_new: Mask  # whether of the second part


def changed_tokens(keys: Keys, num_parts: int, reader: Reader) -> ChangedTokens:
    """Counts tokens by which sides differ.

    Args:
        keys: [N], each of `num_parts` parts with `END` behind it and single spaces between words;
            the first two are what differs in the two texts.
        num_parts: Of each key.
        reader: Tells the tokens of a word without digits.

    Of pairs in which a word with a digit differs nothing else is counted.
    """
    num_rows = len(keys.ends) - 1
    words = _words(keys, num_parts)
    old, new, rest, nets_of_rest = _changed_words(words, num_rows)
    # There are as many numbers as pairs, and each must be read beside those of its pair.
    has_number = np.zeros(num_rows, bool)
    is_number = _hold_digits(keys.data, words)
    for places in (old, new, rest):
        has_number[words.rows[places[is_number[places]]]] = True
    without = ~has_number[words.rows[old]]
    old, new = old[without], new[without]
    without = ~has_number[words.rows[rest]]
    rest, nets_of_rest = rest[without], nets_of_rest[without]
    chosen = np.concatenate([old, new, rest])
    ones = np.ones(len(old), np.int64)
    nets = np.concatenate([ones, -ones, nets_of_rest])
    _, first, which = np.unique(words.hashes[chosen], return_index=True, return_inverse=True)
    begins, data = words.starts[chosen[first]], keys.data.tobytes()
    ends = begins + words.sizes[chosen[first]]
    read = [
        reader(data[start:end].decode())
        for start, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    tokens = [token for one in read for token in one]
    number_of = {token: number for number, token in enumerate(dict.fromkeys(tokens))}
    kinds = np.array([kind for _, kind in number_of], np.int64)
    numbers = np.array([number_of[token] for token in tokens], np.int64)
    sizes = np.array([len(one) for one in read], np.int64)
    is_reordered = np.zeros(num_rows, bool)
    if len(old):
        # Where the first words that differ begin with different tokens, no later word changes that.
        firsts = np.append(numbers, -1)[np.cumsum(sizes) - sizes]
        firsts[sizes == 0] = -1
        of_old, of_new = firsts[which[: len(old)]], firsts[which[len(old) : 2 * len(old)]]
        differs = (of_old != of_new) & (of_old >= 0) & (of_new >= 0)
        row = words.rows[old]
        is_reordered[row[differs & (np.diff(row, prepend=-1) != 0)]] = True
    # Of each of the changed words its tokens, one behind the other.
    size, begin = sizes[which], (np.cumsum(sizes) - sizes)[which]
    place = np.arange(size.sum()) + np.repeat(begin - np.cumsum(size) + size, size)
    token = numbers[place]
    row, net = np.repeat(words.rows[chosen], size), np.repeat(nets, size)
    order = np.lexsort((token, row))
    row, token, net = row[order], token[order], net[order]
    is_first = (np.diff(row, prepend=-1) != 0) | (np.diff(token, prepend=-1) != 0)
    if len(row):
        net = np.add.reduceat(net, np.flatnonzero(is_first))
    row, kind = row[is_first], kinds[token[is_first]]
    lost, gained = np.maximum(net, 0), np.maximum(-net, 0)

    def summed(counts: Counts) -> Counts:
        return np.bincount(row, counts, num_rows).astype(np.int64)

    is_function = kind == Kind.FUNCTION
    return ChangedTokens(
        summed(lost),
        summed(gained),
        summed(lost * is_function),
        summed(gained * is_function),
        has_number | (summed((net != 0) & (kind == Kind.OTHER)) > 0),
        is_reordered,
    )


def _words(keys: Keys, num_parts: int) -> _Words:
    """The words of the first two parts of each key."""
    gaps = np.flatnonzero(keys.data <= _SPACE)
    is_end = keys.data[gaps] == END
    parts = np.cumsum(is_end) - is_end
    starts = np.concatenate(([0], gaps[:-1] + 1))[: len(gaps)]
    rows = parts // num_parts
    part = parts - rows * num_parts  # in a third of the time of both at once
    there = (gaps > starts) & (part < 2)
    starts, sizes = starts[there], (gaps - starts)[there]
    hashes = _hashes(keys.data, starts, sizes)
    return _Words(hashes, starts, sizes, rows[there], part[there] == 1)


def _hold_digits(data: npt.NDArray[np.uint8], words: _Words) -> Mask:
    """Whether each word holds a digit of ASCII's."""
    is_digit = (data - np.uint8(ord("0"))) < 10
    holds = np.zeros(len(words.starts), bool)
    if len(holds) and is_digit.any():
        digits = np.flatnonzero(is_digit)
        word = np.searchsorted(words.starts, digits, side="right") - 1
        # One before all words, or behind a word, is in another part.
        holds[word[(word >= 0) & (digits < (words.starts + words.sizes)[word])]] = True
    return holds


def _hashes(data: npt.NDArray[np.uint8], starts: Counts, sizes: Counts) -> Hashes:
    """Numbers of words: different for up to eight bytes; longer ones share one in 10^19 cases."""
    padded = np.append(data, np.zeros(_AT_ONCE, np.uint8))
    eights: Hashes = np.ndarray((len(data) + 1,), np.dtype("<u8"), padded, strides=(1,))
    hashes = np.zeros(len(starts), np.uint64)
    for done in range(0, int(sizes.max(initial=0)), _AT_ONCE):
        longer = np.flatnonzero(sizes > done)
        read = eights[starts[longer] + done]
        read &= _LOWEST[np.minimum(sizes[longer] - done, _AT_ONCE)]
        mixed = (hashes[longer] ^ read) * _FACTOR
        hashes[longer] = mixed ^ (mixed >> np.uint64(32))
    return hashes


def _changed_words(words: _Words, num_rows: int) -> tuple[Counts, Counts, Counts, Counts]:
    """Places of words by which sides differ.

    Returns:
        Of keys of as many words on either side, those of the original and those of the
        counterfactual that stand for them; of others each word once, and by how often one side has
        more of it: more than 0 where it was lost.
    """
    num_new = np.bincount(words.rows[words.is_new], minlength=num_rows)
    is_even = (2 * num_new == np.bincount(words.rows, minlength=num_rows))[words.rows]
    # As many words on either side: most stand for the one at their place.
    old, new = np.flatnonzero(is_even & ~words.is_new), np.flatnonzero(is_even & words.is_new)
    differs = words.hashes[old] != words.hashes[new]
    old, new = old[differs], new[differs]
    rest = np.flatnonzero(~is_even)
    mixed = words.hashes[rest] ^ (words.rows[rest].astype(np.uint64) * _FACTOR)
    rest = rest[np.argsort(mixed)]
    one, row = words.hashes[rest], words.rows[rest]
    first = np.ones(len(rest), bool)
    # Those of another row between two would only leave both to be counted by their tokens.
    first[1:] = (one[1:] != one[:-1]) | (row[1:] != row[:-1])
    firsts = np.flatnonzero(first)
    nets = np.where(words.is_new[rest], -1, 1)
    if len(nets):
        nets = np.add.reduceat(nets, firsts)
    return old, new, rest[firsts][nets != 0], nets[nets != 0]
