"""A sample of a table's records, the same on any runner, and how often each value occurs.

Records with the smallest hashes stay: which they are depends on the records and the seed, and
not on how they were cut into batches.
"""

from __future__ import annotations

import base64
import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fairflip.pipeline.records.pairing_audit import canonical, row_strings
from fairflip.pipeline.tabular.swap import cell_texts
from fairflip.protos import columns
from fairflip.protos.id_hash import hash_texts

#: Records that controls take values from, and that associations are measured on.
SAMPLE_SIZE = 4_096
#: Values of an attribute that are told apart; there is no run with more.
_MOST_COUNTED = 1_000
_RANK, _ID = "#rank", "#id"
#: Stands for a missing cell where sides are compared; no cell has it.
_NOTHING = "\0missing"


@dataclasses.dataclass(frozen=True)
class TableSample:
    """Mergeable from `zero` with ``+``, in any order.

    Attributes:
        num_records: All that there are.
        counts: Value of the attribute, as text -> records; of ready-made pairs, column -> pairs
            that change it.
        records: Features of the sampled ones, ordered by `#rank`, with their `#id`; None:
            nothing was seen.
        named: Values that are counted among however many others.
    """

    num_records: int = 0
    counts: dict[str, int] = dataclasses.field(default_factory=dict)
    records: pa.Table | None = None
    named: tuple[str, ...] = ()

    @classmethod
    def zero(cls) -> TableSample:
        """Of nothing."""
        return cls()

    @classmethod
    def of(
        cls,
        batch: pa.RecordBatch | pa.Table,
        id_feature: str,
        features: Sequence[str],
        attribute: str,
        seed: int,
        named: Sequence[str] = (),
    ) -> TableSample:
        """The sample of a batch.

        Args:
            batch: Records.
            id_feature: The column of their IDs.
            features: Which columns are kept.
            attribute: Whose values are counted.
            seed: Of the draw.
            named: Its values that the run names.
        """
        table = pa.table(batch) if isinstance(batch, pa.RecordBatch) else batch
        texts = cell_texts(table[attribute].combine_chunks()).drop_null().value_counts()
        counts = dict(
            zip(texts.field("values").to_pylist(), texts.field("counts").to_pylist(), strict=True)
        )
        records = _ranked(table, id_feature, features, seed)
        return cls(table.num_rows, _capped(counts, named), records, tuple(named))

    @classmethod
    def of_pairs(
        cls, pairs: pa.RecordBatch, id_feature: str, features: Sequence[str], seed: int
    ) -> TableSample:
        """The sample of the originals of ready-made pairs.

        Args:
            pairs: Those of one original stand together.
            id_feature: The column of their IDs.
            features: Which columns are kept.
            seed: Of the draw.

        Returns:
            A sample whose `counts` say of each feature in how many pairs it changes.
        """
        counts = {}
        for name in features:
            if columns.counterfactual(name) in pairs.schema.names:
                sides = (canonical(pairs[n]) for n in (name, columns.counterfactual(name)))
                before, after = (side.fill_null(_NOTHING) for side in sides)
                if number := pc.sum(pc.not_equal(before, after)).as_py():
                    counts[name] = number
        ids = canonical(pairs[id_feature])
        is_first = np.ones(pairs.num_rows, bool)
        if pairs.num_rows > 1:
            is_first[1:] = pc.not_equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
        originals = pa.Table.from_batches([pairs.filter(pa.array(is_first))])
        return cls(originals.num_rows, counts, _ranked(originals, id_feature, features, seed))

    def __add__(self, other: TableSample) -> TableSample:
        """Of both tables together."""
        parts = [each for each in (self.records, other.records) if each is not None]
        records = _smallest(pa.concat_tables(parts)) if len(parts) > 1 else next(iter(parts), None)
        named = self.named or other.named
        return TableSample(
            self.num_records + other.num_records,
            _capped(dict(Counter(self.counts) + Counter(other.counts)), named),
            records,
            named,
        )

    @classmethod
    def sum(cls, parts: Iterable[TableSample]) -> TableSample:
        """Of all parts together; accepts an iterator."""
        total = cls.zero()
        for part in parts:
            total += part
        return total

    @property
    def ids(self) -> list[str]:
        """The sampled records' IDs."""
        return [] if self.records is None else self.records[_ID].to_pylist()

    def cells(self, feature: str) -> pa.Array:
        """A feature of the sampled records."""
        if self.records is None:
            return pa.nulls(0)
        return self.records[feature].combine_chunks()

    def to_dict(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        content = ""
        if self.records is not None:
            sink = pa.BufferOutputStream()
            with pa.ipc.new_stream(sink, self.records.schema) as writer:
                writer.write_table(self.records)
            content = base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")
        counts = sorted(self.counts.items())
        return {
            "num_records": self.num_records,
            "counts": counts,
            "records": content,
            "named": list(self.named),
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> TableSample:
        """What `to_dict` took apart."""
        records = None
        if fields["records"]:
            with pa.ipc.open_stream(base64.b64decode(fields["records"])) as reader:
                records = reader.read_all()
        return cls(fields["num_records"], dict(fields["counts"]), records, tuple(fields["named"]))


def _ranked(table: pa.Table, id_feature: str, features: Sequence[str], seed: int) -> pa.Table:
    """The records with the smallest hashes of their IDs and features."""
    rows = row_strings([canonical(table[name]) for name in (id_feature, *features)])
    ranks = hash_texts(rows.cast(pa.binary()).to_pylist(), seed)
    ranked = table.select(list(features)).append_column(_ID, canonical(table[id_feature]))
    return _smallest(ranked.append_column(_RANK, pa.array(ranks, pa.uint64())))


def _smallest(records: pa.Table) -> pa.Table:
    ranks = records[_RANK].to_numpy()
    order = np.argsort(ranks, kind="stable")[:SAMPLE_SIZE]
    return records.take(pa.array(order)).combine_chunks()


def _capped(counts: dict[str, int], named: Sequence[str]) -> dict[str, int]:
    """At most so many values: a column of names would fill a worker's memory."""
    if len(counts) <= _MOST_COUNTED:
        return counts
    chosen = [value for value in named if value in counts] + sorted(counts)[:_MOST_COUNTED]
    return {value: counts[value] for value in chosen}
