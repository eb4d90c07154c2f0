"""Counts originals that say, under another ID, what another original says already.

Copies of one text are drawn together, whatever their IDs: intervals that take them as different
originals are too narrow, and a sample of one text looks like many.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import apache_beam as beam
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.shards import MIN_SHARDS
from fairflip.pipeline.pair.tables import is_first, is_null
from fairflip.pipeline.records.pairing_audit import PairingAudit, canonical, row_strings
from fairflip.protos import columns
from fairflip.protos.edits import control_mask
from fairflip.protos.id_hash import hash_strings

# A shard's hashes are held in one worker's memory: 8 bytes an original.
_SHARD = tuple[int, bytes]
#: In the place of the hash of a value that is missing, as it may be in tables.
_NOTHING = np.uint64(0x6E6F7468696E6721)


class CountTextCopies(beam.PTransform):
    """Pair batches to one `PairingAudit` a shard, with `num_copied_originals` alone.

    All pairs of an original stand in one batch. Texts are compared by 64 bits of their hash:
    among a million texts two different ones agree once in 37 million runs.
    """

    def __init__(self, names: PairColumns, num_shards: int):
        """Takes the pairs' columns, and in how many parts texts are brought together."""
        super().__init__()
        self._names = names
        # A hash is short: what a shard's texts take, sixteen shards' hashes do not.
        self._num_shards = max(1, num_shards // MIN_SHARDS)

    def expand(self, pairs: beam.PCollection) -> beam.PCollection:
        """Adds the transform to the graph."""
        return (
            pairs
            | "HashTexts"
            >> beam.FlatMap(_hashes_by_shard, self._names, self._num_shards).with_output_types(
                _SHARD
            )
            | "GroupTexts" >> beam.GroupByKey()
            | "CountCopies" >> beam.Map(_audit_of).with_output_types(PairingAudit)
        )


def text_hashes(batch: pa.RecordBatch, names: PairColumns) -> npt.NDArray[np.uint64]:
    """64 bits of what a model reads of each original in a batch, controls left aside."""
    there = set(batch.schema.names)
    shared = [name for name in batch.schema.names if columns.counterfactual(name) in there]
    # A table's model reads columns that no counterfactual changes, too.
    inputs = [n for n in names.inputs if n in there] if not names.text else []
    inputs = inputs or names.inputs_among(shared)
    if not inputs or not batch.num_rows:
        return np.empty(0, np.uint64)
    is_control = control_mask(batch)
    chosen = batch.filter(pa.array(~is_control)) if is_control.any() else batch
    firsts = is_first([canonical(chosen.column(names.id))])
    contents = [canonical(chosen.column(feature)) for feature in inputs]
    if not firsts.all():
        contents = [content.filter(pa.array(firsts)) for content in contents]
    if len(contents) > 1:
        return hash_strings(row_strings(contents))
    (content,) = contents
    if not content.null_count:
        return hash_strings(content)
    hashes = hash_strings(content.fill_null(""))
    hashes[is_null(content)] = _NOTHING
    return hashes


def _hashes_by_shard(
    batch: pa.RecordBatch, names: PairColumns, num_shards: int
) -> Iterable[_SHARD]:
    hashes = text_hashes(batch, names)
    shards = (hashes % np.uint64(num_shards)).astype(np.int64)
    hashes = hashes[np.argsort(shards, kind="stable")]
    ends = np.cumsum(np.bincount(shards, minlength=num_shards)).tolist()
    for shard, (start, end) in enumerate(itertools.pairwise([0, *ends])):
        if start < end:
            yield shard, hashes[start:end].tobytes()


def _audit_of(shard: tuple[int, Iterable[bytes]]) -> PairingAudit:
    hashes = np.concatenate([np.frombuffer(part, np.uint64) for part in shard[1]])
    return PairingAudit(num_copied_originals=len(hashes) - len(np.unique(hashes)))
