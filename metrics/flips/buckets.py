"""Stable hashes of example IDs: resampling buckets and uniform samples.

All counterfactuals of one original share its example ID, so a bucket chosen by
a hash of that ID keeps them together. Sums per bucket are then all that the
intervals in `fairflip.metrics.intervals` need, and they are the same on one
worker or fifty.

The hash is written out here in 64-bit NumPy arithmetic, because a library's own
hash (Python's, pandas', Arrow's) may change with a process, version or platform
and would silently move examples between buckets of stored results.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairflip.protos import errors

DEFAULT_NUM_BUCKETS = 64

_MASK = (1 << 64) - 1
# Odd 64-bit constants: the increment and the two multipliers of SplitMix64
# (Steele, Lea and Flood 2014, https://doi.org/10.1145/2714064.2660195).
_INCREMENT = 0x9E3779B97F4A7C15
_MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
_MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
# Buckets use another stream than samples of IDs, so that a sample drawn with
# the same seed is spread over all buckets.
_BUCKET_STREAM = 0x62756B6574
_WORD_BYTES = 8
# What keeps the first 0 to 8 bytes of a word, the rest being another ID's.
_KEEP_BYTES = np.array([(1 << (8 * k)) - 1 for k in range(_WORD_BYTES + 1)], dtype=np.uint64)


def hash_ids(ids: Any, seed: int = 0) -> npt.NDArray[np.uint64]:
    """Hashes example IDs to 64 uniform bits, the same in every process and version.

    The UTF-8 bytes of an ID are read as little-endian 8-byte words (the last
    padded with zeros); each word is XORed into the state and mixed by SplitMix64's
    finaliser; the byte length is mixed in at the end. Keeping the k smallest
    hashes gives a uniform, deterministic and mergeable sample of IDs.

    This is no cryptographic hash: it does not hide IDs.

    Args:
      ids: [N] IDs as a NumPy array, Arrow array or chunked array, pandas series
        or index, or list, of strings, bytes or integers. An integer hashes as its
        decimal string, bytes as the string they encode.
      seed: Any integer; another seed gives an unrelated hash.

    Returns:
      [N] uint64 hashes.

    Raises:
      InputError: An ID is missing, or IDs are neither strings, bytes nor integers.
    """
    array = _as_large_binary(ids)
    num_ids = len(array)
    # Validity, offsets, bytes: a cast array may still start at an offset.
    _, offset_buffer, byte_buffer = array.buffers()
    offsets = np.frombuffer(offset_buffer, dtype="<i8") if num_ids else np.zeros(1, np.int64)
    offsets = offsets[array.offset : array.offset + num_ids + 1]
    # Seven spare bytes, so that the last word of the last ID can be read whole.
    num_bytes = int(offsets[-1] - offsets[0])
    padded = np.zeros(num_bytes + _WORD_BYTES - 1, dtype=np.uint8)
    if num_bytes:
        padded[:num_bytes] = np.frombuffer(byte_buffer, np.uint8)[offsets[0] : offsets[-1]]
    starts = offsets[:-1] - offsets[0]
    lengths = np.diff(offsets)

    state: npt.NDArray[np.uint64] = np.full(
        num_ids, _mix(np.array([(seed + _INCREMENT) & _MASK], np.uint64))[0]
    )
    if num_bytes:
        # The word that starts at every byte, without copying: stride of one byte.
        words: npt.NDArray[np.uint64] = np.ndarray(
            (num_bytes,), dtype="<u8", buffer=padded.data, strides=(1,)
        )
        active = np.flatnonzero(lengths > 0)
        position = 0
        while active.size:
            word: npt.NDArray[np.uint64] = words[starts[active] + position].astype(np.uint64)
            left = lengths[active] - position
            word &= _KEEP_BYTES[np.minimum(left, _WORD_BYTES)]
            word ^= state[active]
            state[active] = _mix(word)
            position += _WORD_BYTES
            active = active[left > _WORD_BYTES]
    return _mix(state ^ lengths.astype(np.uint64))


def bucket_of(
    ids: Any, num_buckets: int = DEFAULT_NUM_BUCKETS, seed: int = 0
) -> npt.NDArray[np.int32]:
    """Assigns each example ID to a resampling bucket.

    Args:
      ids: [N] example IDs of the originals; see `hash_ids`.
      num_buckets: Number of buckets, at least 2 for any interval.
      seed: Any integer; another seed gives an unrelated assignment.

    Returns:
      [N] int32 buckets, each in [0, num_buckets), uniform over distinct IDs.

    Raises:
      InputError: See `hash_ids`.
      ConfigurationError: `num_buckets` is not in [1, 2**31).
    """
    if not 1 <= num_buckets < 2**31:
        raise errors.ConfigurationError(
            f"num_buckets is {num_buckets}; set it to at least 2 (64 is the default)"
        )
    hashes = hash_ids(ids, (seed & _MASK) ^ _BUCKET_STREAM)
    return (hashes % np.uint64(num_buckets)).astype(np.int32)


def _mix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64's step: add the odd increment, then finalise; wraps modulo 2**64."""
    # Array arithmetic wraps without a warning; NumPy warns for scalars only.
    state = state + np.uint64(_INCREMENT)
    state = (state ^ (state >> np.uint64(30))) * _MULTIPLIER_1
    state = (state ^ (state >> np.uint64(27))) * _MULTIPLIER_2
    return state ^ (state >> np.uint64(31))


def _as_large_binary(ids: Any) -> pa.Array:
    """The UTF-8 bytes of each ID as one Arrow array with 64-bit offsets."""
    array = _as_arrow(ids)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):  # Empty: older Arrow keeps it chunked.
            array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.null_count:
        position = int(np.flatnonzero(array.is_null().to_numpy(zero_copy_only=False))[0])
        raise errors.InputError(
            f"example ID at row {position} is missing; give every record an ID of its own"
        )
    kind = array.type
    if pa.types.is_null(kind):  # Only an empty array gets here.
        return pa.array([], pa.large_binary())
    if pa.types.is_integer(kind):
        array = array.cast(pa.string())
    elif not (_is_text(kind) or _is_bytes(kind)):
        raise errors.InputError(
            f"example IDs are of type {kind}; give strings, bytes or integers "
            "(cast them to strings first)"
        )
    return (
        array.cast(pa.large_string()).cast(pa.large_binary())
        if _is_text(array.type)
        else array.cast(pa.large_binary())
    )


def _as_arrow(ids: Any) -> pa.Array | pa.ChunkedArray:
    if isinstance(ids, (pa.Array, pa.ChunkedArray)):
        return ids
    if isinstance(ids, np.ndarray):
        if ids.ndim != 1:
            raise errors.InputError(
                f"example IDs have shape {ids.shape}; give a one-dimensional array"
            )
        if ids.dtype.kind not in "iufbmMc":
            ids = ids.astype(object)  # Also NumPy's own string types.
    try:
        # from_pandas: NaN and None in a column of objects both mean missing.
        return pa.array(ids, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([_one_as_bytes(value) for value in ids], pa.large_binary())


def _one_as_bytes(value: Any) -> bytes | None:
    """For the rare column that mixes strings, bytes and integers."""
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(int(value)).encode()
    raise errors.InputError(
        f"an example ID is of type {type(value).__name__}; give strings, bytes or integers "
        "(cast them to strings first)"
    )


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or kind == getattr(pa, "string_view", lambda: None)()
    )


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind)
        or pa.types.is_large_binary(kind)
        or pa.types.is_fixed_size_binary(kind)
        or kind == getattr(pa, "binary_view", lambda: None)()
    )
