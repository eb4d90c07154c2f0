"""Which columns a pair has, and in which shard an ID is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow as pa

from fairflip.pipeline.records.example_ids import id_strings
from fairflip.protos import columns, config_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.forms.config_fields import default_of
from fairflip.protos.id_hash import hash_strings

COUNTERFACTUAL_INDEX = columns.COUNTERFACTUAL_INDEX
SPAN = columns.SPAN
VALIDITY = columns.VALIDITY
ABOUT = columns.ABOUT


@dataclasses.dataclass(frozen=True)
class PairColumns:
    """The names that the pairing needs, with their defaults filled in.

    `text` is "" where models read columns of a table alone.
    """

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
            text="" if data.without_text else data.text_feature or cls.text,
            label=data.label_feature or cls.label,
            weight=data.weight_feature,
            inputs=tuple(data.input_features),
        )

    @property
    def content(self) -> list[str]:
        """The columns that say first which of the records with one ID is kept."""
        return [n for n in (self.text, *self.inputs, self.label, self.weight) if n]

    def inputs_among(self, shared: list[str]) -> list[str]:
        """The features that make a pair, among those that both sides have.

        The configured inputs; without them the text; without a text every shared
        feature but label and weight (tabular data).
        """
        wanted = self.inputs or ((self.text,) if self.text in shared else ())
        if wanted:
            return sorted(feature for feature in wanted if feature in shared)
        return sorted(f for f in shared if f not in (self.id, self.label, self.weight))


def is_about_counterfactual(column: str) -> bool:
    """Whether a pair's column holds its counterfactual, or what is known of it."""
    return (
        column in ABOUT
        or column == COUNTERFACTUAL_INDEX
        or column.startswith(columns.COUNTERFACTUAL_PREFIX)
    )


def with_own_columns_renamed(originals: pa.Table) -> pa.Table:
    """Keeps a data set's own ``group``, ``category``, ... as ``original.group``, ..."""
    return originals.rename_columns([columns.own(name) for name in originals.column_names])


def checked_ids(ids: pa.Array | pa.ChunkedArray, name: str) -> pa.Array:
    """IDs as `id_strings` makes them, of tables that no reader has judged.

    Raises:
        InputError: IDs of this type are not supported.
    """
    strings, wrong = id_strings(ids)
    if wrong.any() and strings.null_count == len(strings):
        raise InputError(
            f"ID feature {name!r} is of type {ids.type}; use strings, integers or bytes as IDs."
        )
    return strings


def shard_of(ids: pa.Array, num_shards: int) -> np.ndarray:
    """The shard of each ID, int64 in [0, num_shards): the same in every process."""
    return (hash_strings(ids) % np.uint64(num_shards)).astype(np.int64)
