"""Brings originals and counterfactuals together, as Beam transforms, and audits the pairs.

`JoinPairs` and `AdmitPairs` give the same four outputs, as a dictionary:

* ``pairs``: record batches; an original's counterfactuals stand together in one
  batch, in an order that does not depend on the input's, and are numbered in
  ``counterfactual_index``;
* ``unmatched_originals``: record batches of the originals that have no counterfactual;
* ``rejects``: a `RejectedRecord` for each record that was left out;
* ``audit``: one `PairingAudit` for the whole input.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import pyarrow as pa
from apache_beam.metrics import Metrics

from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.controls import admit_with_controls
from fairflip.pipeline.pair.join import join_tables
from fairflip.pipeline.pair.settle import COUNTERFACTUALS, ORIGINALS, PAIRS, Joined
from fairflip.pipeline.pair.shards import (
    ShardById,
    as_table,
    in_batches,
    num_shards_of,
)
from fairflip.pipeline.pair.text_copies import CountTextCopies
from fairflip.pipeline.records.json_coders import SumAll
from fairflip.pipeline.records.pairing_audit import PairingAudit
from fairflip.pipeline.records.rejects import REJECTS, RejectedRecord, count_reject, typed
from fairflip.pipeline.storage import record_batch_coder  # noqa: F401  (it registers the coder)
from fairflip.protos import config_pb2

Outputs = dict[str, beam.PCollection]
UNMATCHED_ORIGINALS, AUDIT = "unmatched_originals", "audit"
#: The outputs beside the pairs, which are the main one.
TAGS = (UNMATCHED_ORIGINALS, REJECTS, AUDIT)


class JoinPairs(beam.PTransform):
    """Joins ``{"originals": ..., "counterfactuals": ...}``, collections of record batches."""

    def __init__(
        self, data: config_pb2.DataSpec, num_shards: int | None = None, shard_folder: str = ""
    ):
        """Takes the names of the columns; see `num_shards_for` for the number of shards.

        With a `shard_folder` the records wait there (`shard_files`), not in the runner.
        """
        super().__init__()
        self._names = PairColumns.of(data)
        self._shard_folder = shard_folder
        self._num_shards = num_shards or num_shards_of(
            data, [*data.examples, *data.counterfactuals], bool(shard_folder)
        )

    def expand(self, inputs: dict[str, beam.PCollection]) -> Outputs:
        """Groups both sides by shards of their IDs and joins each shard in memory."""
        by = (self._num_shards, self._shard_folder)
        shards = {
            ORIGINALS: inputs["originals"]
            | "ShardOriginals" >> ShardById(self._names.id, ORIGINALS, *by),
            COUNTERFACTUALS: inputs["counterfactuals"]
            | "ShardCounterfactuals" >> ShardById(self._names.id, COUNTERFACTUALS, *by),
        }
        return outputs_of(
            shards
            | "GroupByShard" >> beam.CoGroupByKey()
            | "JoinShards"
            >> beam.ParDo(_JoinShard(self._names))
            .with_output_types(pa.RecordBatch)
            .with_outputs(*TAGS, main=PAIRS),
            self._names,
            self._num_shards,
        )


class AdmitPairs(beam.PTransform):
    """Takes record batches that hold both sides of each pair."""

    def __init__(
        self, data: config_pb2.DataSpec, num_shards: int | None = None, shard_folder: str = ""
    ):
        """Takes what `JoinPairs` takes."""
        super().__init__()
        self._names = PairColumns.of(data)
        self._shard_folder = shard_folder
        self._num_shards = num_shards or num_shards_of(data, data.pairs, bool(shard_folder))

    def expand(self, records: beam.PCollection[pa.RecordBatch]) -> Outputs:
        """Groups the records by shards of their IDs and checks each shard in memory."""
        return outputs_of(
            records
            | "ShardPairs" >> ShardById(self._names.id, PAIRS, self._num_shards, self._shard_folder)
            | "GroupByShard" >> beam.GroupByKey()
            | "AdmitShards"
            >> beam.ParDo(_AdmitShard(self._names))
            .with_output_types(pa.RecordBatch)
            .with_outputs(*TAGS, main=PAIRS),
            self._names,
            self._num_shards,
        )


def outputs_of(tagged: Any, names: PairColumns, num_shards: int) -> Outputs:
    """The four outputs of a pairing stage whose audits are still partial.

    Args:
        tagged: What the stage gave.
        names: The pairs' columns.
        num_shards: In how many parts the originals' texts are compared with each other.
    """
    audits = typed(tagged[AUDIT], PairingAudit)
    copies = tagged[PAIRS] | CountTextCopies(names, num_shards)
    # A tagged output has no type in Beam, and what has no type would be pickled.
    return {
        PAIRS: tagged[PAIRS],
        UNMATCHED_ORIGINALS: typed(tagged[UNMATCHED_ORIGINALS], pa.RecordBatch),
        REJECTS: typed(tagged[REJECTS], RejectedRecord),
        AUDIT: (audits, copies) | beam.Flatten() | "SumAudits" >> SumAll(PairingAudit),
    }


def emitted(joined: Joined, id_feature: str) -> Iterable[Any]:
    """What a shard gave, counted: pairs as they are, the rest tagged with its output."""
    for batch in in_batches(joined.pairs, id_feature):
        yield batch
    for batch in in_batches(joined.unmatched_originals, id_feature):
        yield beam.pvalue.TaggedOutput(UNMATCHED_ORIGINALS, batch)
    for reject in joined.rejects:
        count_reject(reject)
        yield beam.pvalue.TaggedOutput(REJECTS, reject)
    Metrics.counter("fairflip", "num_pairs").inc(joined.audit.num_pairs)
    Metrics.counter("fairflip", "num_originals").inc(joined.audit.num_originals)
    yield beam.pvalue.TaggedOutput(AUDIT, joined.audit)


class _JoinShard(beam.DoFn):
    def __init__(self, names: PairColumns):
        self._names = names

    def process(self, shard: tuple[int, dict[str, Iterable[bytes]]]) -> Iterable[Any]:
        _, sides = shard
        originals = as_table(sides[ORIGINALS], ORIGINALS)
        counterfactuals = as_table(sides[COUNTERFACTUALS], COUNTERFACTUALS)
        if originals is None:  # every counterfactual here has lost its original
            originals = pa.table({self._names.id: pa.array([], pa.string())})
        yield from emitted(join_tables(originals, counterfactuals, self._names), self._names.id)


class _AdmitShard(beam.DoFn):
    def __init__(self, names: PairColumns):
        self._names = names

    def process(self, shard: tuple[int, Iterable[bytes]]) -> Iterable[Any]:
        records = as_table(shard[1], PAIRS)
        if records is not None:
            yield from emitted(admit_with_controls(records, self._names), self._names.id)
