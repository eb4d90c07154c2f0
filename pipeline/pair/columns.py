"""Which columns a pair has, and how IDs of every type become one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.protos import columns, config_pb2
from fairflip.protos.config_fields import default_of
from fairflip.protos.errors import InputError

COUNTERFACTUAL_INDEX = columns.COUNTERFACTUAL_INDEX
SPAN = columns.SPAN
VALIDITY = columns.VALIDITY
ABOUT = columns.ABOUT


@dataclasses.dataclass(frozen=True)
class PairColumns:
    """The names that the pairing needs, with their defaults filled in."""

    id: str = default_of(config_pb2.DataSpec, "id_feature")
    text: str = default_of(config_pb2.DataSpec, "text_feature")
    label: str = default_of(config_pb2.DataSpec, "label_feature")
    weight: str = ""
    inputs: tuple[str, ...] = ()  # features a model reads; empty: the text

    @classmethod
    def of(cls, data: config_pb2.DataSpec) -> PairColumns:
        """The names in a data specification."""
        return cls(
            id=data.id_feature or cls.id,
            text=data.text_feature or cls.text,
            label=data.label_feature or cls.label,
            weight=data.weight_feature,
            inputs=tuple(data.input_features),
        )

    def inputs_among(self, shared: list[str]) -> list[str]:
        """The features that make a pair, among those that both sides have.

        The configured inputs; without them the text; without a text every shared
        feature but label and weight (tabular data).
        """
        wanted = self.inputs or ((self.text,) if self.text in shared else ())
        if wanted:
            return sorted(feature for feature in wanted if feature in shared)
        return sorted(f for f in shared if f not in (self.id, self.label, self.weight))


def with_own_columns_renamed(originals: pa.Table) -> pa.Table:
    """Keeps a data set's own ``group``, ``category``, ... as ``original.group``, ..."""
    return originals.rename_columns([columns.own(name) for name in originals.column_names])


def normalised_ids(ids: pa.Array | pa.ChunkedArray, name: str) -> pa.Array:
    """IDs of any type as strings; null where there is none.

    Integers become their digits, bytes their UTF-8 text (``0x`` and hexadecimal
    digits where they are not UTF-8), whole floats the digits of the integer (a
    column of integers with gaps is often read so). So 7, 7.0, "7" and b"7" are one ID, which lets a
    CSV be joined with a Parquet file; and "007" is another. Empty IDs, and floats
    that are not whole, are null.

    Raises:
        InputError: IDs of this type are not supported.
    """
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    kind = ids.type
    if pa.types.is_dictionary(kind):
        return normalised_ids(ids.dictionary_decode(), name)
    if pa.types.is_null(kind):
        return pa.nulls(len(ids), pa.string())
    if pa.types.is_floating(kind):
        whole = pc.and_(pc.is_finite(ids), pc.equal(pc.floor(ids), ids))
        ids = pc.if_else(pc.fill_null(whole, False), ids, None).cast(pa.int64())
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        ids = _text_of_bytes(ids)
    elif not (
        pa.types.is_integer(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)
    ):
        raise InputError(
            f"ID feature {name!r} is of type {kind}; use strings, integers or bytes as IDs."
        )
    if not pa.types.is_string(ids.type):
        ids = ids.cast(pa.string())
    empty = pc.equal(ids, "")
    return pc.if_else(empty, None, ids) if pc.any(empty).as_py() else ids


def _text_of_bytes(ids: pa.Array) -> pa.Array:
    try:
        return ids.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_text_of(value) for value in ids.to_pylist()], pa.string())


def _text_of(value: bytes | None) -> str | None:
    if value is None:
        return None
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return "0x" + value.hex()


def shard_of(ids: pa.Array, num_shards: int) -> np.ndarray:
    """The shard of each ID, int64 in [0, num_shards): the same in every process."""
    hashes = pd.util.hash_array(ids.to_numpy(zero_copy_only=False), categorize=False)
    return (hashes % np.uint64(num_shards)).astype(np.int64)
