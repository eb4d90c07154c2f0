"""Stable hashes of example IDs: resampling buckets and uniform samples.

All counterfactuals of one original share its example ID, so a bucket chosen by
a hash of that ID keeps them together. Sums per bucket are then all that the
intervals in `fairflip.metrics.intervals` need, and they are the same on one
worker or fifty.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairflip.protos import errors
from fairflip.protos.id_hash import hash_spans

DEFAULT_NUM_BUCKETS = 64

_MASK = (1 << 64) - 1
# Buckets use another stream than samples of IDs, so that a sample drawn with
# the same seed is spread over all buckets.
_BUCKET_STREAM = 0x62756B6574


def hash_ids(ids: Any, seed: int = 0) -> npt.NDArray[np.uint64]:
    """Hashes example IDs to 64 uniform bits, the same in every process and version.

    The hash is XXH3 of an ID's UTF-8 bytes (`fairflip.protos.id_hash`). Keeping the k
    smallest hashes gives a uniform, deterministic and mergeable sample of IDs.

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
    if not len(array):
        return np.empty(0, np.uint64)
    _, offsets, characters = array.buffers()
    ends = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
    return hash_spans(characters or b"", ends, seed)


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
