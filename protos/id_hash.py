"""The one hash of IDs: XXH3, 64 bits, the same in every process, version and platform.

Python's, pandas' and Arrow's own hashes may change with any of these, and would silently
move examples between shards, samples and the buckets of stored results. It is no
cryptographic hash: it does not hide IDs.

The library hashes one object a call. Of a column, IDs of up to 16 bytes are hashed thousands at a
time: the specification's formulas for short inputs as operations on arrays take a quarter of what
an object and a call for each do. See docs/decisions/0020-short-ids-are-hashed-in-numpy.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import xxhash

Hashes = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]

_MASK = (1 << 64) - 1
# Arrays of so many numbers stay in a processor's cache, and calls cost little of each.
_AT_ONCE = 16_384
# Of longer texts a call of the library for each takes as long as the formulas.
_LONGEST = 16

# Constants of the specification: https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md.
_PRIME64_1, _PRIME64_2, _PRIME64_3 = (
    np.uint64(number) for number in (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
)
_PRIME_MX1, _PRIME_MX2 = np.uint64(0x165667919E3779F9), np.uint64(0x9FB21C651E98DF25)
_SECRET = bytes.fromhex(
    "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671f"
    "cb79e64eccc0e578825ad07dccff7221b8084674f743248ee03590e6813a264c"
    "3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8"
    "a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364"
)


def hash_texts(texts: Sequence[bytes], seed: int = 0) -> Hashes:
    """64 uniform bits of each text.

    Args:
        texts: [N] the UTF-8 bytes of each.
        seed: Any integer; another seed gives an unrelated hash.

    Returns:
        [N] uint64.
    """
    digest, seed = xxhash.xxh3_64_intdigest, seed & _MASK
    return np.fromiter((digest(text, seed) for text in texts), np.uint64, len(texts))


def hash_strings(column: pa.Array, seed: int = 0) -> Hashes:
    """The same of a column of strings or bytes.

    Args:
        column: [N] of type string or binary, no null.
        seed: As there.

    Returns:
        [N] uint64.
    """
    if not len(column):
        return np.empty(0, np.uint64)
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, np.int32)[column.offset : column.offset + len(column) + 1]
    return hash_spans(data or b"", ends.astype(np.int64), seed)


def hash_spans(data: Any, ends: Positions, seed: int = 0) -> Hashes:
    """The same of texts that stand one behind the other.

    Args:
        data: A buffer of bytes.
        ends: [N + 1] where the first text begins, then where each one ends.
        seed: As there.

    Returns:
        [N] uint64.
    """
    seed &= _MASK
    characters = np.frombuffer(data, np.uint8) if len(data) else np.zeros(0, np.uint8)
    hashes = np.empty(len(ends) - 1, np.uint64)
    for first in range(0, len(hashes), _AT_ONCE):
        block = ends[first : first + _AT_ONCE + 1]
        hashes[first : first + _AT_ONCE] = _of_block(characters, block[:-1], np.diff(block), seed)
    return hashes


def _of_block(
    data: npt.NDArray[np.uint8], starts: Positions, sizes: Positions, seed: int
) -> Hashes:
    least, most = int(sizes.min()), int(sizes.max())
    for low, high, formula in ((4, 8, _of_4_to_8), (9, _LONGEST, _of_9_to_16)):
        if low <= least and most <= high:  # As most IDs of one data set are.
            return formula(data, starts, sizes, seed)
    hashes = np.empty(len(sizes), np.uint64)
    for low, high, formula in (
        (1, 3, _of_1_to_3),
        (4, 8, _of_4_to_8),
        (9, _LONGEST, _of_9_to_16),
    ):
        rows = np.flatnonzero((sizes >= low) & (sizes <= high))
        if len(rows):
            hashes[rows] = formula(data, starts[rows], sizes[rows], seed)
    others = np.flatnonzero((sizes == 0) | (sizes > _LONGEST))
    if len(others):
        # Arrow makes objects of all at once in half the time in which slices of the data are cut.
        ends = np.append(starts, starts[-1] + sizes[-1])
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(data)]
        texts = pa.Array.from_buffers(pa.large_binary(), len(sizes), buffers)
        if len(others) < len(sizes):
            texts = texts.take(pa.array(others))
        hashes[others] = hash_texts(texts.to_pylist(), seed)
    return hashes


def _secret(position: int, seed: int = 0, size: int = 8) -> int:
    return (int.from_bytes(_SECRET[position : position + size], "little") + seed) & _MASK


def _read(data: npt.NDArray[np.uint8], at: Positions, kind: str = "<u8") -> Hashes:
    """Whole numbers that begin at some bytes, which need not be aligned."""
    dtype = np.dtype(kind)
    steps = np.diff(at)
    if len(steps) and steps[0] > 0 and int(steps.min()) == int(steps.max()):
        # Texts of one length: copied in steps, a third of the time of looking up each.
        numbers: npt.NDArray[Any] = np.ndarray(
            at.shape, dtype, data, int(at[0]), strides=(int(steps[0]),)
        )
        return numbers.astype(np.uint64)
    shape = (len(data) - dtype.itemsize + 1,)
    view: npt.NDArray[Any] = np.ndarray(shape, dtype, data, strides=(1,))
    return view[at].astype(np.uint64, copy=False)


def _folded(one: Hashes, other: Hashes) -> Hashes:
    """The low and the high half of the 128 bits of a product, combined by exclusive or."""
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    a, b, c, d = one & low, one >> half, other & low, other >> half
    cross = a * d + (a * c >> half)
    rest = b * c + (cross & low)
    return (one * other) ^ (b * d + (cross >> half) + (rest >> half))


def _avalanche(h: Hashes) -> Hashes:
    h ^= h >> np.uint64(37)
    h *= _PRIME_MX1
    h ^= h >> np.uint64(32)
    return h


def _of_1_to_3(
    data: npt.NDArray[np.uint8], starts: Positions, sizes: Positions, seed: int
) -> Hashes:
    first, middle, last = (
        data[at].astype(np.uint64) for at in (starts, starts + (sizes >> 1), starts + sizes - 1)
    )
    h = (first << np.uint64(16)) | (middle << np.uint64(24)) | last
    h |= sizes.astype(np.uint64) << np.uint64(8)
    h ^= np.uint64(((_secret(0, size=4) ^ _secret(4, size=4)) + seed) & _MASK)
    h ^= h >> np.uint64(33)
    h *= _PRIME64_2
    h ^= h >> np.uint64(29)
    h *= _PRIME64_3
    h ^= h >> np.uint64(32)
    return h


def _of_4_to_8(
    data: npt.NDArray[np.uint8], starts: Positions, sizes: Positions, seed: int
) -> Hashes:
    swapped = int.from_bytes((seed & 0xFFFFFFFF).to_bytes(4, "little"), "big")
    flip = ((_secret(8) ^ _secret(16)) - (seed ^ (swapped << 32))) & _MASK
    h = _read(data, starts + sizes - 4, "<u4") + (_read(data, starts, "<u4") << np.uint64(32))
    h ^= np.uint64(flip)
    h ^= _rotated(h, 49) ^ _rotated(h, 24)
    h *= _PRIME_MX2
    h ^= (h >> np.uint64(35)) + sizes.astype(np.uint64)
    h *= _PRIME_MX2
    h ^= h >> np.uint64(28)
    return h


def _rotated(h: Hashes, bits: int) -> Hashes:
    return (h << np.uint64(bits)) | (h >> np.uint64(64 - bits))


def _of_9_to_16(
    data: npt.NDArray[np.uint8], starts: Positions, sizes: Positions, seed: int
) -> Hashes:
    low = _read(data, starts) ^ np.uint64(((_secret(24) ^ _secret(32)) + seed) & _MASK)
    high = _read(data, starts + sizes - 8)
    high ^= np.uint64(((_secret(40) ^ _secret(48)) - seed) & _MASK)
    h = low.byteswap()
    h += sizes.astype(np.uint64)
    h += high
    h += _folded(low, high)
    return _avalanche(h)
