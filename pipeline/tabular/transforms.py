"""Tables as Beam transforms: a sample of the records, then the pairs, then their controls."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import apache_beam as beam
import pyarrow as pa

from fairflip.pipeline.generate.batch import GeneratedBatch
from fairflip.pipeline.generate.control_coverage import ControlCoverage
from fairflip.pipeline.generate.coverage import Coverage
from fairflip.pipeline.pair.columns import PairColumns
from fairflip.pipeline.pair.join import admit_originals
from fairflip.pipeline.pair.settle import ORIGINALS, PAIRS, Joined
from fairflip.pipeline.pair.shards import (
    ShardById,
    as_table,
    in_batches,
    num_bytes_of,
    num_shards_for,
)
from fairflip.pipeline.pair.transforms import TAGS, emitted, outputs_of
from fairflip.pipeline.records.json_coders import JsonCoder, SumAll
from fairflip.pipeline.records.pairing_audit import PairingAudit, num_zero_weights
from fairflip.pipeline.records.rejects import typed
from fairflip.pipeline.tabular.associations import associations
from fairflip.pipeline.tabular.cell_controls import CellDrawer, with_cell_controls
from fairflip.pipeline.tabular.sample import TableSample
from fairflip.pipeline.tabular.swap import AttributeSwap, swapped_pairs
from fairflip.protos import columns, config_pb2
from fairflip.protos.errors import InputError
from fairflip.protos.forms.messages import quote
from fairflip.protos.report_pb2 import AttributeValue, Correlate, RunReport

COVERAGE, CONTROL_COVERAGE, EDITS = "coverage", "control_coverage", "table_edits"


class TableSampleCoder(JsonCoder):
    """Codes a `TableSample`."""

    kind = TableSample


beam.coders.registry.register_coder(TableSample, TableSampleCoder)


class SwapAttribute(beam.PTransform):
    """Makes the pairs of originals, given as a collection of record batches.

    The outputs are those of `pipeline.generate.transforms.GeneratePairs`, with controls where
    they are asked for, ``control_coverage`` then, and ``table_edits``: one `RunReport` that
    says how the column was changed and what goes with it.
    """

    def __init__(
        self,
        spec: config_pb2.GeneratorSpec,
        data: config_pb2.DataSpec,
        seed: int = 0,
        shard_folder: str = "",
    ):
        """Takes what to change, the names of the columns, a seed, and where records wait."""
        super().__init__()
        self._spec = spec
        self._names = PairColumns.of(data)
        self._seed = seed
        self._shard_folder = shard_folder
        self._num_shards = num_shards_for(num_bytes_of(data.examples), bool(shard_folder))

    def expand(self, originals: beam.PCollection[pa.RecordBatch]) -> dict[str, beam.PCollection]:
        """Groups the originals by shards of their IDs, so that each ID is used once."""
        names, spec = self._names, self._spec
        samples = originals | "SampleRecords" >> beam.Map(
            sample_of, spec, names, self._seed
        ).with_output_types(TableSample)
        sample = samples | "SumSamples" >> SumAll(TableSample)
        tagged = (
            originals
            | "ShardOriginals"
            >> ShardById(names.id, ORIGINALS, self._num_shards, self._shard_folder)
            | "GroupByShard" >> beam.GroupByKey()
            | "SwapShards"
            >> beam.ParDo(_SwapShard(spec, names), beam.pvalue.AsSingleton(sample))
            .with_output_types(pa.RecordBatch)
            .with_outputs(*TAGS, COVERAGE, main=PAIRS)
        )
        outputs = outputs_of(tagged, names, self._num_shards)
        outputs[COVERAGE] = typed(tagged[COVERAGE], Coverage) | "SumCoverage" >> SumAll(Coverage)
        outputs[EDITS] = sample | "DescribeEdits" >> beam.Map(
            edits_report, spec, names
        ).with_output_types(RunReport)
        if spec.controls:
            controlled = outputs[PAIRS] | "DrawControls" >> beam.ParDo(
                _DrawControls(spec, names, self._seed), beam.pvalue.AsSingleton(sample)
            ).with_output_types(pa.RecordBatch).with_outputs(CONTROL_COVERAGE, main=PAIRS)
            outputs[PAIRS] = controlled[PAIRS]
            outputs[CONTROL_COVERAGE] = typed(
                controlled[CONTROL_COVERAGE], ControlCoverage
            ) | "SumControlCoverage" >> SumAll(ControlCoverage)
        return outputs


def sample_of(
    batch: pa.RecordBatch | pa.Table,
    spec: config_pb2.GeneratorSpec,
    names: PairColumns,
    seed: int,
) -> TableSample:
    """The sample of some records.

    Raises:
        InputError: There is no such attribute, or linked column.
    """
    for name in (spec.attribute, *(each.column for each in spec.linked)):
        if name not in batch.schema.names:
            raise InputError(
                f"examples: there is no column {quote(name)} among "
                f"{', '.join(batch.schema.names)[:200]}; name one with --attribute or --linked"
            )
        if pa.types.is_nested(batch.schema.field(name).type):
            raise InputError(
                f"examples: {quote(name)} holds lists of numbers, which have no other value to "
                "be set to; give ready-made pairs (--pairs, --counterfactuals)"
            )
    return TableSample.of(
        batch, names.id, names.inputs, spec.attribute, seed, tuple(spec.attribute_values)
    )


class _SwapShard(beam.DoFn):
    def __init__(self, spec: config_pb2.GeneratorSpec, names: PairColumns):
        self._spec = spec
        self._names = names

    def process(self, shard: tuple[int, Iterable[bytes]], sample: TableSample) -> Iterable[Any]:
        originals = as_table(shard[1], ORIGINALS)
        if originals is None:
            return
        swap = AttributeSwap.of(self._spec, sample.counts)
        made, coverage = swapped_table(originals, swap, self._names)
        yield from emitted(made, self._names.id)
        yield beam.pvalue.TaggedOutput(COVERAGE, coverage)


class _DrawControls(beam.DoFn):
    def __init__(self, spec: config_pb2.GeneratorSpec, names: PairColumns, seed: int):
        self._spec, self._names, self._seed = spec, names, seed
        self._drawer: CellDrawer | None = None

    def process(self, batch: pa.RecordBatch, sample: TableSample) -> Iterable[Any]:
        if self._drawer is None:  # the sample is the same for every batch
            swap = AttributeSwap.of(self._spec, sample.counts)
            self._drawer = CellDrawer.of(
                sample, swap.changed, self._names.inputs, self._spec.controls, self._seed
            )
        made = with_cell_controls(batch, self._drawer, self._names)
        yield made.batch
        yield beam.pvalue.TaggedOutput(CONTROL_COVERAGE, made.coverage)


class AddCellControls(beam.PTransform):
    """Batches of ready-made pairs of a table -> these with controls, and ``control_coverage``.

    Pairs that say which of them are controls (``edit``) stay as they are. Where a run names an
    attribute or linked columns, no control changes them, whether the pairs do or not.
    """

    def __init__(self, spec: config_pb2.GeneratorSpec, data: config_pb2.DataSpec, seed: int = 0):
        """Takes how many controls a pair gets, the names of the columns, and a seed."""
        super().__init__()
        self._spec, self._names, self._seed = spec, PairColumns.of(data), seed

    def expand(self, pairs: beam.PCollection) -> dict[str, beam.PCollection]:
        """Looks at all pairs for what they change, then draws of the other columns."""
        sample = (
            pairs
            | "SampleOriginals"
            >> beam.Map(
                TableSample.of_pairs, self._names.id, self._names.inputs, self._seed
            ).with_output_types(TableSample)
            | "SumOriginals" >> SumAll(TableSample)
        )
        tagged = pairs | "DrawOtherCells" >> beam.ParDo(
            _DrawOtherCells(self._spec, self._names, self._seed),
            beam.pvalue.AsSingleton(sample),
        ).with_output_types(pa.RecordBatch).with_outputs(CONTROL_COVERAGE, main=PAIRS)
        coverage = typed(tagged[CONTROL_COVERAGE], ControlCoverage)
        return {
            PAIRS: tagged[PAIRS],
            CONTROL_COVERAGE: coverage | "SumCellControls" >> SumAll(ControlCoverage),
        }


class _DrawOtherCells(beam.DoFn):
    def __init__(self, spec: config_pb2.GeneratorSpec, names: PairColumns, seed: int):
        self._spec, self._names, self._seed = spec, names, seed
        self._drawer: CellDrawer | None = None

    def process(self, batch: pa.RecordBatch, sample: TableSample) -> Iterable[Any]:
        if columns.EDIT in batch.schema.names:
            yield batch
            return
        if self._drawer is None:
            named = {self._spec.attribute, *(linked.column for linked in self._spec.linked)}
            self._drawer = CellDrawer.of(
                sample,
                named.union(sample.counts),
                self._names.inputs,
                self._spec.controls,
                self._seed,
            )
        made = with_cell_controls(batch, self._drawer, self._names)
        yield made.batch
        yield beam.pvalue.TaggedOutput(CONTROL_COVERAGE, made.coverage)


def swapped_table(
    originals: pa.Table, swap: AttributeSwap, names: PairColumns
) -> tuple[Joined, Coverage]:
    """Makes the pairs of a table of originals: the whole stage as a plain function.

    Args:
        originals: Rows with an ID; IDs of any type, also repeated.
        swap: What is changed.
        names: The names of the columns.

    Returns:
        Pairs, originals left over, rejects, audit; and the coverage.
    """
    admitted, rejects, audit = admit_originals(originals, names)
    pairs, unmatched, coverage = [], [], Coverage.zero()
    for batch in in_batches(admitted, names.id):
        made = swapped_pairs(batch, swap, names)
        pairs.append(made.pairs)
        unmatched.append(made.unmatched_originals)
        zero_weights = num_zero_weights(made.pairs, names.weight)
        audit += made.audit + PairingAudit(num_zero_weight_pairs=zero_weights)
        coverage += made.coverage
    nothing = admitted.slice(0, 0)
    return (
        Joined(
            pa.Table.from_batches(pairs) if pairs else nothing,
            pa.Table.from_batches(unmatched) if unmatched else nothing,
            rejects,
            audit,
        ),
        coverage,
    )


def pairs_of_batch(
    batch: pa.RecordBatch, spec: config_pb2.GeneratorSpec, data: config_pb2.DataSpec
) -> GeneratedBatch:
    """The pairs of some records, as if there were no others."""
    names = PairColumns.of(data)
    counts = sample_of(batch, spec, names, seed=0).counts
    return swapped_pairs(batch, AttributeSwap.of(spec, counts), names)


def table_with_cell_controls(
    pairs: pa.Table,
    sample: TableSample,
    spec: config_pb2.GeneratorSpec,
    names: PairColumns,
    seed: int,
) -> pa.Table:
    """Pairs with one control each, or as many as the run draws, as a plain function.

    Args:
        pairs: Those of one original together.
        sample: Of the records that values are taken from.
        spec: What is changed.
        names: The names of the columns.
        seed: Of the draws.
    """
    swap = AttributeSwap.of(spec, sample.counts)
    drawer = CellDrawer.of(sample, swap.changed, names.inputs, max(1, spec.controls), seed)
    made = [
        with_cell_controls(batch, drawer, names).batch
        for batch in pairs.combine_chunks().to_batches()
    ]
    return pa.Table.from_batches(made) if made else pairs


def edits_report(
    sample: TableSample, spec: config_pb2.GeneratorSpec, names: PairColumns
) -> RunReport:
    """A report that holds `table_edits` and nothing else; empty where nothing was read."""
    report = RunReport()
    if sample.records is None:
        return report
    swap = AttributeSwap.of(spec, sample.counts)
    edits = report.table_edits
    edits.attribute = swap.attribute
    edits.linked.extend(column for column, _ in swap.linked)
    edits.features.extend(names.inputs)
    for value in swap.values:
        edits.values.append(AttributeValue(value=value, num_originals=sample.counts[value]))
    edits.num_of_other_values = sample.num_records - sum(sample.counts[v] for v in swap.values)
    edits.num_sampled = sample.records.num_rows
    others = [(n, sample.cells(n)) for n in names.inputs if n != swap.attribute]
    others = [(name, cells) for name, cells in others if not pa.types.is_nested(cells.type)]
    for column, strength, p_value in associations(sample.cells(swap.attribute), others):
        edits.correlates.append(
            Correlate(
                column=column,
                cramers_v=strength,
                p_value=p_value,
                is_linked=column in swap.changed,
            )
        )
    return report
